from __future__ import annotations

import base64
from datetime import date

import pytest
import time_machine
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from seats import keys

TODAY = date(2026, 11, 23)


def b64(letter: str, length: int = 32) -> str:
    return base64.b64encode(letter.encode() * length).decode()


def test_the_first_key_encryption_key_is_the_current_one(settings: Settings) -> None:
    settings.KEY_ENCRYPTION_KEYS = [f"new:{b64('n')}", f"old:{b64('o')}"]
    assert list(keys.key_encryption_keys().items()) == [("new", b"n" * 32), ("old", b"o" * 32)]


def test_what_a_caller_does_to_the_keys_it_got_changes_nothing(settings: Settings) -> None:
    keys.key_encryption_keys().clear()
    assert keys.key_encryption_keys()


@pytest.mark.parametrize(
    ("setting", "entry"),
    [
        ("KEY_ENCRYPTION_KEYS", b64("k")),
        ("KEY_ENCRYPTION_KEYS", f":{b64('k')}"),
        ("KEY_ENCRYPTION_KEYS", f"a b:{b64('k')}"),
        ("KEY_ENCRYPTION_KEYS", f"{'i' * 33}:{b64('k')}"),
        ("KEY_ENCRYPTION_KEYS", f"id:{b64('k', 31)}"),
        ("KEY_ENCRYPTION_KEYS", f"id:{b64('k')[:-2]}"),
        ("KEY_ENCRYPTION_KEYS", "id:" + "k" * 32 + "é"),
        ("KEY_ENCRYPTION_KEYS", f"id:{b64('k')}:2026-01-01"),
        ("SIGNING_KEYS", f"id:{b64('k')}"),
        ("SIGNING_KEYS", f"id:{b64('k')}:"),
        ("SIGNING_KEYS", f"id:{b64('k')}:1.1.2026"),
        ("SIGNING_KEYS", f"id:{b64('k')}:2026-02-30"),
        ("SIGNING_KEYS", f"id:{b64('k')}:2026-02-02:2026-02-01"),
        ("SIGNING_KEYS", f"id:{b64('k')}:2026-01-01:2026-02-01:x"),
        ("RETIRED_SIGNING_KEYS", f"id:{b64('k')}:2026-01-01"),
        ("RETIRED_SIGNING_KEYS", f"id:{b64('k', 33)}:2026-01-01:2026-02-01"),
    ],
)
def test_a_malformed_entry_is_named_by_setting_and_place_and_never_repeated(
    settings: Settings, setting: str, entry: str
) -> None:
    good = {
        "KEY_ENCRYPTION_KEYS": f"good:{b64('g')}",
        "SIGNING_KEYS": f"good:{b64('g')}:2020-01-01",
        "RETIRED_SIGNING_KEYS": f"gone:{b64('g')}:2020-01-01:2021-01-01",
    }[setting]
    setattr(settings, setting, [good, entry])
    with pytest.raises(ImproperlyConfigured) as caught:
        keys.key_encryption_keys() if "ENCRYPTION" in setting else keys.verifying_keys()
    message = str(caught.value)
    assert message.startswith(f"{setting}, entry 2: ")
    assert "Expected: id:base64" in message
    assert b64("k")[:8] not in message
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("setting", ["KEY_ENCRYPTION_KEYS", "SIGNING_KEYS"])
def test_an_empty_list_of_keys_is_refused(settings: Settings, setting: str) -> None:
    setattr(settings, setting, [])
    with pytest.raises(ImproperlyConfigured, match=f"{setting} is empty"):
        keys.key_encryption_keys() if "ENCRYPTION" in setting else keys.signing_key()


def test_two_keys_of_one_id_are_refused(settings: Settings) -> None:
    settings.KEY_ENCRYPTION_KEYS = [f"k:{b64('a')}", f"k:{b64('b')}"]
    with pytest.raises(ImproperlyConfigured, match="entry 2: the id k is there twice"):
        keys.key_encryption_keys()


def test_an_id_both_signing_and_retired_is_refused(settings: Settings) -> None:
    settings.SIGNING_KEYS = [f"s:{b64('a')}:2026-01-01"]
    settings.RETIRED_SIGNING_KEYS = [f"s:{b64('a')}:2025-01-01:2025-12-31"]
    with pytest.raises(ImproperlyConfigured, match="id s is also in SIGNING_KEYS"):
        keys.verifying_keys()


def test_the_first_key_valid_today_signs(settings: Settings) -> None:
    settings.SIGNING_KEYS = [
        f"next:{b64('n')}:2027-01-01",
        f"now:{b64('w')}:2026-01-01:2026-12-31",
        f"old:{b64('o')}:2025-01-01",
    ]
    with time_machine.travel("2026-12-31T23:59:59Z"):
        assert keys.signing_key()[0] == "now"
    with time_machine.travel("2027-01-01T00:00:00Z"):
        assert keys.signing_key()[0] == "next"
    assert keys.signing_key(date(2025, 6, 1))[0] == "old"


def test_without_a_key_valid_today_nothing_is_signed(settings: Settings) -> None:
    settings.SIGNING_KEYS = [f"s:{b64('s')}:2026-01-01:2026-11-22"]
    with pytest.raises(ImproperlyConfigured, match="no key is valid on 2026-11-23"):
        keys.signing_key(TODAY)


def test_what_a_retired_key_signed_still_verifies(settings: Settings) -> None:
    settings.SIGNING_KEYS = [f"old:{b64('o')}:2025-01-01"]
    old_id, old = keys.signing_key(TODAY)
    signature = old.sign(b"receipt")
    public = base64.b64encode(old.public_key().public_bytes_raw()).decode()
    settings.SIGNING_KEYS = [f"new:{b64('n')}:2026-06-01"]
    settings.RETIRED_SIGNING_KEYS = [f"old:{public}:2025-01-01:2026-05-31"]
    known = keys.verifying_keys()
    known[old_id].public.verify(signature, b"receipt")
    assert known["old"][1:] == (date(2025, 1, 1), date(2026, 5, 31))
    assert known["new"][1:] == (date(2026, 6, 1), None)
    with pytest.raises(InvalidSignature):
        known["new"].public.verify(signature, b"receipt")


def test_a_seed_gives_the_ed25519_key_of_rfc_8032(settings: Settings) -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    settings.SIGNING_KEYS = [f"rfc:{base64.b64encode(seed).decode()}:2026-01-01"]
    _, key = keys.signing_key(TODAY)
    assert isinstance(key, Ed25519PrivateKey)
    assert key.public_key().public_bytes_raw().hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )


@pytest.mark.parametrize("value", ["", "abc", b64("p", 16), b64("p") + "!"])
def test_a_malformed_pseudonym_key_is_refused(settings: Settings, value: str) -> None:
    settings.PSEUDONYM_KEY = value
    for use in (lambda: keys.pseudonym("seat", "1"), lambda: keys.seal_text("1", "seat")):
        with pytest.raises(ImproperlyConfigured, match="PSEUDONYM_KEY: the key is not the base64"):
            use()


def test_a_pseudonym_is_stable_hides_its_value_and_differs_between_kinds_and_keys(
    settings: Settings,
) -> None:
    seat = keys.pseudonym("seat", "1042")
    assert seat == keys.pseudonym("seat", "1042")
    assert len(bytes.fromhex(seat)) == 32
    others = {
        keys.pseudonym("member", "1042"),
        keys.pseudonym("seat", "1043"),
        keys.pseudonym("sea", "t1042"),
        keys.pseudonym("seat1042", ""),
    }
    settings.PSEUDONYM_KEY = b64("q")
    others.add(keys.pseudonym("seat", "1042"))
    assert len(others) == 5
    assert seat not in others


@pytest.mark.parametrize(
    "spelling", ["josé@example.org", "JOSÉ@Example.ORG", " jose\u0301@example.org\n"]
)
def test_every_spelling_of_an_address_has_one_pseudonym(spelling: str) -> None:
    assert keys.normalised_email(spelling) == "jos\u00e9@example.org"
    assert keys.pseudonym(keys.EMAIL, spelling) == keys.pseudonym(keys.EMAIL, "josé@example.org")


@given(st.text())
def test_normalising_an_address_twice_is_the_same_as_once(address: str) -> None:
    once = keys.normalised_email(address)
    assert keys.normalised_email(once) == once


@given(st.text(st.characters(exclude_categories=())), st.text(max_size=20))
def test_a_sealed_text_opens_in_its_context(text: str, context: str) -> None:
    sealed = keys.seal_text(text, context)
    assert keys.open_text(sealed, context) == text
    assert sealed.isascii()
    with pytest.raises(keys.SealedTextBroken):
        keys.open_text(sealed, context + "x")


def test_a_text_sealed_twice_looks_different() -> None:
    assert keys.seal_text("1042", "seat") != keys.seal_text("1042", "seat")


@pytest.mark.parametrize("position", range(3, 40, 4))
def test_a_changed_sealed_text_does_not_open(position: int) -> None:
    sealed = keys.seal_text("1042", "seat")
    other = "A" if sealed[position] != "A" else "B"
    with pytest.raises(keys.SealedTextBroken):
        keys.open_text(sealed[:position] + other + sealed[position + 1 :], "seat")


@pytest.mark.parametrize("sealed", ["", "s1.", "s2.AAAA", "s1.é", "s1.A", "s1.!!!!", "1042"])
def test_what_is_no_sealed_text_does_not_open(sealed: str) -> None:
    with pytest.raises(keys.SealedTextBroken):
        keys.open_text(sealed, "seat")


def test_a_text_sealed_under_another_key_does_not_open(settings: Settings) -> None:
    sealed = keys.seal_text("1042", "seat")
    settings.PSEUDONYM_KEY = b64("q")
    with pytest.raises(keys.SealedTextBroken, match="another PSEUDONYM_KEY"):
        keys.open_text(sealed, "seat")
