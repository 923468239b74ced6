"""Says which words of the interface a language lacks; exits 1 if any.

The messages are collected anew in a copy of the project, so that a sentence added to the code and
forgotten in the catalogues is found too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

PROJECT = Path(__file__).resolve().parent.parent
COPIED = ("config", "compliance", "consent", "seats", "templates")
LOCALE = Path("compliance", "locale")
WRITTEN_IN = "en"


def collect(copy: Path) -> None:
    """Run makemessages over a copy of what has words in it."""
    for name in COPIED:
        shutil.copytree(PROJECT / name, copy / name)
    shutil.copy(PROJECT / "manage.py", copy)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--all", "--no-location", "--verbosity=0"],
        cwd=copy,
        check=True,
    )


def lacking(catalogue: Path) -> list[str]:
    """The sentences that have no translation, or one only guessed from a similar sentence."""
    entries = polib.pofile(str(catalogue))
    return [entry.msgid for entry in (*entries.untranslated_entries(), *entries.fuzzy_entries())]


def main() -> int:
    complete = True
    with tempfile.TemporaryDirectory(prefix="rightsdesk-messages-") as folder:
        collect(Path(folder))
        for catalogue in sorted(Path(folder, LOCALE).glob("*/LC_MESSAGES/*.po")):
            if catalogue.parts[-3] == WRITTEN_IN:
                continue
            for sentence in lacking(catalogue):
                complete = False
                sys.stdout.write(f"{catalogue.relative_to(folder)} lacks: {sentence!r}\n")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
