from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from seats import evidence

NAME = "ledger/2026/07/31/one.json"


@pytest.fixture
def folder(storages: Path) -> Path:
    return storages / "evidence"


@pytest.mark.usefixtures("either_storage")
def test_what_was_put_is_read_back_and_listed() -> None:
    evidence.put(NAME, b"{}")
    evidence.put("ledger/2026/07/31/two.json", b"[]")
    assert evidence.read(NAME) == b"{}"
    assert evidence.listing("ledger/2026/07/31") == ([], ["one.json", "two.json"])
    assert evidence.listing("ledger/2026") == (["07"], [])
    assert evidence.listing("ledger/2027") == ([], [])


@pytest.mark.usefixtures("either_storage")
def test_nothing_is_overwritten() -> None:
    evidence.put(NAME, b"first")
    with pytest.raises(FileExistsError):
        evidence.put(NAME, b"second")
    assert evidence.read(NAME) == b"first"
    assert evidence.listing("ledger/2026/07/31") == ([], ["one.json"])


def test_only_the_owner_reads_a_file(folder: Path) -> None:
    evidence.put(NAME, b"{}")
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600


def test_content_is_synced_before_it_has_its_name_and_every_folder_after(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[Path, bool]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_file():
            assert path.read_bytes() == b"{}"
        synced.append((path, (folder / NAME).exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    evidence.put(NAME, b"{}")
    drafts = [named for path, named in synced if path.name.startswith(".one.json.")]
    assert drafts == [False]
    assert {path for path, named in synced if named} == {
        folder / place
        for place in ("ledger/2026/07/31", "ledger/2026/07", "ledger/2026", "ledger", "")
    }
    # New folders too: each is entered in the one above.
    assert folder.parent in [path for path, named in synced if not named]


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_file():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        evidence.put(NAME, b"{}")
    assert evidence.listing("ledger/2026/07/31") == ([], [])
