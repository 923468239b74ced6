"""What goes wrong is said in plain words, under a number that stands in our log."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import path

from compliance.views import errors
from config import urls
from tests.compliance.views.test_cases import text_of

NUMBER = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


def _raise(error: Exception) -> Any:
    def view(request: HttpRequest, secret: str = "") -> None:
        raise error

    return view


urlpatterns = [
    path("400/", _raise(SuspiciousOperation("no"))),
    path("403/", _raise(PermissionDenied("no"))),
    path("500/<str:secret>/", _raise(RuntimeError("no")), name="breaking"),
    *urls.urlpatterns,
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture(autouse=True)
def _these_pages(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize(
    ("address", "status", "title"),
    [
        ("/400/", 400, "We did not understand that"),
        ("/403/", 403, "You cannot open this page"),
        ("/404/", 404, "There is no such page"),
        ("/500/x/", 500, "Something failed on our side"),
    ],
)
def test_every_error_has_its_page(client: Client, address: str, status: int, title: str) -> None:
    client.raise_request_exception = False
    response = client.get(address)
    assert response.status_code == status
    said = text_of(response)
    assert title in said
    assert NUMBER.search(said)
    assert str(status) not in said
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("status", errors.WORDS)
def test_every_page_says_what_to_do_in_short_sentences(status: int) -> None:
    words = errors.WORDS[status]
    for sentence in re.split(r"[.?!]\s", f"{words.title}. {words.lead} {words.text}"):
        assert len(sentence.split()) <= 20


@pytest.mark.parametrize(
    ("language", "lang"), [("de-DE,de;q=0.9", "de"), ("fr", "fr"), ("xx", "en")]
)
def test_the_page_is_in_the_browsers_language(client: Client, language: str, lang: str) -> None:
    response = client.get("/nowhere/", headers={"accept-language": language})
    assert f'<html lang="{lang}"' in response.content.decode()


def test_the_number_stands_in_the_log_and_the_address_does_not(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.raise_request_exception = False
    with caplog.at_level(logging.INFO, logger="compliance.views.errors"):
        response = client.get("/500/secret-of-a-link/")
    number = NUMBER.search(text_of(response)).group()
    (record,) = [row for row in caplog.records if row.name == "compliance.views.errors"]
    assert record.getMessage() == f"error page {number}: 500 in breaking, RuntimeError"


def test_a_page_that_cannot_be_made_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> str:
        raise ValueError("no manifest")

    monkeypatch.setattr(errors, "render_to_string", fail)
    response = errors.page(RequestFactory().get("/"), 500)
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Something failed on our side" in response.content.decode()


@pytest.mark.django_db
def test_an_error_page_needs_no_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        client.get("/nowhere/")
