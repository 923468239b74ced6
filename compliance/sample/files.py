"""The product's real files: what they hold, what their users called them, and the rows about them.

A file is written before its row: no row is ever without its file. One that an interrupted run left
behind whole is taken as it is, because the same place always holds the same bytes.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from random import Random

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from compliance.sample.book import Book, Row
from compliance.sample.desk import LISTS
from compliance.sample.draws import draws
from compliance.sample.names import FIRMS
from compliance.sample.texts import HURTING, line, rarely_hurting

Builder = Callable[[int], bytes]
LARGE = 3_000_000
ROWS_OF_A_LIST = 12
ZIP_DATE = (2024, 2, 29, 12, 0, 0)


def pdf(number: int) -> bytes:
    """One page in Helvetica that names the presentation it is."""
    drawn = f"BT /F1 24 Tf 40 120 Td (Presentation {number}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 480 270] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for name, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (name, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return bytes(
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    )


def png(number: int) -> bytes:
    """Sixteen by sixteen pixels in a colour of its own, its number in a text chunk."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    row = b"\0" + number.to_bytes(8, "big")[-3:] * 16
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0))
        + chunk(b"tEXt", b"Title\0Presentation %d" % number)
        + chunk(b"IDAT", zlib.compress(row * 16))
        + chunk(b"IEND", b"")
    )


def pptx(number: int) -> bytes:
    """A package as office programs write it, of one slide's text."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in (
            ("[Content_Types].xml", '<Types xmlns="urn:example:types"/>'),
            ("ppt/slides/slide1.xml", f"<slide>Presentation {number} — 👋 ＝1+1</slide>"),
        ):
            package.writestr(zipfile.ZipInfo(name, ZIP_DATE), text)
    return out.getvalue()


def empty(number: int) -> bytes:
    """An upload that broke off before its first byte."""
    return b""


def large(number: int) -> bytes:
    return draws(number).randbytes(LARGE)


# As users name files: unsafe in a path, a header, a spreadsheet; always the last part of a key.
NAMES: tuple[tuple[str, str | None, Builder], ...] = (
    ("Q3 overview.pdf", "application/pdf", pdf),
    ("Präsentation für Görlitz (endgültig) v2.pdf", "application/pdf", pdf),
    ("..%2F..%2Fetc%2Fpasswd.pdf", "application/pdf", pdf),
    ("提案書 2026年度.pptx", 'application/vnd.ms-powerpoint; x="1"', pptx),
    ("=HYPERLINK(A1).pdf", "application/pdf", pdf),
    ("logo 👩‍🚀.png", "image/png", png),
    ('he said "final", really; final.pdf', None, pdf),
    ("....pptx", "", pptx),
    ("عرض المبيعات.pdf", "application/pdf", pdf),
    ("..hidden..", "application/octet-stream", empty),
    ("<b>bold & co\u202efdp.png", "text/html", png),
    ("line\nbreak.pdf", "application/pdf", pdf),
    (f"{'very-' * 45}long.pdf", "application/pdf", pdf),
)


def save(storage: Storage, key: str, content: bytes) -> str:
    """Write the file unless it is there whole.  Returns the key the storage gave it."""
    if storage.exists(key):
        if storage.size(key) == len(content):
            return key
        storage.delete(key)
    return storage.save(key, ContentFile(content))


def smartlinks_presentations(book: Book, storage: Storage) -> Iterator[Row]:
    rng = book.rng("smartlinks_presentations")
    seat, member = book.owner
    for number in range(book.count("smartlinks_presentations")):
        row = book.id(number)
        name, media_type, build = NAMES[(seat * 5 + number * 7) % len(NAMES)]
        if book.holding.heavy and number == 0:
            name, media_type, build = "Recording of the launch.bin", "video/mp4", large
        content = build(row)
        key = save(storage, f"smartlinks/{seat}/{member}/{row}/{name}", content)
        yield (
            *(row, seat, member, rarely_hurting(rng, line(rng)), key, media_type),
            *(len(content), book.at(number, 0.35)),
        )


def uploaded(rng: Random) -> tuple[bytes, bytes, int, int]:
    """The list as uploaded, the report of what was found in it, and how many rows each time."""
    raw, report = io.StringIO(newline=""), io.StringIO(newline="")
    # Excel's own dialect: semicolons and a byte order mark; the report is ours.
    writer, reporter = csv.writer(raw, delimiter=";"), csv.writer(report)
    writer.writerow(["Account", "Website", "Notiz"])
    reporter.writerow(["line", "account", "matched", "website"])
    matched = 0
    for number in range(2, ROWS_OF_A_LIST + 2):
        firm = FIRMS[int(rng.random() * len(FIRMS))]
        found = rng.random() > 0.4
        matched += found
        writer.writerow([firm.name, firm.domain, HURTING[int(rng.random() * len(HURTING))]])
        reporter.writerow(
            [number, firm.name, "yes" if found else "no", firm.domain if found else ""]
        )
    return (
        raw.getvalue().encode("utf-8-sig"),
        report.getvalue().encode(),
        ROWS_OF_A_LIST,
        matched,
    )


def account_imports(book: Book, storage: Storage) -> Iterator[Row]:
    rng = book.rng("account_imports")
    seat, member = book.owner
    for number in range(book.count("account_imports")):
        row = book.id(number)
        raw, report, total, matched = uploaded(rng)
        folder = f"imports/{seat}/{member}/{row}"
        raw_key = save(storage, f"{folder}/raw.csv", raw)
        report_key = save(storage, f"{folder}/report.csv", report)
        yield (
            *(row, seat, member, LISTS[number % len(LISTS)]),
            *(raw_key, report_key, total, matched, book.at(number, 0.45)),
        )
