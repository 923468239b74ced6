from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import EmailMessage, RememberedCall
from consent.enums import PAIRS, DocumentKind
from consent.models import ConsentEvent, Preference
from consent.services import choices
from seats.models import Member
from tests.compliance.api.caller import Caller, refusal
from tests.factories import make_document, make_evidence, make_member, make_version

pytestmark = pytest.mark.django_db
HOW = {"surface": "desktop", "language": "en", "ip": "203.0.113.77"}
YES = {"act": "given", "purpose": "tips", "channel": "email", "text": "Send me tips by e-mail."}
CHOICE = {"purpose": "tips", "channel": "email", "allowed": True, "text": "Send me tips."}


@pytest.fixture(autouse=True)
def member(db: None) -> Member:
    return make_member(product_id="7", email="ana@customer.example")


def record(product: Caller, *acts: dict[str, Any], **headers: str) -> Any:
    return product.post("/members/7/consents", {**HOW, "acts": list(acts)}, **headers)


def allowed(product: Caller, query: str = "") -> set[tuple[str, str]]:
    states = product.get(f"/members/7/consents{query}").json()["states"]
    assert [(one["purpose"], one["channel"]) for one in states] == list(PAIRS)
    return {(one["purpose"], one["channel"]) for one in states if one["allowed"]}


def test_a_yes_is_recorded_with_its_words_and_where_it_came_from(product: Caller) -> None:
    answer = record(product, YES)
    assert answer.status_code == 201
    row = ConsentEvent.objects.get()
    assert answer.json()["events"][0]["id"] == row.pk
    assert (row.origin, row.surface, row.ip, bool(row.text_sha256)) == (
        "api",
        "desktop",
        "203.0.113.0",
        True,
    )
    assert allowed(product) == {("tips", "email")}
    before = (timezone.now() - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert allowed(product, f"?as_of={before}") == set()


def test_acts_are_recorded_all_or_none(product: Caller) -> None:
    answer = record(product, YES, {"act": "given", "purpose": "surveys", "channel": "email"})
    assert refusal(answer) == (400, "bad_input")
    assert not ConsentEvent.objects.exists()


def test_a_named_call_records_its_acts_once_even_after_the_name_is_forgotten(
    product: Caller,
) -> None:
    no = {"act": "declined", "purpose": "surveys", "channel": "email"}
    first = record(product, YES, no, Idempotency_Key="c1").json()
    ConsentEvent.objects.get(key="c1#1")
    RememberedCall.objects.all().delete()
    assert record(product, YES, no, Idempotency_Key="c1").json() == first
    assert ConsentEvent.objects.count() == 2


def test_a_yes_through_the_product_does_not_take_back_an_opt_out(
    product: Caller, member: Member
) -> None:
    record(product, YES)
    assert record(product, {"act": "objected"}).status_code == 201
    assert allowed(product) == set()
    assert refusal(record(product, YES)) == (403, "not_allowed")
    wanted = {**HOW, "choices": [CHOICE]}
    assert refusal(product.put("/members/7/preferences", wanted)) == (403, "not_allowed")
    choices.save_choices(member, {("tips", "email"): True}, make_evidence())
    assert allowed(product) == {("tips", "email")}


def test_accepting_terms_is_never_consent(product: Caller) -> None:
    terms = make_version(make_document(DocumentKind.TERMS))
    told = {**HOW, "version": terms.pk, "sha256": terms.text_sha256}
    codes = [product.post("/members/7/terms", told).status_code for _call in range(2)]
    assert codes == [201, 200]
    assert allowed(product) == set()
    assert not Preference.objects.exists()
    record(product, YES, Idempotency_Key="t")
    again = make_version(terms.document)
    told = {**told, "version": again.pk, "sha256": again.text_sha256}
    RememberedCall.objects.all().delete()
    ConsentEvent.objects.get(key="t#0")
    assert product.post("/members/7/terms", told, Idempotency_Key="t#0").status_code == 201
    wrong = {**told, "sha256": "0" * 64}
    assert refusal(product.post("/members/7/terms", wrong)) == (400, "bad_input")
    assert refusal(product.post("/members/7/terms", {**told, "version": 999})) == (404, "not_found")
    notice = make_version()
    other = {**told, "version": notice.pk, "sha256": notice.text_sha256}
    assert refusal(product.post("/members/7/terms", other)) == (400, "bad_input")
    assert refusal(record(product, {"act": "terms_accepted"})) == (400, "bad_input")


@pytest.mark.parametrize("answers", [[], [CHOICE], [{**CHOICE, "allowed": False}]])
def test_verifying_an_address_succeeds_whatever_is_answered_beside_it(
    product: Caller, member: Member, answers: list[dict[str, Any]]
) -> None:
    told = {**HOW, "email": "ANA@customer.example", "choices": answers}
    answer = product.post("/members/7/verification", told)
    assert answer.status_code == 201
    member.refresh_from_db()
    assert member.verified_at
    acts = [one["act"] for one in answer.json()["events"]]
    assert acts == [{True: "given", False: "declined"}[one["allowed"]] for one in answers]


def test_another_address_is_not_verified(product: Caller, member: Member) -> None:
    told = {**HOW, "email": "eve@customer.example"}
    assert refusal(product.post("/members/7/verification", told)) == (409, "other_address")
    member.refresh_from_db()
    assert member.verified_at is None


def test_preferences_are_made_what_was_chosen_and_nothing_is_said_twice(product: Caller) -> None:
    no = {"purpose": "surveys", "channel": "email", "allowed": False}
    wanted = {**HOW, "choices": [CHOICE, no]}
    for _call in range(2):
        answer = product.put("/members/7/preferences", wanted)
        assert answer.json() == product.get("/members/7/preferences").json()
    assert list(ConsentEvent.objects.order_by("pk").values_list("act", flat=True)) == [
        "given",
        "declined",
    ]
    product.put("/members/7/preferences", {**HOW, "choices": [{**CHOICE, "allowed": False}]})
    assert ConsentEvent.objects.latest("pk").act == "withdrawn"
    assert allowed(product) == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"allowed": "yes"}, (422, "misshapen")),
        ({"allowed": 1}, (422, "misshapen")),
        ({"purpose": "spam"}, (422, "misshapen")),
        ({"channel": "fax"}, (422, "misshapen")),
        ({"text": ""}, (400, "bad_input")),
        ({"purpose": "inmail_marketing"}, (400, "bad_input")),
    ],
)
def test_a_choice_that_is_none_is_refused(
    product: Caller, change: dict[str, Any], code: tuple[int, str]
) -> None:
    wanted = {**HOW, "choices": [{**CHOICE, **change}]}
    assert refusal(product.put("/members/7/preferences", wanted)) == code
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize("path", ["consents", "terms", "verification"])
def test_who_is_unknown_or_erased_has_no_choices(product: Caller, path: str) -> None:
    body: dict[str, Any] = {
        "consents": {**HOW, "acts": [YES]},
        "terms": {**HOW, "version": 1, "sha256": "0" * 64},
        "verification": {**HOW, "email": "a@b.example"},
    }[path]
    assert refusal(product.post(f"/members/8/{path}", body)) == (404, "not_found")


def test_an_address_is_verified_by_our_own_mail(product: Caller, member: Member) -> None:
    answer = product.post("/members/7/verification-mail", {})
    assert answer.status_code == 202
    mail = EmailMessage.objects.get()
    assert (mail.template, mail.to, mail.member) == ("verify_address", member.email, member)

    Member.objects.filter(pk=member.pk).update(verified_at=timezone.now())
    assert refusal(product.post("/members/7/verification-mail", {})) == (409, "already_verified")
    assert EmailMessage.objects.count() == 1


def test_nobody_is_flooded_with_verification_mails(product: Caller) -> None:
    make_member(product_id="8", email="")
    for _mail in range(3):
        assert product.post("/members/7/verification-mail", {}).status_code == 202
    assert refusal(product.post("/members/7/verification-mail", {})) == (429, "too_many")
    assert refusal(product.post("/members/8/verification-mail", {})) == (400, "bad_input")
    assert EmailMessage.objects.count() == 3
