from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from consent.enums import Act
from consent.services import consents, links
from seats.models import Member
from seats.personal_data import erase_member
from tests.compliance.api.caller import Caller, refusal
from tests.factories import make_evidence, make_member

pytestmark = pytest.mark.django_db
TIPS = "purpose=tips&channel=email"


def willing(product_id: str) -> Member:
    member = make_member(product_id=product_id)
    consents.record(member, Act.GIVEN, purpose="tips", channel="email", evidence=make_evidence())
    return member


def test_one_answer_says_why(product: Caller) -> None:
    member = willing("7")
    assert product.get(f"/may-send?member=7&{TIPS}").json() == {
        "allowed": True,
        "reason": "consented",
        "event": member.consent_events.get().pk,
    }
    consents.record(member, Act.UNSUBSCRIBED, evidence=make_evidence())
    told = product.get(f"/may-send?member=7&{TIPS}").json()
    assert (told["allowed"], told["reason"]) == (False, "unsubscribed")
    make_member(product_id="8")
    told = product.get(f"/may-send?member=8&{TIPS}").json()
    assert told == {"allowed": False, "reason": "no_consent", "event": None}


def test_nobody_is_sent_anything_who_is_not_there(product: Caller) -> None:
    erase_member(willing("7"))
    for who in ("7", "8"):
        assert refusal(product.get(f"/may-send?member={who}&{TIPS}")) == (404, "not_found")


def test_many_are_answered_in_their_order_and_the_unknown_with_a_no(product: Caller) -> None:
    willing("7")
    body = {"members": ["9", "7", "9"], "purpose": "tips", "channel": "email"}
    told = product.post("/may-send", body).json()["answers"]
    assert [(one["member"], one["allowed"], one["reason"]) for one in told] == [
        ("9", False, "unknown_member"),
        ("7", True, "consented"),
        ("9", False, "unknown_member"),
    ]


def test_a_thousand_cost_as_many_queries_as_one(product: Caller) -> None:
    willing("7")

    def queries(count: int) -> int:
        body = {"members": ["7"] + [f"m{n}" for n in range(count - 1)]}
        with CaptureQueriesContext(connection) as captured:
            answer = product.post("/may-send", {**body, "purpose": "tips", "channel": "email"})
        assert answer.status_code == 200
        return len(captured)

    queries(1)
    assert queries(1000) == queries(1)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("purpose=spam&channel=email", (422, "misshapen")),
        ("purpose=tips&channel=fax", (422, "misshapen")),
        ("purpose=tips", (422, "misshapen")),
        ("purpose=inmail_marketing&channel=email", (400, "bad_input")),
    ],
)
def test_there_is_no_other_purpose_or_channel(
    product: Caller, query: str, code: tuple[int, str]
) -> None:
    willing("7")
    for path in (f"/may-send?member=7&{query}", f"/members/7/unsubscribe?{query}"):
        if "inmail" in query and "unsubscribe" in path:
            continue
        assert refusal(product.get(path)) == code


def test_a_mail_gets_headers_and_links_that_open_the_members_own_pages(
    product: Caller, settings: Settings
) -> None:
    member = willing("7")
    settings.HTTPS, settings.BASE_URL = True, "https://privacy.example.test"
    told: dict[str, Any] = product.get(f"/members/7/unsubscribe?{TIPS}").json()
    assert told["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told["headers"]["List-Unsubscribe"].startswith("<https://privacy.example.test/u/")
    target = links.read_unsubscribe(told["unsubscribe"].rpartition("/")[2])
    assert (target.member, target.purpose, target.channel) == (member, "tips", "email")
    assert links.read_preferences(told["preferences"].rpartition("/")[2]) == member
    inmail = product.get("/members/7/unsubscribe?purpose=tips&channel=inmail").json()
    assert inmail["headers"] == {}


def test_links_that_no_mail_program_would_follow_are_not_given(product: Caller) -> None:
    willing("7")
    assert refusal(product.get(f"/members/7/unsubscribe?{TIPS}")) == (409, "not_https")
