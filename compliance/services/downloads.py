"""Finished archives as streams: decrypted frame by frame on the way out, never whole anywhere."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance import archive
from compliance.models import Archive, PrivacyRequest
from compliance.services import archives, events, requests
from compliance.services.actors import Actor
from compliance.services.errors import NotAllowed, NotFound


def opened(request: PrivacyRequest, *, actor: Actor) -> tuple[Archive, archive.SealedReader]:
    """The live archive and a reader of its plain ZIP, counted and chained; the caller closes it.

    Raises NotFound, NotAllowed, archive.SealBroken, archive.KeyUnknown or OSError; only an archive
    that can be read is counted as opened.
    """
    if not archives.may_open(request, actor):
        raise NotAllowed(_("You may not open the archive of %(r)s.") % {"r": request.reference})
    found = request.archives.live().select_related("key").first()
    if found is None or found.key is None or found.expires_at <= timezone.now():
        raise NotFound(_("There is no archive of %(r)s, or no longer.") % {"r": request.reference})
    secret = archive.unwrap(found.key.kek_id, bytes(found.key.wrapped), found.key.object_id)
    source = cast(BinaryIO, storages["exports"].open(found.object_name, "rb"))
    try:
        reader = archive.SealedReader(source, secret, found.key.object_id)
        with transaction.atomic():
            requests.locked(request.pk)
            Archive.objects.filter(pk=found.pk).update(opened=F("opened") + 1)
            events.record(request, "archive_opened", actor=actor, data={"sha256": found.sha256})
    except BaseException:
        source.close()
        raise
    return found, reader
