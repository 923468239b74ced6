"""Files that prove identity, authority or an instruction: sealed, opened on record, destroyed soon.

They are destroyed once the request is decided or closed (`retention.purge_evidence`). What a file
was called when it came is not kept: names tell more than they should.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import BinaryIO

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import archive
from compliance.models import Evidence, PrivacyRequest
from compliance.services import events, objects, requests
from compliance.services.actors import Actor
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound

MOST_BYTES = 10 * 1024 * 1024
# What a file begins with says what it is; what it is called does not.
SUFFIXES = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}


class Shows(models.TextChoices):
    IDENTITY = "identity", gettext_lazy("Identity")
    AUTHORITY = "authority", gettext_lazy("Authority or mandate")
    INSTRUCTION = "instruction", gettext_lazy("The customer’s instruction")
    LETTER = "letter", gettext_lazy("The request as it came")


def attach(pk: int, *, what: str, file: BinaryIO, actor: Actor) -> Evidence:
    """Seal a file of at most 10 MB to the request. Raises BadInput, IllegalMove or NotAllowed."""
    if what not in Shows.values:
        raise BadInput(_("Say what the file shows: %(all)s.") % {"all": ", ".join(Shows.values)})
    content = read(file)
    name = f"evidence/{secrets.token_urlsafe(16)}"
    key = archive.new_key()
    with objects.writing(name) as target:
        sealed = archive.SealedWriter(target, key, name)
        sealed.write(content)
        sealed.close()
    try:
        with transaction.atomic():
            request = requests.locked(pk)
            _permit(actor, request)
            if not is_taken(request):
                raise IllegalMove(_("%(ref)s is decided already.") % {"ref": request.reference})
            evidence: Evidence = Evidence.objects.create(
                request=request,
                what=what,
                object_name=name,
                key=objects.keep_key(name, key),
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                added_by=str(actor),
            )
            data = {"what": what, "sha256": evidence.sha256}
            events.record(request, "evidence_added", actor=actor, data=data)
    except BaseException:
        objects.remove(name)
        raise
    return evidence


def is_taken(request: PrivacyRequest) -> bool:
    """Whether evidence may still bear on what is decided: later it would only be kept in vain."""
    return not (request.is_closed or request.approved_at)


def read(file: BinaryIO) -> bytes:
    """What was uploaded, when it can be kept. Raises BadInput."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadInput(_("The file is larger than 10 MB."))
    if not suffix(content):
        raise BadInput(_("Attach a PDF, a JPEG or a PNG."))
    return content


def suffix(content: bytes) -> str:
    """By how the file begins: "pdf", "jpg", "png", or "" for anything else."""
    return next((end for start, end in SUFFIXES.items() if content.startswith(start)), "")


def open_evidence(pk: int, *, actor: Actor) -> tuple[Evidence, bytes]:
    """The file, and an event that says who looked at it. Raises NotFound or NotAllowed."""
    evidence = Evidence.objects.select_related("request__contract", "key").filter(pk=pk).first()
    if evidence is None:
        raise NotFound(_("There is no such file."))
    _permit(actor, evidence.request)
    if evidence.key is None:
        raise NotFound(_("This file was destroyed."))
    with transaction.atomic():
        request = requests.locked(evidence.request_id)
        events.record(request, "evidence_opened", actor=actor, data={"sha256": evidence.sha256})
    with objects.reading(evidence.object_name, evidence.key) as reader:
        return evidence, reader.read()


def _permit(actor: Actor, request: PrivacyRequest) -> None:
    """Those who handle evidence may look at it; reading along (the auditor) is not enough."""
    if not actor.sees(request):
        raise NotFound(_("There is no such file."))
    if not actor.staff or not actor.staff.has_perm("compliance.add_evidence"):
        raise NotAllowed(_("You may not handle evidence."))
