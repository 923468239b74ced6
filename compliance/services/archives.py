"""Finished archives: opened by whoever may, destroyed when their time is over."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.models import Archive, PrivacyRequest
from compliance.services import events, objects, requests
from compliance.services.actors import SYSTEM, Actor
from compliance.services.errors import NotAllowed, NotFound
from seats import ledger

STRAY = timedelta(days=1)  # longer than any archive is in the making


def open_archive(request: PrivacyRequest, target: BinaryIO, *, actor: Actor) -> Archive:
    """Write the plain ZIP to `target`, counted and chained. Raises NotFound or NotAllowed."""
    if not may_open(request, actor):
        raise NotAllowed(_("You may not open the archive of %(r)s.") % {"r": request.reference})
    archive = request.archives.live().select_related("key").first()
    if archive is None or archive.key is None or archive.expires_at <= timezone.now():
        raise NotFound(_("There is no archive of %(r)s, or no longer.") % {"r": request.reference})
    with objects.reading(archive.object_name, archive.key) as reader:
        # What cannot be read was not handed over: a deletion may be waiting for this copy.
        with transaction.atomic():
            requests.locked(request.pk)
            Archive.objects.filter(pk=archive.pk).update(opened=F("opened") + 1)
            events.record(request, "archive_opened", actor=actor, data={"sha256": archive.sha256})
        shutil.copyfileobj(reader, target, 1 << 20)
    archive.refresh_from_db()
    return archive


def may_open(request: PrivacyRequest, actor: Actor) -> bool:
    """The requester as what they asked, or staff with the permission on that contract."""
    if actor.member:
        return actor.speaks_for(request)
    return bool(
        actor.staff
        and actor.staff.has_perm("compliance.open_archive")
        and actor.role_on(request.contract)
    )


def write_to(request: PrivacyRequest, path: Path, *, actor: Actor) -> Archive:
    """Open the archive into a new file of mode 0600; a failure leaves no file behind."""
    with path.open("xb") as target:
        path.chmod(0o600)
        try:
            return open_archive(request, target, actor=actor)
        except BaseException:
            path.unlink()
            raise


def destroy(archive: Archive, *, because: str, actor: Actor = SYSTEM) -> None:
    """Destroy key and file for good; the ledger knows it before it happens."""
    ledger.append(ledger.Kind.KEY_DESTROYED, {"object": archive.object_name, "because": because})
    key, name = archive.key, archive.object_name
    with transaction.atomic():
        request = requests.locked(archive.request_id)
        gone = Archive.objects.live().filter(pk=archive.pk)
        if gone.update(destroyed_at=timezone.now(), destroyed_because=because, key=None):
            if key is not None:
                key.delete()
            events.record(request, "archive_destroyed", actor=actor, data={"because": because})
    objects.remove(name)


def expire() -> int:
    """Destroy every archive past its time; returns how many."""
    expired = list(Archive.objects.expired().select_related("key")[:100])
    for archive in expired:
        destroy(archive, because="expired")
    return len(expired)


def sweep_files() -> int:
    """Remove files a day old that no live archive names: what a crash or a full disk left behind.

    Nobody can read them any more, or yet: their key was destroyed, or never kept.
    """
    names = set(objects.names_below("archives"))
    # Asked after the listing: what is in it and finished meanwhile is live by now.
    stray = names.difference(Archive.objects.live().values_list("object_name", flat=True))
    old = [name for name in sorted(stray) if objects.age(name) > STRAY]
    for name in old:
        objects.remove(name)
    return len(old)


def destroy_parts(request: PrivacyRequest) -> int:
    """The parts of a finished or ended export: keys first, then files."""
    parts = list(request.items.exclude(object_name="").select_related("key"))
    for part in parts:
        objects.destroy(part.object_name, part.key)
        request.items.filter(pk=part.pk).update(object_name="", key=None)
    return len(parts)
