"""A process of its own that turns HTML into PDF: `typesetting` starts it and speaks to it.

Apart from its caller, because WeasyPrint and its native libraries take about 70 MB that a worker
would keep for good, a fault in them ends only this process, and a document's text is laid out
where there is no key, no password and no database. It knows nothing of the project and imports
nothing from it.

One JSON object a line, in and out. In: `html`, `css`, `identifier` (hexadecimal), `issued_at`
(ISO 8601), `seal` (text left for a signature), `attachments` (name, description, relationship,
text). Out: `pdf` (base64) and `warnings`, or `error`. It leaves when its input ends,
after IDLE_SECONDS without a job, and after JOBS of them: the next one begins afresh.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import select
import signal
import sys
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO

IDLE_SECONDS = 60
# WeasyPrint keeps about 0.2 MB of every page it set.
JOBS = 100


class Typesetter:
    """WeasyPrint with what can be kept between documents: fonts found, style sheet parsed."""

    def __init__(self) -> None:
        # Slow and large, with native libraries: only this process ever loads it.
        import weasyprint
        from weasyprint.pdf import pydyf
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher

        self.engine = weasyprint
        self.pydyf = pydyf
        self.fonts = FontConfiguration()
        # Everything a page shows is in the page: nothing is read from disk or fetched.
        self.fetcher = URLFetcher(allowed_protocols={"data"})
        self.style = lru_cache(maxsize=4)(self._style)

    def set(self, job: dict[str, Any]) -> bytes:
        issued = datetime.fromisoformat(job["issued_at"])
        attachments = [
            self.engine.Attachment(
                string=attached["text"],
                name=attached["name"],
                description=attached["description"],
                relationship=attached["relationship"],
                created=issued,
                modified=issued,
                url_fetcher=self.fetcher,
            )
            for attached in job["attachments"]
        ]
        page = self.engine.HTML(string=job["html"], url_fetcher=self.fetcher)
        pdf: bytes = page.write_pdf(
            stylesheets=[self.style(job["css"])],
            font_config=self.fonts,
            attachments=attachments,
            pdf_variant="pdf/a-3a",
            pdf_identifier=bytes.fromhex(job["identifier"]),
            finisher=lambda document, file: self.finish(file, job["seal"]),
        )
        return pdf

    def finish(self, file: Any, seal: str) -> None:
        """What WeasyPrint leaves open, done to the pydyf file before it is written."""
        for each in file.objects:
            if isinstance(each, self.pydyf.Stream) and each.extra.get("Type") == "/EmbeddedFile":
                # Else guessed from the name by the host's tables, which differ between hosts.
                each.extra["Subtype"] = "/application#2fjson"
        file.catalog["AF"] = self.pydyf.Array(dict.fromkeys(file.catalog.get("AF", ())))
        file.catalog["ViewerPreferences"] = self.pydyf.Dictionary({"DisplayDocTitle": "true"})
        # A stream, uncompressed, so that the seal stands in the file's bytes as it is.
        place = self.pydyf.Stream([seal.encode()], {"Type": "/RightsdeskSeal"})
        file.add_object(place)
        file.catalog["RightsdeskSeal"] = place.reference

    def _style(self, css: str) -> Any:
        return self.engine.CSS(string=css, font_config=self.fonts, url_fetcher=self.fetcher)


class Warnings(logging.Handler):
    """Collects what WeasyPrint complains of, so that the caller can log it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def take(self) -> list[str]:
        lines, self.lines = self.lines, []
        return lines


def answer(typesetter: Typesetter, warnings: Warnings, line: bytes) -> dict[str, Any]:
    try:
        pdf = typesetter.set(json.loads(line))
    except Exception as failure:
        return {"error": f"{type(failure).__name__}: {failure}", "warnings": warnings.take()}
    return {"pdf": base64.b64encode(pdf).decode(), "warnings": warnings.take()}


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    typesetter, warnings = Typesetter(), Warnings()
    logger = logging.getLogger("weasyprint")
    logger.handlers, logger.propagate = [warnings], False
    for _ in range(JOBS):
        if not select.select([jobs], [], [], IDLE_SECONDS)[0]:
            return
        line = jobs.readline()
        if not line:
            return
        answers.write(json.dumps(answer(typesetter, warnings, line)).encode() + b"\n")
        answers.flush()


def main() -> None:
    # It ends with its caller, who may still need it while shutting down.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Nothing a library prints may mix with the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
