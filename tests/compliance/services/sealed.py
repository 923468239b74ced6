"""Sealed objects as exports leave them: a part, an archive, a file of evidence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.storage import storages
from django.utils import timezone

from compliance import archive
from compliance.models import Archive, Evidence, PrivacyRequest, RequestItem, WrappedKey
from compliance.services import objects
from tests.factories import make_item

CONTENT = b"PK\x05\x06" + b"\0" * 18  # an empty ZIP


def make_object(name: str, content: bytes = CONTENT) -> WrappedKey:
    key = archive.new_key()
    with objects.writing(name) as target:
        sealed = archive.SealedWriter(target, key, name)
        sealed.write(content)
        sealed.close()
    return objects.keep_key(name, key)


def make_archive(request: PrivacyRequest, **fields: Any) -> Archive:
    name = f"archives/{request.public_id}-{timezone.now():%f}.zip"
    defaults: dict[str, Any] = {
        "object_name": name,
        "key": make_object(name),
        "size": len(CONTENT),
        "sha256": "0" * 64,
        "expires_at": timezone.now() + timedelta(days=7),
    }
    return Archive.objects.create(request=request, **{**defaults, **fields})


def make_part(request: PrivacyRequest, **fields: Any) -> RequestItem:
    item = make_item(request, state="done", **fields)
    item.object_name = f"parts/{request.public_id}/{item.pk}-token"
    item.key = make_object(item.object_name)
    item.save()
    return item


def make_evidence(request: PrivacyRequest) -> Evidence:
    name = f"evidence/{request.public_id}-{request.evidence.count()}"
    return Evidence.objects.create(
        request=request,
        what="identity",
        object_name=name,
        key=make_object(name),
        size=len(CONTENT),
        sha256="0" * 64,
        added_by="staff:ana",
    )


def is_there(name: str) -> bool:
    return storages["exports"].exists(name)
