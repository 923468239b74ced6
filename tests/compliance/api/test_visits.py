from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from compliance.models import RememberedCall
from seats.personal_data import erase_member
from tests.compliance.api.caller import Caller, refusal
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def test_the_products_user_comes_in_once(product: Caller) -> None:
    make_member(product_id="7", name="Nora")
    told = product.post("/members/7/sign-in-link", {}).json()
    path = urlsplit(told["url"]).path
    visitor = Client()
    assert visitor.get(path)["Location"] == "/privacy/"
    assert "Hello, Nora" in visitor.get("/privacy/").content.decode()
    assert Client().get(path).status_code == 410


def test_a_named_call_has_a_new_link_each_time_and_none_is_remembered(product: Caller) -> None:
    make_member(product_id="7")
    named = {"Idempotency_Key": "one"}
    first, second = (
        product.post("/members/7/sign-in-link", {}, **named).json()["url"] for _ in range(2)
    )
    assert first != second
    assert not RememberedCall.objects.exists()


def test_nobody_comes_in_for_a_member_who_is_not_there(product: Caller) -> None:
    erase_member(make_member(product_id="7"))
    for who in ("7", "8"):
        assert refusal(product.post(f"/members/{who}/sign-in-link", {})) == (404, "not_found")
