"""Finished archives: opened by whoever may, destroyed when their time is over.

They are decrypted frame by frame on the way out, and never whole anywhere.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

from django.core import signing
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from compliance import archive
from compliance.enums import Capacity, Status
from compliance.models import Archive, PrivacyRequest
from compliance.services import events, objects, requests
from compliance.services.actors import SYSTEM, Actor
from compliance.services.errors import NotAllowed, NotFound, Refused
from seats import ledger

STRAY = timedelta(days=1)  # longer than any archive is in the making
DOWNLOADS = 5  # of one copy, by who asked for it
GRANTED = timedelta(hours=6)  # in which one download can be gone on with
SALT = "download of a copy"


class UsedUp(Refused):
    """Downloaded as often as it may be."""

    code = "used_up"


@dataclass(frozen=True, slots=True)
class Granted:
    """A download that was counted, and the token it is fetched with, as often as it breaks off."""

    archive: Archive
    token: str


def opened(request: PrivacyRequest, *, actor: Actor) -> tuple[Archive, archive.SealedReader]:
    """The live archive and a reader of its plain ZIP, counted and chained; the caller closes it.

    Raises NotFound, NotAllowed, archive.SealBroken, archive.KeyUnknown or OSError; only an archive
    that can be read is counted as opened.
    """
    found, reader = _readable(request, actor)
    try:
        with transaction.atomic():
            requests.locked(request.pk)
            Archive.objects.filter(pk=found.pk).update(opened=F("opened") + 1)
            events.record(request, "archive_opened", actor=actor, data={"sha256": found.sha256})
    except BaseException:
        reader.close()
        raise
    return found, reader


def grant(request: PrivacyRequest, *, actor: Actor) -> Granted:
    """Count one download of the requester's, and chain it; a broken one goes on without another.

    Raises UsedUp, and what `opened` raises.
    """
    found, reader = _readable(request, actor)
    reader.close()
    with transaction.atomic():
        requests.locked(request.pk)
        free = Archive.objects.filter(pk=found.pk, downloads__lt=DOWNLOADS)
        if not free.update(opened=F("opened") + 1, downloads=F("downloads") + 1):
            raise UsedUp(_("You downloaded this copy as often as you could. Ask for a new one."))
        found.refresh_from_db(fields=["opened", "downloads"])
        data = {"sha256": found.sha256, "download": found.downloads}
        events.record(request, "archive_opened", actor=actor, data=data)
        for waits in request.deletion_after.filter(status=Status.APPROVED):
            async_task("compliance.tasks.advance", waits.pk)
    return Granted(found, _token(found, actor))


def fetched(
    request: PrivacyRequest, token: str, *, actor: Actor
) -> tuple[Archive, archive.SealedReader]:
    """The archive of a download that was granted; whether its actor still may is asked each time.

    Raises NotFound for a token that is over, altered, or was granted to somebody else.
    """
    found, reader = _readable(request, actor)
    try:
        begun = signing.loads(token, salt=SALT, max_age=GRANTED)
    except signing.BadSignature:
        begun = None
    if begun != [found.pk, str(actor)]:
        reader.close()
        raise NotFound(_("This download is over. Start a new one."))
    return found, reader


def _token(found: Archive, actor: Actor) -> str:
    return signing.dumps([found.pk, str(actor)], salt=SALT)


def _readable(request: PrivacyRequest, actor: Actor) -> tuple[Archive, archive.SealedReader]:
    if not may_open(request, actor):
        raise NotAllowed(_("You may not open the archive of %(r)s.") % {"r": request.reference})
    found = request.archives.live().select_related("key").first()
    if found is None or found.key is None or found.expires_at <= timezone.now():
        raise NotFound(_("There is no archive of %(r)s, or no longer.") % {"r": request.reference})
    secret = archive.unwrap(found.key.kek_id, bytes(found.key.wrapped), found.key.object_id)
    source = cast(BinaryIO, storages["exports"].open(found.object_name, "rb"))
    try:
        return found, archive.SealedReader(source, secret, found.key.object_id)
    except BaseException:
        source.close()
        raise


def may_open(request: PrivacyRequest, actor: Actor) -> bool:
    """The requester as what they asked, or staff with the permission on that contract.

    What the customer asked for through us, its administrators may have.
    """
    if actor.member and request.capacity == Capacity.COMPANY:
        return actor.administers(request.contract)
    if actor.member:
        return actor.speaks_for(request)
    return bool(
        actor.staff
        and actor.staff.has_perm("compliance.open_archive")
        and actor.role_on(request.contract)
    )


def write_to(request: PrivacyRequest, path: Path, *, actor: Actor) -> Archive:
    """Write the plain ZIP to a new file of mode 0600; a failure leaves no file behind."""
    with path.open("xb") as target:
        path.chmod(0o600)
        try:
            found, reader = opened(request, actor=actor)
            with reader:
                shutil.copyfileobj(reader, target, 1 << 20)
        except BaseException:
            path.unlink()
            raise
    return found


def destroy(doomed: Archive, *, because: str, actor: Actor = SYSTEM) -> None:
    """Destroy key and file for good; the ledger knows it before it happens."""
    ledger.append(ledger.Kind.KEY_DESTROYED, {"object": doomed.object_name, "because": because})
    key, name = doomed.key, doomed.object_name
    with transaction.atomic():
        request = requests.locked(doomed.request_id)
        gone = Archive.objects.live().filter(pk=doomed.pk)
        if gone.update(destroyed_at=timezone.now(), destroyed_because=because, key=None):
            if key is not None:
                key.delete()
            events.record(request, "archive_destroyed", actor=actor, data={"because": because})
    objects.remove(name)


def expire() -> int:
    """Destroy every archive past its time; returns how many."""
    expired = list(Archive.objects.expired().select_related("key")[:100])
    for doomed in expired:
        destroy(doomed, because="expired")
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
    """The parts of a finished or ended export: keys first, then files.

    The list of what was in them goes too: its names are made of the product's ids.
    """
    parts = list(request.items.exclude(object_name="").select_related("key"))
    for part in parts:
        objects.destroy(part.object_name, part.key)
        request.items.filter(pk=part.pk).update(object_name="", key=None, members=[])
    return len(parts)
