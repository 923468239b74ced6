from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from consent.models import Confirmation, DocumentVersion
from seats.models import Member
from tests.compliance.api.caller import Caller, refusal
from tests.factories import make_document, make_member, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> Member:
    return make_member(product_id="7", locale="de-AT")


@pytest.fixture
def version(db: None) -> DocumentVersion:
    german = make_version(language="en", summary="One point\n\nAnother")
    make_version(german.document, number=german.number, language="de", text="Auf Deutsch.")
    return german


def noted(version: DocumentVersion, **fields: Any) -> dict[str, Any]:
    return {"sha256": version.text_sha256, "surface": "mobile", **fields}


def path(version: DocumentVersion, state: str = "confirmed") -> str:
    return f"/members/7/notices/{version.pk}/{state}"


def test_a_member_starts_once_the_notice_is_confirmed_on_that_surface(
    product: Caller, member: Member, version: DocumentVersion
) -> None:
    def may_start(surface: str) -> bool:
        return bool(product.get(f"/members/7/may-start?surface={surface}").json()["may_start"])

    assert not may_start("mobile")
    due = product.get("/members/7/notices?surface=mobile").json()["notices"]
    assert [(one["language"], one["text"]) for one in due] == [("de", "Auf Deutsch.")]
    (english,) = product.get("/members/7/notices?surface=mobile&language=en").json()["notices"]
    assert (english["version"], english["sha256"]) == (version.pk, version.text_sha256)
    assert (english["points"], english["before"], english["last"]) == (
        ["One point", "Another"],
        0,
        "",
    )
    for state in ("shown", "postponed", "confirmed"):
        answer = product.post(path(version, state), noted(version, ip="203.0.113.77"))
        assert (answer.status_code, answer.json()["created"]) == (201, True)
    assert may_start("mobile")
    assert not may_start("desktop")
    assert product.get("/members/7/notices?surface=mobile").json() == {"notices": []}
    assert set(Confirmation.objects.values_list("ip", flat=True)) == {"203.0.113.0"}


def test_the_same_again_writes_nothing(
    product: Caller, member: Member, version: DocumentVersion
) -> None:
    told = {"client_at": (timezone.now() - timedelta(hours=2)).isoformat(), "client": "ios 4.1"}
    first = product.post(path(version), noted(version, **told), Idempotency_Key="n1")
    again = product.post(path(version), noted(version, **told))
    assert (first.status_code, again.status_code, again.json()["created"]) == (201, 200, False)
    row = Confirmation.objects.get()
    assert (row.key, row.client, bool(row.client_at)) == ("n1", "ios 4.1", True)


def test_a_replaced_text_is_refused_with_the_one_to_show(
    product: Caller, member: Member, version: DocumentVersion
) -> None:
    newer = make_version(version.document, language="en")
    answer = product.post(path(version), noted(version))
    assert refusal(answer) == (409, "superseded")
    assert answer.json()["notice"]["version"] == newer.pk
    assert answer.json()["notice"]["text"] == newer.text
    assert not Confirmation.objects.exists()


def test_what_was_confirmed_offline_while_it_was_in_force_counts_and_says_what_is_next(
    product: Caller, member: Member
) -> None:
    document = make_document()
    old = make_version(document, effective_on=date(2020, 1, 1))
    new = make_version(document, effective_on=timezone.now().date())
    then = datetime(2021, 1, 1, tzinfo=UTC).isoformat()
    answer = product.post(path(old), noted(old, client_at=then))
    assert answer.status_code == 201
    assert answer.json()["next"]["version"] == new.pk


def test_what_cannot_be_noted_is_refused(
    product: Caller, member: Member, version: DocumentVersion
) -> None:
    other = {"sha256": "0" * 64, "surface": "mobile"}
    assert refusal(product.post(path(version), other)) == (400, "bad_input")
    assert refusal(product.post("/members/7/notices/999/shown", other)) == (404, "not_found")
    assert refusal(product.post("/members/8/notices/1/shown", other)) == (404, "not_found")
    for wrong in (
        {**other, "surface": "watch"},
        {**other, "client_at": 5},
        {**other, "client_at": "2026-01-01"},
        {**other, "client_at": "2026-01-01T00:00:00"},
        {**other, "sha256": "x"},
        {"surface": "mobile"},
    ):
        assert refusal(product.post(path(version), wrong)) == (422, "misshapen")
    assert refusal(product.post(path(version, "read"), other)) == (422, "misshapen")
    assert refusal(product.get("/members/7/may-start")) == (422, "misshapen")
    future = (timezone.now() + timedelta(days=1)).isoformat()
    ahead = product.post(path(version), noted(version, client_at=future))
    assert refusal(ahead) == (400, "bad_input")
    assert not Confirmation.objects.exists()
