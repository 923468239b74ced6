"""What somebody loses by a deletion, and what we keep: before they decide."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.enums import Capacity, RequestKind
from compliance.models import Archive, DataCategory
from compliance.services import clock, preview, records, sending
from compliance.services.asking import Draft, Subject
from compliance.sources.product import ProductUnavailable
from compliance.templatetags.plainly import day
from consent import personal_data as consent_data
from seats.models import Member

PATIENCE = 3.0  # seconds that a page may wait for the product


@dataclass(frozen=True, slots=True)
class Loss:
    name: str
    applies: bool
    found: int | None  # None: could not be counted
    going: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    what: str
    why: str


def of(draft: Draft, member: Member) -> dict[str, Any]:
    planned = sending.planned(draft, RequestKind.DELETION)
    try:
        counted = preview.of(planned, seconds=PATIENCE)
    except ProductUnavailable:
        counted = None
    rows = DataCategory.objects.filter(slug__in=planned.categories)
    losses = [_loss(row, counted) for row in rows]
    losses.sort(key=lambda loss: -(loss.found or 0))
    grounds: Counter[str] = Counter()
    for row in (counted or {}).values():
        grounds.update(row.grounds)
    copy = sending.last_copy(draft, member)
    empties_account = sending.empties_account(draft, member)
    return {
        "losses": [loss for loss in losses if loss.applies],
        "counted_at": timezone.now() if counted is not None else None,
        "total": sum(loss.found or 0 for loss in losses),
        "grounds": [
            (records.why_kept(code), rows) for code, rows in sorted(grounds.items()) if rows
        ],
        "kept": kept_by_us(draft.subject, with_account=empties_account),
        "empties_account": empties_account,
        "instruction": sending.instruction(draft),
        "copy": copy,
        "copy_archive": _fetchable(copy.archives.all()) if copy else None,
        "own": draft.subject.capacity == Capacity.HOLDER,
    }


def _loss(row: DataCategory, counted: dict[str, preview.Counted] | None) -> Loss:
    if counted is None:
        return Loss(row.said("name"), True, None)
    found = counted.get(row.slug, preview.Counted())
    return Loss(row.said("name"), found.applies, found.found, found.going, found.kept)


def _fetchable(archives: Any) -> Archive | None:
    now = timezone.now()
    live = (row for row in archives if row.destroyed_at is None and row.expires_at > now)
    return next(live, None)


def kept_by_us(subject: Subject, *, with_account: bool) -> list[Kept]:
    """What a deletion leaves with us, why, and until when at the latest.

    `with_account`: whether the person goes too; else what they agreed to stays theirs.
    """
    due: date = clock.dates(
        timezone.now(), RequestKind.DELETION, whole_contract=subject.seat is None
    )["due_on"]
    backups = due + timedelta(days=settings.BACKUP_DAYS)
    kept = []
    if with_account:
        agreed = consent_data.years_later(due)
        kept.append(
            Kept(
                _("What you agreed to"),
                _("The law asks us to prove it. We keep it without your name until %(day)s.")
                % {"day": day(agreed)},
            )
        )
        kept.append(
            Kept(
                _("“Do not write to me”"),
                _("We keep a scrambled form of your address, so that we never write to it again."),
            )
        )
    asked = date(due.year + records.PROOF_YEARS, 12, 31)
    return [
        *kept,
        Kept(
            _("Other people’s copies"),
            _("A message stays with the person who got it."),
        ),
        Kept(
            _("That you asked"),
            _("What was asked, decided and done, without any of the data. Until %(day)s.")
            % {"day": day(asked)},
        ),
        Kept(
            _("Backups"),
            _("They can hold the data until %(day)s. After a restore we delete it again.")
            % {"day": day(backups)},
        ),
    ]
