from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.storage import Storage, storages

from compliance.services import objects

NAME = "parts/1/2-token"


class ObjectStore(Storage):
    """Keeps what was written when a file is closed, as S3 does; may be away by then."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False

    def open(self, name: str, mode: str = "rb") -> Any:
        return _Upload(self, name)

    def delete(self, name: str) -> None:
        if self.away:
            raise ConnectionResetError
        del self.kept[name]


class _Upload(io.BytesIO):
    def __init__(self, store: ObjectStore, name: str) -> None:
        super().__init__()
        self._store, self._name = store, name

    def close(self) -> None:
        if self.closed:
            return
        content = self.getvalue()
        super().close()
        if self._store.away:
            raise ConnectionResetError
        self._store.kept[self._name] = content


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    there = ObjectStore()
    monkeypatch.setitem(storages._storages, "exports", there)
    return there


def cut_short() -> None:
    with objects.writing(NAME) as target:
        target.write(b"seal")
        raise RuntimeError("lease lost")


def test_an_object_store_keeps_what_was_written_whole(store: ObjectStore) -> None:
    with objects.writing(NAME) as target:
        target.write(b"sealed")
    assert store.kept == {NAME: b"sealed"}


def test_what_was_cut_short_does_not_stay_in_an_object_store(store: ObjectStore) -> None:
    with pytest.raises(RuntimeError, match="lease lost"):
        cut_short()
    assert store.kept == {}


def test_an_object_store_that_is_away_at_the_end_is_named(store: ObjectStore) -> None:
    store.away = True
    with pytest.raises(ConnectionResetError):
        cut_short()
