"""Reads a request's rows and files into sealed parts, and puts the parts together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from compliance import archive
from compliance.enums import Action, ItemState, ReceiptKind, Work
from compliance.models import Archive, PrivacyRequest, RequestItem
from compliance.services import archives, contents, mails, objects, receipts, requests, scopes
from compliance.services.actors import SYSTEM
from compliance.services.leases import Lease, LeaseLost
from compliance.sources.base import Format, Source, Stream, data_map
from compliance.sources.product import product_snapshot


def read_part(lease: Lease) -> int:
    """Stream one item into one part under a name that carries the token; rows or files read.

    Interrupted, the part is thrown away and made again. Raises LeaseLost, ProductUnavailable or
    OSError.
    """
    item = lease.item
    source = data_map().source(item.resource)
    assert item.request.cutoff_at  # noqa: S101 set when the request started
    scope = scopes.scope_of(item, item.request.cutoff_at)
    name = f"parts/{item.request.public_id}/{item.pk}-{lease.token}"
    key = archive.new_key()
    members: list[dict[str, Any]] = []
    with objects.writing(name) as target, product_snapshot():
        sealed = archive.SealedWriter(target, key, name)
        part = archive.PartWriter(sealed)
        for stream in source.read(scope, Format(item.request.format)):
            lease.keep()
            path = _path(item, source, stream)
            member = part.add(path, lease.watch(stream.chunks), stream.rows)
            members.append(member.to_json())
        sealed.close()
    rows: int = sum(member["rows"] for member in members)
    try:
        with transaction.atomic():
            lease.publish(
                ItemState.DONE,
                found=rows,
                exported=rows,
                members=members,
                object_name=name,
                key=objects.keep_key(name, key),
            )
    except LeaseLost:
        objects.remove(name)
        raise
    return rows


def _path(item: RequestItem, source: Source, stream: Stream) -> str:
    """The entry's name, from ids and declared names only."""
    if source.shape == "files":
        return f"files/{item.category}/{stream.name}"
    stem, _dot, suffix = stream.name.rpartition(".")
    return f"data/{item.category}/{stem}-{item.part:04d}.{suffix}"


def assemble(lease: Lease) -> int:
    """Put the parts together as one sealed ZIP, record it, destroy the parts; its entries."""
    request = lease.item.request
    name = f"archives/{request.public_id}/{lease.token}.zip"
    key = archive.new_key()
    parts = _parts(request)
    record = contents.record(request, parts)
    with objects.writing(name) as target:
        sealed = archive.SealedWriter(target, key, name)
        made = archive.assemble(
            sealed, _pieces(parts, lease), archive.leaflets(record), created=timezone.now()
        )
        sealed.close()
    try:
        with transaction.atomic():
            requests.locked(request.pk)
            lease.publish(ItemState.DONE, exported=sum(part.exported for part in parts))
            Archive.objects.create(
                request=request,
                object_name=name,
                key=objects.keep_key(name, key),
                size=made.size,
                sha256=made.sha256,
                expires_at=timezone.now() + timedelta(days=settings.ARCHIVE_DAYS),
            )
            receipt = receipts.issue(request, ReceiptKind.EXPORT)
            requests.take(Action.COMPLETE, request.pk, actor=SYSTEM)
            mails.to_requester(request, "ready", receipt=receipt)
    except LeaseLost:
        objects.remove(name)
        raise
    archives.destroy_parts(request)
    return sum(len(part.members) for part in parts)


def _parts(request: PrivacyRequest) -> list[RequestItem]:
    items = request.items.filter(work=Work.EXPORT).select_related("key")
    return list(items.order_by("category", "resource", "part"))


def _pieces(
    parts: list[RequestItem], lease: Lease
) -> Iterator[tuple[archive.SealedReader, list[archive.Member]]]:
    """Each part's plaintext and the members in it that hold something."""
    for part in parts:
        members = [archive.Member.from_json(member) for member in contents.delivered(part)]
        if not members or part.key is None:
            continue
        lease.keep()
        with objects.reading(part.object_name, part.key) as reader:
            yield reader, members


def sweep_parts() -> int:
    """Remove files that nothing owns: what interrupted attempts left of closed requests."""
    recent = timezone.now() - timedelta(days=2)
    closed = PrivacyRequest.objects.closed().filter(
        Q(closed_at__gt=recent) | Q(archives__destroyed_at__gt=recent), items__work=Work.EXPORT
    )
    removed = 0
    for request in closed.distinct():
        archives.destroy_parts(request)
        there = objects.names_below(f"parts/{request.public_id}")
        there += objects.names_below(f"archives/{request.public_id}")
        # Asked after the listing, of a request that gets no other archive.
        live = set(request.archives.live().values_list("object_name", flat=True))
        for name in there:
            if name not in live:
                with contextlib.suppress(FileNotFoundError):
                    objects.remove(name)
                    removed += 1
    return removed
