"""What stands in a log, and what never does."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import smtplib
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from compliance.enums import Chore, RequestKind, Status
from compliance.services import execution, mails, supervision
from compliance.views import home
from config import logs
from consent.services import links
from seats.models import Member, StaffUser
from seats.roles import Role
from seats.services import signing_in
from tests import factories
from tests.visits import key_of, signed_in

FORMATTERS = (logs.JsonLines, logs.Plain)
BOTH = pytest.mark.parametrize("formatter", FORMATTERS)
NAME, ADDRESS = "Quirina Zapfenstreich", "quirina.zapfenstreich@canary.example"


@pytest.fixture
def listening() -> Iterator[Callable[[], list[str]]]:
    """What both formats made of everything logged since: one text each."""
    streams = []
    for formatter in FORMATTERS:
        handler = logging.StreamHandler(io.StringIO())
        handler.setFormatter(formatter())
        logging.getLogger().addHandler(handler)
        streams.append(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.INFO)
    yield lambda: [handler.stream.getvalue() for handler in streams]
    logging.getLogger().setLevel(level)
    for handler in streams:
        logging.getLogger().removeHandler(handler)


def record(template: str, *args: object, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("x", logging.WARNING, "x.py", 1, template, args, None)
    vars(made).update(more)
    return made


def raised(error: Exception) -> Any:
    try:
        raise error
    except Exception:
        return sys.exc_info()


# --- One line -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "args", "kept"),
    [
        ("%s: %s", ("Gone", "/r/Kq3v1Zx-9_aBcDeFgHiJkL/cancel/"), "Gone: /r/…/cancel/"),
        ('"GET /r/Kq3v1Zx-9_aBcDeFgHiJkL/ HTTP/1.1" 200', (), '"GET /r/…/ HTTP/1.1" 200'),
        (
            "Not Found: %s",
            ("/api/v1/members/a@b.example/consents",),
            "Not Found: /api/v1/members/…/consents",
        ),
        ("/api/v1/administrations/C-1/a@b.example", (), "/api/v1/administrations/C-1/…"),
        ('"GET /admin/?q=Ana+K HTTP/1.1" 200', (), '"GET /admin/?… HTTP/1.1" 200'),
        ("no mail for %s", ("Ana <ana.k+x@customer.example>",), "no mail for Ana <…@…>"),
        ("Invalid request from ip=%s: %s", ("192.0.2.7", "x"), "Invalid request from ip=… x"),
        ("%s of %s done", (3, 4), "3 of 4 done"),
        ("100 %", (), "100 %"),
        ("one\ntwo\r\x1b[2J\u2028", (), r"one\x0atwo\x0d\x1b[2J\x2028"),
    ],
)
def test_a_message_stays_on_its_line_and_names_nobody(
    template: str, args: tuple[object, ...], kept: str
) -> None:
    assert logs.said(record(template, *args)) == kept


def test_the_queue_does_not_quote_what_failed() -> None:
    quoting = record(f"Failed 'compliance.tasks.beat' (ten) - {NAME} : Traceback", name="django-q")
    assert logs.said(quoting) == "Failed 'compliance.tasks.beat' (ten)"


def test_json_is_one_object_a_line() -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise IntegrityError(ADDRESS) from error
    except IntegrityError:
        failed = record("Ünlike\nly %s", 3, exc_info=sys.exc_info())
    text = logs.JsonLines().format(failed)
    assert text.isascii()
    assert "\n" not in text
    line = json.loads(text)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    chain = line.pop("exception")
    assert line == {"level": "WARNING", "logger": "x", "message": r"Ünlike\x0aly 3"}
    assert [cause["type"] for cause in chain] == [
        "django.db.utils.IntegrityError",
        "builtins.KeyError",
    ]
    assert all("test_logs.py:" in cause["at"][0] for cause in chain)


@BOTH
def test_an_exception_says_where_and_not_what(formatter: type[logging.Formatter]) -> None:
    text = formatter().format(record("failed", exc_info=raised(ValueError(NAME))))
    assert "ValueError" in text
    assert "test_logs.py:" in text
    assert "Quirina" not in text


def test_an_endless_chain_of_exceptions_ends() -> None:
    one, two = ValueError(), KeyError()
    one.__cause__, two.__cause__ = two, one
    assert len(logs.causes(record("x", exc_info=(ValueError, one, None)))) == logs.CAUSES


@pytest.mark.parametrize(("chosen", "code"), [("json", 0), ("plain", 0), ("yaml", 1)])
def test_the_format_is_a_setting(chosen: str, code: int) -> None:
    show = "import django, logging; django.setup(); logging.getLogger('seats').error('well')"
    ended = subprocess.run(
        [sys.executable, "-c", show],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "LOG_FORMAT": chosen},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code
    if code:
        assert "LOG_FORMAT is “plain” or “json”" in ended.stderr
    else:
        assert (ended.stderr[0] == "{") is (chosen == "json")
        assert "well" in ended.stderr


# --- Which request ------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["0123456789abcdef" * 2, "6f9619ff-8b86-d011-b42d-00cf4fc964ff"])
def test_the_proxys_id_is_taken_over(client: Client, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "short", "Quirina-Zapfenstreich", "f" * 65, "abc\n" * 6])
def test_another_id_is_not(client: Client, given: str) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", answered)


@pytest.mark.django_db
def test_a_line_says_which_request_which_view_and_who(
    client: Client, listening: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    member, staff = factories.make_seat().member, factories.make_staff(Role.SUPPORT)

    def fail(*args: object, **kwargs: object) -> None:
        raise ValueError(NAME)

    monkeypatch.setattr("compliance.views.members.render", fail)
    client.raise_request_exception = False
    response = signed_in(client, member).get("/privacy/")
    desk = Client(raise_request_exception=False)
    desk.force_login(staff)
    desk.get(reverse("admin:index") + "no-such-page/")
    lines = [json.loads(line) for line in listening()[0].splitlines()]
    failed = next(line for line in lines if line["logger"] == "django.request")
    assert failed["message"] == "500 GET /privacy/"
    assert failed["request_id"] == response["X-Request-ID"]
    assert (failed["view"], failed["actor"]) == ("privacy", f"member:{member.pk}")
    assert f"staff:{staff.pk}" in {line.get("actor") for line in lines}
    assert f"actor=staff:{staff.pk}" in listening()[1]


# --- Nobody -------------------------------------------------------------------------------------


def visit(member: Member, request_id: str, staff: StaffUser) -> list[str]:
    """Every page with a secret in its address, well and badly used; the secrets."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    entrance = signing_in.link_from_product(member)[0]
    stop = links.unsubscribe_token(member, "product_news", "email")
    footer, key = links.preferences_token(member), key_of(member)
    referer = {"Referer": f"https://elsewhere.example/?who={ADDRESS}"}
    for path in (
        f"/r/{request_id}/",
        f"/r/{request_id}x/",
        f"/u/{stop}",
        f"/u/{stop[:-2]}",
        f"/p/{footer}",
        f"/p/{footer[:-2]}",
        f"/privacy/enter/{entrance}",
        f"/privacy/enter/{entrance}x",
        f"/privacy/verify/{stop}",
        f"/{ADDRESS}/",
        f"/admin/{NAME}/?q={ADDRESS}",
        f"/privacy/sign-in/?address={ADDRESS}&name={NAME}",
    ):
        client.get(path, headers=referer)
        client.post(path, {"address": ADDRESS, "name": NAME}, headers=referer)
    client.get("/", headers={"Host": "quirina.example"})
    client.generic(NAME.split()[0].upper(), "/nothing/")
    free = Client(raise_request_exception=False)
    free.post("/privacy/sign-in/", {"address": ADDRESS})
    free.post("/privacy/sign-in/code/", {"code": "000000"})
    free.post("/admin/login/", {"username": ADDRESS, "password": NAME})
    signed_in(free, member).get("/privacy/choices/")
    free.force_login(staff)
    free.get("/admin/compliance/privacyrequest/", {"q": ADDRESS})
    return [entrance, stop, footer, key, str(free.session.session_key)]


def fail_everywhere(monkeypatch: pytest.MonkeyPatch, member: Member) -> None:
    """A page, a task, a mail and a chore, all with words about the member."""

    def fail(*args: object, **kwargs: object) -> None:
        secret = NAME  # noqa: F841 a local variable, as tracebacks could show
        raise IntegrityError(f"Key (email)=({ADDRESS}) of {NAME} exists")

    monkeypatch.setattr(home, "render", fail)
    assert Client(raise_request_exception=False).get("/").status_code == 500

    request = factories.make_request(RequestKind.EXPORT, Status.RUNNING)
    item = factories.make_item(request)
    monkeypatch.setitem(execution.WORKERS, item.work, fail)
    execution.run_item(item.pk)

    mail = mails.queue("question", to=ADDRESS, language="en", member=member)
    monkeypatch.setattr(mails, "render", fail)
    mails.send(mail.pk)
    refused = smtplib.SMTPRecipientsRefused({ADDRESS: (550, NAME.encode())})
    for error in (ValueError(NAME), refused):

        def raise_it(error: Exception = error) -> None:
            raise error

        supervision.Rounds()._do(Chore.MAILS, 10, raise_it)
    logging.getLogger("django-q").error(f"Failed 'beat' (x) - {ADDRESS} : Traceback {NAME}")


@pytest.mark.django_db(transaction=True)
def test_no_log_names_anybody_whatever_fails(
    listening: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    member = factories.make_member(name=NAME, email=ADDRESS)
    seat = factories.make_seat(member=member)
    request = factories.make_request(seat=seat, requester=member, contact_email=ADDRESS)
    staff = factories.make_staff(Role.SUPPORT, username="ana")
    secrets = visit(member, request.public_id, staff)
    fail_everywhere(monkeypatch, member)
    words = ("quirina", "zapfenstreich", "canary.example", "000000", request.public_id, *secrets)
    for text in listening():
        assert text.count("IntegrityError") >= 2
        assert "error page" in text
        assert "a round failed" in text
        assert "was not sent" in text
        assert "item " in text
        assert [word for word in words if word.lower() in text.lower()] == []
