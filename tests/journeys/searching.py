"""Looks for words wherever an installation could have kept them: dumps, raw bytes, files, logs."""

from __future__ import annotations

import base64
import binascii
import re
import sqlite3
import subprocess
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pikepdf

from tests.cluster import programs
from tests.desk import URLS, Desk
from tests.journeys.office import Office

INSERTED = re.compile(r'INSERT INTO "?(?:public\.)?(\w+)"?')
ENCODED = re.compile(rb"[A-Za-z0-9+/_=-]{24,}")
Place = tuple[str, bytes]


def sightings(office: Office, *words: str) -> dict[str, set[str]]:
    """Word → where it still is: tables, files, logs; not in letters, which have left the house."""
    found: dict[str, set[str]] = {word: set() for word in words}
    for place, content in _places(office):
        for word in words:
            if word.encode() in content.lower():
                found[word].add(place)
    return found


def in_letters(desk: Desk, *words: str) -> set[str]:
    """Subjects of the letters, sent so far, that have one of the words in text or documents."""
    return {
        str(mail["Subject"])
        for mail in desk.mails()
        for content in _letter(mail)
        if any(word.encode() in content.lower() for word in words)
    }


def _places(office: Office) -> Iterator[Place]:
    desk = office.desk
    yield "what commands printed", "\n".join(office.said).encode()
    yield "what workers printed", office.log.encode()
    for alias in URLS:
        for table, row in _rows(desk, alias):
            yield f"{alias}.{table}", row + _decoded(row)
    for path in sorted(desk.var.rglob("*")):
        name = str(path.relative_to(desk.var))
        yield f"the name of {path.parent.name}/…", name.lower().encode()
        if path.is_file() and not name.startswith("mail/"):
            content = path.read_bytes()
            yield name, content + (_printed(path) if name.startswith("evidence/receipts/") else b"")


def _rows(desk: Desk, alias: str) -> Iterator[Place]:
    """Table and row, as a dump of the whole database has them."""
    table = "nothing"
    for line in dumped(desk, alias):
        if inserted := INSERTED.match(line):
            table = inserted[1]
        yield table, line.encode(errors="surrogateescape")


def dumped(desk: Desk, alias: str) -> Iterable[str]:
    """The whole database as SQL, line by line."""
    url = desk.database_url(alias)
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(urlsplit(url).path[1:])) as connection:
            return list(connection.iterdump())
    dumped = subprocess.run(
        [programs() / "pg_dump", "--inserts", url], capture_output=True, text=True, check=True
    )
    return dumped.stdout.splitlines()


def _decoded(content: bytes) -> bytes:
    """What a queue's payload or a stored task hides behind base64 and deflate."""
    pieces = []
    for token in ENCODED.findall(content):
        for word in (token, token.lstrip(b".")):
            with suppress(binascii.Error, ValueError):
                padded = word.rstrip(b"=") + b"=" * (-len(word.rstrip(b"=")) % 4)
                plain = base64.b64decode(padded, altchars=b"-_" if b"-" in word else None)
                pieces.append(plain)
                with suppress(zlib.error):
                    pieces.append(zlib.decompress(plain))
    return b"\n".join(pieces)


def _printed(pdf: Path) -> bytes:
    """The text of a document, and its streams as they are once inflated: the record is one."""
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, check=True).stdout
    with pikepdf.open(pdf) as document:
        streams = [
            each.read_bytes() for each in document.objects if isinstance(each, pikepdf.Stream)
        ]
    return b"\n".join((text, *streams))


def _letter(mail: EmailMessage) -> Iterator[bytes]:
    yield str(mail["Subject"]).encode()
    for part in mail.walk():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        yield content
