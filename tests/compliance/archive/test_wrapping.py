from __future__ import annotations

import base64

import pytest
from pytest_django import Settings

from compliance.archive import KeyUnknown, SealBroken, new_key, unwrap, wrap


def entry(key_id: str) -> str:
    return f"{key_id}:{base64.b64encode(key_id.encode().ljust(32)).decode()}"


@pytest.fixture(autouse=True)
def _rotated(settings: Settings) -> None:
    settings.KEY_ENCRYPTION_KEYS = [entry("new"), entry("old")]


def test_a_wrapped_key_is_had_back_and_is_not_in_the_wrapping() -> None:
    key = new_key()
    kek_id, wrapped = wrap(key, "archive-1")
    assert kek_id == "new"
    assert len(wrapped) == 60
    assert key not in wrapped
    assert unwrap(kek_id, wrapped, "archive-1") == key
    assert unwrap(kek_id, memoryview(wrapped), "archive-1") == key


def test_after_a_rotation_older_keys_still_open(settings: Settings) -> None:
    settings.KEY_ENCRYPTION_KEYS = [entry("old")]
    key = new_key()
    kek_id, wrapped = wrap(key, "archive-1")
    settings.KEY_ENCRYPTION_KEYS = [entry("new"), entry("old")]
    assert unwrap(kek_id, wrapped, "archive-1") == key


def test_a_key_encryption_key_taken_away_is_named(settings: Settings) -> None:
    kek_id, wrapped = wrap(new_key(), "archive-1")
    settings.KEY_ENCRYPTION_KEYS = [entry("old")]
    with pytest.raises(KeyUnknown, match="lacks the key new"):
        unwrap(kek_id, wrapped, "archive-1")


def test_a_wrapped_key_opens_for_no_other_object_or_key_encryption_key() -> None:
    kek_id, wrapped = wrap(new_key(), "archive-1")
    for other_kek, other_object in (("new", "archive-2"), ("old", "archive-1"), ("new", "")):
        with pytest.raises(SealBroken):
            unwrap(other_kek, wrapped, other_object)
    assert kek_id == "new"


@pytest.mark.parametrize("length", [0, 5, 12, 27, 59])
def test_a_cut_wrapping_is_found(length: int) -> None:
    kek_id, wrapped = wrap(new_key(), "archive-1")
    with pytest.raises(SealBroken):
        unwrap(kek_id, wrapped[:length], "archive-1")


def test_two_wrappings_of_one_key_differ() -> None:
    key = new_key()
    assert wrap(key, "archive-1") != wrap(key, "archive-1")
    assert new_key() != new_key()
