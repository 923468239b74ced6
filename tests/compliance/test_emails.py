"""Every letter, in every language, as it leaves the outbox."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage as Received
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail as django_mail
from django.utils import timezone

from compliance.enums import Refusal, RequestKind
from compliance.models import EmailMessage, PrivacyRequest
from compliance.services import letters, mails
from tests import factories
from tests.catalogues import TRANSLATED, english_in

PROJECT = Path(__file__).resolve().parent.parent.parent
LETTERS = sorted(
    folder.name for folder in (PROJECT / "templates/emails").iterdir() if folder.is_dir()
)
LANGUAGES = [code for code, _name in settings.LANGUAGES]
# To a member about no request, and what such a letter says.
TO_MEMBERS: dict[str, dict[str, str | int]] = {
    "sign_in": {"code": "482107"},
    "verify_address": {"until": "2026-11-30"},
    "notice_reminder": {"title": "How we use your data", "number": 4},
    "agreement_due": {"title": "Data agreement", "number": 2, "contract": "C-1"},
    "choice_recorded": {"purpose": "Tips", "channel": "E-mail", "day": "3 May", "way": "phone"},
}
# Whoever is told of somebody else's request gets no link: it would let them cancel it.
WITHOUT_LINK = {
    *("told_export", "told_deletion", "told_called_off"),
    *("decide", "decide_customer", "lapsed", "wrote"),
    *TO_MEMBERS,
}
TEMPLATE_IS_ARGUMENT = {
    "queue": 0,
    "queue_many": 0,
    "to_requester": 1,
    "tell_members": 1,
    "tell_administrators": 1,
    "_tell_representatives": 1,
    "_decide": 2,
}
NASTY = 'Because of <script>alert("x")</script> & {{ more }}\n\nAnd a second paragraph.'
TRADE_WORDS = re.compile(
    r"\b(DSAR|data subject|erasure|erase|processing|legitimate|please note|oops)\b|!", re.IGNORECASE
)

pytestmark = pytest.mark.django_db


def make_mail(template: str, request: PrivacyRequest, **context: str) -> EmailMessage:
    if said := TO_MEMBERS.get(template):
        return EmailMessage(
            member=request.requester or factories.make_member(),
            template=template,
            to="nora@brennan-freight.example",
            language=request.language,
            context={**said, "path": "/there/"},
        )
    return EmailMessage(
        request=request,
        template=template,
        to="nora@brennan-freight.example",
        language=request.language,
        context={
            "reason": NASTY,
            "ground": Refusal.CLAIMS,
            "status": "cancelled",
            "seat": "S-204417",
            **context,
        },
    )


@pytest.fixture
def deletion() -> PrivacyRequest:
    contract = factories.make_contract(customer="Brennan <b>& Söhne</b>")
    return factories.make_request(
        RequestKind.DELETION,
        seat=factories.make_seat(contract),
        cooling_off_until=timezone.now() + timedelta(days=3),
    )


def text_and_html(mail: EmailMessage) -> tuple[str, str]:
    message = mails.render(mail)
    return str(message.body), str(message.alternatives[0][0])


class Text(HTMLParser):
    """The words between the tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words += data.split()


def test_every_letter_a_service_sends_is_written_and_every_written_one_is_sent() -> None:
    sent = set()
    for path in (PROJECT / "compliance" / "services").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                place = TEMPLATE_IS_ARGUMENT.get(name)
                argument = dict(enumerate(node.args)).get(place)
                if isinstance(argument, ast.Constant):
                    sent.add(argument.value)
    assert sent == set(LETTERS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_is_whole_in_every_language(letter: str, kind: RequestKind, language: str) -> None:
    request = factories.make_request(
        kind, language=language, cooling_off_until=timezone.now() + timedelta(days=3)
    )
    message = mails.render(make_mail(letter, request))
    text, html = str(message.body), str(message.alternatives[0][0])

    assert "\n" not in message.subject
    about = letter in TO_MEMBERS or request.reference in message.subject
    assert about or "S-204417" in message.subject
    for body in (text, html):
        assert "{%" not in body
        assert "{{" not in body.replace("{{ more }}", "")
        assert (request.reference in body) == (letter not in TO_MEMBERS)
        assert settings.CONTROLLER["email"] in body
        assert settings.CONTROLLER["address"] in body
    assert "\n\n\n" not in text
    assert f'<html lang="{language}" dir="ltr">' in html
    assert not re.search(r"<(script|img|link|iframe|form)\b|src=|url\(", html)


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize("letter", LETTERS)
def test_no_letter_mixes_languages(letter: str, kind: RequestKind, language: str) -> None:
    request = factories.make_request(
        kind, language=language, cooling_off_until=timezone.now() + timedelta(days=3)
    )
    text, html = text_and_html(make_mail(letter, request))
    assert english_in(text, language) == []
    assert english_in(" ".join(Text(html).words), language) == []


@pytest.mark.parametrize("letter", LETTERS)
def test_text_and_html_say_the_same_sentences(letter: str, deletion: PrivacyRequest) -> None:
    text, html = text_and_html(make_mail(letter, deletion, reason="It takes longer."))
    said = " ".join(Text(html).words)
    for paragraph in text.split("\n\n"):
        # Greeting and signature are the letter's own; lists and links are laid out differently.
        if paragraph in ("Hello,",) or paragraph.startswith(("-- ", "- ")) or "://" in paragraph:
            continue
        for line in paragraph.splitlines():
            label, _colon, value = line.removeprefix("- ").partition(": ")
            if " ".join(line.removeprefix("- ").split()) not in said:
                assert label in said
                assert " ".join(value.split()) in said


@pytest.mark.parametrize("letter", LETTERS)
def test_letters_use_plain_words(letter: str, deletion: PrivacyRequest) -> None:
    text, _html = text_and_html(make_mail(letter, deletion, reason="It takes longer."))
    assert not TRADE_WORDS.search(text)
    for sentence in re.split(r"[.?!:]\s|\n", text):
        assert len(sentence.split()) <= 20, sentence


@pytest.mark.parametrize("letter", ["question", "refused", "extended", "stopped", "closed"])
def test_free_text_is_escaped_in_html_and_left_as_it_is_in_text(
    letter: str, deletion: PrivacyRequest
) -> None:
    text, html = text_and_html(make_mail(letter, deletion))
    assert '<script>alert("x")</script> & {{ more }}' in text
    assert "<script" not in html
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; {{ more }}" in html


@pytest.mark.parametrize("letter", ["told_deletion", "decide", "decide_customer", "lapsed"])
def test_names_are_escaped_in_html_and_left_as_they_are_in_text(
    letter: str, deletion: PrivacyRequest
) -> None:
    text, html = text_and_html(make_mail(letter, deletion))
    assert "Brennan <b>& Söhne</b>" in text
    assert "Brennan &lt;b&gt;&amp; Söhne&lt;/b&gt;" in html


def test_nothing_can_be_slipped_into_the_headers(deletion: PrivacyRequest) -> None:
    mail = make_mail("told_export", deletion, seat="S-1\r\nBcc: everyone@example.org")
    message = mails.render(mail).message()
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]


@pytest.mark.parametrize("letter", LETTERS)
def test_service_letters_cannot_be_unsubscribed_from(letter: str, deletion: PrivacyRequest) -> None:
    """RFC 8058 is for marketing; answers to a request go out whatever somebody opted out of."""
    message = mails.render(make_mail(letter, deletion)).message()
    assert message["List-Unsubscribe"] is None
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("letter", LETTERS)
def test_only_the_requester_gets_the_link(letter: str, deletion: PrivacyRequest) -> None:
    for body in text_and_html(make_mail(letter, deletion)):
        assert (deletion.public_id in body) is (letter not in {*WITHOUT_LINK, *TO_MEMBERS})


def test_a_scheduled_deletion_says_until_when_it_can_be_cancelled() -> None:
    until = datetime(2026, 11, 28, 10, tzinfo=UTC)
    request = factories.make_request(RequestKind.DELETION, cooling_off_until=until)
    text, html = text_and_html(make_mail("scheduled", request))
    for body in (text, html):
        assert "You can cancel until 28 November 2026, 10:00." in body.replace("\xa0", " ")
        assert f"/r/{request.public_id}/" in body


def test_days_are_written_as_the_language_writes_them() -> None:
    said = {}
    for language in LANGUAGES:
        request = factories.make_request(language=language, due_on=date(2026, 12, 23))
        said[language] = mails.render(make_mail("extended", request)).body
    assert "23 December 2026" in said["en"].replace("\xa0", " ")
    assert "23. Dezember 2026" in said["de"].replace("\xa0", " ")
    assert "23 décembre 2026" in said["fr"].replace("\xa0", " ")
    assert "23 de diciembre de 2026" in said["es"].replace("\xa0", " ")


def test_times_are_those_of_the_company(settings: object) -> None:
    settings.CONTROLLER = {**settings.CONTROLLER, "time_zone": "Europe/Berlin"}
    until = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    request = factories.make_request(RequestKind.DELETION, cooling_off_until=until)
    text, _html = text_and_html(make_mail("scheduled", request))
    assert "2 July 2026, 00:30" in text.replace("\xa0", " ")
    assert "Times are those of Berlin." in text


def test_a_refusal_names_ground_reason_and_every_way_to_complain(deletion: PrivacyRequest) -> None:
    text, html = text_and_html(make_mail("refused", deletion, reason="A court asked for it."))
    for body in (text, html):
        assert str(Refusal.CLAIMS.label) in body
        assert "A court asked for it." in body
        assert settings.CONTROLLER["authority"] in body
        assert "Go to court." in body
        assert "Nothing was deleted." in body


def test_a_ready_copy_says_until_when_and_that_nothing_was_deleted() -> None:
    request = factories.make_request()
    request.archives.create(
        object_name="archives/x.zip",
        size=1,
        sha256="0" * 64,
        expires_at=timezone.now() + timedelta(days=7),
    )
    text, html = text_and_html(make_mail("ready", request))
    expiry = request.archives.get().expires_at
    for body in (text, html):
        assert f"You can have it until {expiry.day}" in body.replace("\xa0", " ")
        assert "Nothing was deleted." in body


def test_a_letter_sent_after_the_copy_was_destroyed_names_no_date() -> None:
    text, html = text_and_html(make_mail("ready", factories.make_request()))
    assert "until" not in text
    assert "<p></p>" not in html


def test_the_outbox_sends_what_was_rendered_in_the_recipients_language(
    mailoutbox: list[django_mail.EmailMessage],
) -> None:
    request = factories.make_request(language="de", contact_email="nora@brennan-freight.example")
    letters.acknowledge(request)
    mails.send(EmailMessage.objects.get(request=request).pk)

    (sent,) = mailoutbox
    received: Received = sent.message()
    assert received["To"] == "nora@brennan-freight.example"
    assert '<html lang="de"' in str(sent.alternatives[0][0])
    assert [name for name, _content, _type in sent.attachments] == [
        f"{request.receipts.get().number}.pdf"
    ]
