from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from compliance.models import Receipt
from compliance.pdf import fingerprint
from compliance.pdf.verification import Known, Verdict, against, verify
from seats.keys import verifying_keys


class Command(BaseCommand):
    help = (
        "Checks a receipt: its record, its signatures, the key that made them, and the fingerprint "
        "on its page. Needs our keys and no database; where the database answers, it also says "
        "whether the receipt is in the register and still the latest. Exits 1 with what is wrong."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the PDF")
        parser.add_argument("--record", type=Path, help="a record that should be the attached one")
        parser.add_argument("--signature", type=Path, help="the PDF's detached signature, 64 bytes")
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        detached = _content(options["signature"]) if options["signature"] else None
        verdict = verify(_content(options["file"]), detached, keys=verifying_keys())
        problems = list(verdict.problems)
        if options["record"] and verdict.record and not _same(options["record"], verdict):
            problems.append(f"{options['record']} is not the record attached to the file.")
        known = self.lookup(str(verdict.record.get("code", ""))) if verdict.record else None
        if known:
            problems += against(verdict, known)
        answer = _answer(verdict, known, problems)
        if options["json"]:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self.say(answer)
        if problems:
            sys.exit(1)

    def say(self, answer: dict[str, Any]) -> None:
        if answer["problems"]:
            for problem in answer["problems"]:
                self.stderr.write(problem)
            return
        about = f" about {answer['reference']}" if answer["reference"] else ""
        self.stdout.write(
            "Genuine: {kind} {number}{about}, issued {issued_at}, signed with key {key}.\n"
            "SHA-256 of its record: {record_sha256}".format(about=about, **answer)
        )
        if answer["superseded_by"]:
            self.stdout.write(f"A later document replaces it: {answer['superseded_by']}.")
        elif answer["register"] == "known":
            self.stdout.write("It is in our register, and no later document replaces it.")
        else:
            self.stdout.write("Our register was not reached or does not hold it.")

    def lookup(self, code: str) -> Known | None:
        """The register's entry; None too where no database can be asked."""
        try:
            receipt = Receipt.objects.select_related("superseded_by").filter(code=code).first()
        except DatabaseError:
            return None
        if receipt is None:
            return None
        later = receipt.superseded_by
        return Known(
            number=receipt.number,
            record_sha256=receipt.record_sha256,
            pdf_sha256=receipt.pdf_sha256,
            superseded_by=later.number if later else "",
        )


def _answer(verdict: Verdict, known: Known | None, problems: list[str]) -> dict[str, Any]:
    facts = ("kind", "number", "reference", "code", "issued_at")
    return {
        "genuine": not problems,
        "problems": problems,
        **{fact: verdict.record.get(fact, "") for fact in facts},
        "key": verdict.key_id,
        "record_sha256": verdict.record_sha256,
        "pdf_sha256": verdict.pdf_sha256,
        "register": "known" if known else "not asked or not found",
        "superseded_by": known.superseded_by if known else "",
    }


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as failure:
        raise CommandError(f"{file} cannot be read: {failure.strerror}.") from failure


def _same(file: Path, verdict: Verdict) -> bool:
    return fingerprint(_content(file)) == verdict.record_sha256
