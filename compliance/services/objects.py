"""Sealed objects on the `exports` storage: written through to the disk, and destroyed for good."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files.storage import Storage, storages
from django.utils import timezone

from compliance import archive
from compliance.models import WrappedKey


@contextmanager
def writing(name: str) -> Iterator[BinaryIO]:
    """A new object to write to; synced when the block ends, gone when it raises."""
    storage = storages["exports"]
    try:
        path = Path(storage.path(name))
    except NotImplementedError:
        with _writing_remotely(storage, name) as remote:
            yield remote
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with path.open("xb", buffering=0) as target:
            path.chmod(0o600)
            yield cast(BinaryIO, target)
            os.fsync(target.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextmanager
def _writing_remotely(storage: Storage, name: str) -> Iterator[BinaryIO]:
    """An object store keeps an object when it is closed, even one that was cut short."""
    try:
        with storage.open(name, "wb") as target:
            yield cast(BinaryIO, target)
    except BaseException:
        # Away already, maybe: what is left is sealed, never published, and swept up later.
        with suppress(Exception):
            storage.delete(name)
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_key(object_id: str, key: bytes) -> WrappedKey:
    kek_id, wrapped = archive.wrap(key, object_id)
    return WrappedKey.objects.create(object_id=object_id, kek_id=kek_id, wrapped=wrapped)


@contextmanager
def reading(name: str, key: WrappedKey) -> Iterator[archive.SealedReader]:
    """The plaintext of an object. Raises archive.SealBroken, archive.KeyUnknown or OSError."""
    secret = archive.unwrap(key.kek_id, bytes(key.wrapped), key.object_id)
    with storages["exports"].open(name, "rb") as source:
        yield archive.SealedReader(cast(BinaryIO, source), secret, key.object_id)


def destroy(name: str, key: WrappedKey | None) -> None:
    """Key first: from then on the bytes are noise, wherever a copy of them may lie."""
    if key is not None:
        key.delete()
    remove(name)


def remove(name: str) -> None:
    if not name:
        return
    storage = storages["exports"]
    storage.delete(name)
    try:
        folder = Path(storage.path(name)).parent
    except NotImplementedError:
        return
    try:
        folder.rmdir()
    except OSError:
        return  # not empty: other parts are still there


def names_below(prefix: str) -> list[str]:
    """The objects directly below a folder; none when it is not there."""
    try:
        _folders, files = storages["exports"].listdir(prefix)
    except FileNotFoundError:
        return []
    return [f"{prefix}/{name}" for name in files]


def age(name: str) -> timedelta:
    """How long ago an object was last written to; none for one that is gone."""
    try:
        return timezone.now() - storages["exports"].get_modified_time(name)
    except FileNotFoundError:
        return timedelta(0)
