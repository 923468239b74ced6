"""Objects in the storage `evidence`: on disk before a call returns, and never written twice."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages


def put(name: str, content: bytes) -> None:
    """Write an object that must not be there yet, whole or not at all, and synced.

    Raises `FileExistsError` when the name is taken, `OSError` when the storage cannot take it. A
    storage that is no file system answers only when it keeps the object (S3 does).
    """
    storage = storages["evidence"]
    if isinstance(storage, FileSystemStorage):
        _put_file(storage, name, content)
    elif storage.exists(name) or storage.save(name, ContentFile(content)) != name:
        raise FileExistsError(f"The evidence {name} exists already; it is never written twice.")


def read(name: str) -> bytes:
    with storages["evidence"].open(name) as source:
        content: bytes = source.read()
        return content


def remove(name: str) -> None:
    """Delete an object whose time is over; one that is gone already is no error."""
    storages["evidence"].delete(name)


def listing(folder: str) -> tuple[list[str], list[str]]:
    """Names of the folders and of the objects in `folder`, sorted; a missing one is empty."""
    try:
        folders, names = storages["evidence"].listdir(folder)
    except FileNotFoundError:
        return [], []
    return sorted(folders), sorted(names)


def _put_file(storage: FileSystemStorage, name: str, content: bytes) -> None:
    path, root = Path(storage.path(name)), Path(storage.path(""))
    _make_folder(path.parent, storage.directory_permissions_mode or 0o777)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    mode = storage.file_permissions_mode or 0o666
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        # A link fails where the name exists; a rename would silently replace it.
        path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    # Every folder on the way: another process may have made it and not synced it yet.
    for folder in (path.parent, *path.parent.parents):
        _sync(folder)
        if folder == root:
            break


def _make_folder(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent, mode)
        folder.mkdir(mode=mode, exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
