"""What others certified, with the files that prove it; and who processes data for us."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date
from enum import StrEnum
from io import BytesIO
from typing import BinaryIO

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.models import Certification, SubProcessor
from seats import evidence
from seats.models import StaffUser
from seats.services.errors import BadInput, NotAllowed, NotFound

LARGEST = 20 * 1024 * 1024  # bytes
_PDF = b"%PDF-"


class Validity(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    LATER = "later"


def validity(certification: Certification, on: date | None = None) -> Validity:
    day = on or timezone.now().date()
    if certification.valid_from > day:
        return Validity.LATER
    if certification.valid_until and certification.valid_until < day:
        return Validity.EXPIRED
    return Validity.VALID


def public(on: date | None = None) -> list[tuple[Certification, Validity]]:
    """What the trust page shows, also what expired: a gap is said, not hidden."""
    return [(row, validity(row, on)) for row in Certification.objects.public()]


def attach(certification: Certification, content: bytes, *, actor: StaffUser) -> Certification:
    """Keep the PDF that proves a certification; an older one stays in the storage.

    Raises NotAllowed or BadInput.
    """
    if not actor.has_perm("consent.change_certification"):
        raise NotAllowed(_("Your role may not do this."))
    read(BytesIO(content))
    name = f"certifications/{certification.pk}-{secrets.token_hex(8)}.pdf"
    evidence.put(name, content)
    certification.file_name = name
    certification.file_sha256 = hashlib.sha256(content).hexdigest()
    certification.save(update_fields=["file_name", "file_sha256"])
    return certification


def read(file: BinaryIO) -> bytes:
    """What was uploaded, when it can be kept. Raises BadInput."""
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise BadInput(_("The file is larger than 20 MB."))
    if not content.startswith(_PDF):
        raise BadInput(_("The evidence has to be a PDF."))
    return content


def opened(pk: int) -> tuple[Certification, bytes]:
    """A public certification and its PDF. Raises NotFound."""
    row = Certification.objects.public().exclude(file_name="").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such certificate."))
    return row, evidence.read(row.file_name)


def sub_processors(on: date | None = None) -> list[SubProcessor]:
    """Who processes data for us on a day (default: today), and who will, after them."""
    day = on or timezone.now().date()
    engaged = list(SubProcessor.objects.engaged(day))
    return [*engaged, *SubProcessor.objects.filter(since__gt=day).order_by("since", "name")]


def former_sub_processors(on: date | None = None) -> list[SubProcessor]:
    """Who no longer processes data for us, the last to go first."""
    return list(SubProcessor.objects.former(on).order_by("-until", "name"))
