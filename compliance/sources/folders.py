"""Folders of a storage: what lies below a seat's, and how it is called in an archive."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.core.files.storage import FileSystemStorage, Storage

from compliance.sources.base import BadKey, SeatKey

KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
ID = re.compile(r"\d{1,20}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
# What an archive may hold under its own suffix: nothing that runs when it is clicked.
SUFFIXES = frozenset(
    {"csv", "doc", "docx", "gif", "heic", "ics", "jpeg", "jpg", "json", "key", "m4a", "mov", "mp3"}
    | {"mp4", "odp", "ods", "odt", "pages", "pdf", "png", "ppt", "pptx", "rtf", "tif", "tiff"}
    | {"tsv", "txt", "vcf", "wav", "webm", "webp", "xls", "xlsx", "xml", "zip"}
)


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and where it lies."""

    owner: SeatKey
    base: str  # what comes before the seat's own folder
    folder: str
    file: str  # its name in the folder: a user may have chosen it
    number: int  # among the folder's files whose name is not one of the product's own

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.file}"

    @property
    def place(self) -> tuple[str, ...]:
        return tuple(self.folder.split("/"))


def safe(key: str) -> str:
    """A product key as one step of a path. Raises BadKey: it could lead elsewhere."""
    if not KEY.fullmatch(key):
        raise BadKey("A key of the product has characters that cannot be in a path.")
    return key


def walk(
    storage: Storage, base: str, folder: str, owner: SeatKey, stems: frozenset[str]
) -> Iterator[Found]:
    """The files in a folder and below, folder by folder in the order of their names."""
    folders, files = listed(storage, folder)
    yield from in_folder(base, folder, files, owner, stems)
    for name in folders:
        yield from walk(storage, base, f"{folder}/{name}", owner, stems)


def in_folder(
    base: str, folder: str, files: list[str], owner: SeatKey, stems: frozenset[str]
) -> Iterator[Found]:
    number = 0
    for file in files:
        number += stem(file) not in stems
        yield Found(owner, base, folder, file, number)


def stem(file: str) -> str:
    return file.partition(".")[0]


def listed(storage: Storage, folder: str) -> tuple[list[str], list[str]]:
    """Names of the folders and of the files in it, sorted. Links are not followed, nor listed:
    what they lead to is somebody else's."""
    local = _local(storage, folder)
    try:
        if local is None:
            folders, files = storage.listdir(folder)
            return sorted(filter(None, folders)), sorted(filter(None, files))
        with os.scandir(local) as entries:
            kinds = {
                entry.name: entry.is_dir(follow_symlinks=False)
                for entry in entries
                if not entry.is_symlink()
            }
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    names = sorted(kinds)
    return [name for name in names if kinds[name]], [name for name in names if not kinds[name]]


def remove_if_empty(storage: Storage, folder: str, *, above: str) -> None:
    """Remove a folder and those above it, as far as they are empty; object storages have none."""
    while folder != above and (local := _local(storage, folder)) is not None:
        try:
            local.rmdir()
        except FileNotFoundError:
            pass  # another removed it: its parent may be empty now
        except OSError:
            return
        folder = folder.rpartition("/")[0]


def _local(storage: Storage, path: str) -> Path | None:
    """Where that is on this machine, if anywhere."""
    return Path(storage.path(path)) if isinstance(storage, FileSystemStorage) else None


def entry_name(found: Found, stems: frozenset[str]) -> str:
    """The file's name in an archive: ids, and words from closed lists.

    A folder below the seat's own whose name is no id goes by a digest of it.
    """
    ids = found.folder.removeprefix(f"{found.base}/").split("/")
    known = {found.owner.seat, found.owner.member}
    name = "-".join(part if part in known else _id(part) for part in ids)
    own, suffix = stem(found.file), found.file.rpartition(".")[2].lower()
    if own in stems:
        name += f"-{own}"
    elif found.number > 1:
        name += f"_{found.number}"
    return f"{name}.{suffix if suffix in SUFFIXES else 'bin'}"


def _id(part: str) -> str:
    return part if ID.fullmatch(part) else f"x{sha256(part.encode()).hexdigest()[:16]}"
