"""The demonstration: an export of a contract and a deletion of a seat, by different people."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from compliance import sample
from compliance.enums import Action, MailState, RequestKind, Status
from compliance.management.base import Progress
from compliance.models import PrivacyRequest
from compliance.services import (
    archives,
    facts,
    intake,
    preview,
    requests,
    sample_consents,
    sample_directory,
    sample_staff,
)
from compliance.services.actors import Actor, member_actor, staff_actor
from seats.models import Administration, Contract, Seat, StaffUser

COOLING_OFF = 5  # seconds
PATIENCE = 300  # seconds for one request
Say = Callable[[str], None]


class DemoFailed(Exception):
    """The story did not come to its end; says where it stopped."""


@dataclass(frozen=True)
class Story:
    export: PrivacyRequest
    archive: Path
    deletion: PrivacyRequest
    password: str

    def as_json(self) -> dict[str, Any]:
        made = facts.of(self.export)["files"]
        return {
            "export": {
                "reference": self.export.reference,
                "archive": str(self.archive),
                "sha256": made[0]["sha256"],
                "receipts": [row["path"] for row in facts.receipts(self.export)],
            },
            "deletion": {
                "reference": self.deletion.reference,
                "receipts": [row["path"] for row in facts.receipts(self.deletion)],
            },
            "logins": [
                {"user": name, "password": self.password, "role": str(role or "superuser")}
                for name, (_full, role) in sample_staff.CAST.items()
            ],
            "links": self.links(),
        }

    def links(self) -> list[dict[str, str]]:
        certificate = self.deletion.receipts.order_by("-pk").first()
        assert certificate  # noqa: S101 a completed deletion has one
        administrator = self.export.requester
        assert administrator  # noqa: S101 who asked for the export
        folder = getattr(settings, "EMAIL_FILE_PATH", settings.EMAIL_HOST)
        way_in = f"The privacy pages: sign in as {administrator.email}, the code is in {folder}"
        pages = [
            ("The desk", "/admin/"),
            (way_in, "/privacy/sign-in/"),
            ("The export, as the administrator follows it", self.export.get_absolute_url()),
            ("The deletion, as the member follows it", self.deletion.get_absolute_url()),
            ("Check the deletion certificate", f"/v/{certificate.code}/"),
            ("What anybody can read", "/trust/"),
        ]
        return [{"what": what, "url": settings.BASE_URL + path} for what, path in pages]


def prepare(say: Say) -> str:
    """Sample product, directory and staff; the password of all of them, drawn anew each time."""
    say("Filling the sample product …")
    seeded = sample.seed(contracts=3, seats=12, rows_per_seat=400, progress=Progress("rows"))
    sample_directory.adopt(seeded)
    password = secrets.token_urlsafe(9)
    people = sample_staff.engage(password)
    sample_consents.adopt(people["clara"])
    return password


@contextmanager
def workers(count: int = 2) -> Iterator[None]:
    """A real supervisor and its workers beside this process, stopped at the end."""
    env = {
        **os.environ,
        "COOLING_OFF_SEAT_SECONDS": str(COOLING_OFF),
        "LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen(  # noqa: S603 our own command
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "work", "--workers", str(count)],
        env=env,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def play(password: str, say: Say) -> Story:
    """The export, then the deletion, each from asking to receipts. Raises DemoFailed."""
    settings.COOLING_OFF_SEAT = timedelta(seconds=COOLING_OFF)
    export = _export(say)
    archive = settings.VAR_DIR / "demo" / f"{export.reference}.zip"
    archive.parent.mkdir(parents=True, exist_ok=True)
    assert export.requester  # noqa: S101 asked by the administrator above
    archives.write_to(export, archive, actor=member_actor(export.requester))
    say(f"  archive: {archive}")
    return Story(export, archive, _deletion(say), password)


def _actor(name: str) -> Actor:
    return staff_actor(StaffUser.objects.get(username=name))


def _export(say: Say) -> PrivacyRequest:
    """A contract's administrator asks; support reviews, the representative agrees."""
    contract = Contract.objects.filter(edition="advanced_plus").earliest("pk")
    member = Administration.objects.in_force().filter(contract=contract).earliest("pk").member
    request = intake.open_request(
        intake.Ask(kind=RequestKind.EXPORT, contract=contract), actor=member_actor(member)
    )
    say(f"{request.reference}: {member.number} asks for a copy of contract {contract.number}")
    _decide(request, reviewer="ana", approver="rita", say=say)
    return _until_done(request, say)


def _deletion(say: Say) -> PrivacyRequest:
    """A seat's holder asks for deletion; one agent reviews, another approves."""
    other = Contract.objects.order_by("pk")[1]
    busy = Administration.objects.values("member")
    seat = (
        Seat.objects.present()
        .filter(contract=other)
        .exclude(member__in=busy)
        .select_related("contract", "member")
        .order_by("pk")
        .first()
    )
    if seat is None:
        raise DemoFailed("Every seat of the sample was deleted. Remove var/ to begin anew.")
    request = intake.open_request(
        intake.Ask(kind=RequestKind.DELETION, contract=other, seat=seat),
        actor=member_actor(seat.member),
    )
    say(f"{request.reference}: {seat.member.number} asks for deletion of seat {seat.number}")
    _decide(request, reviewer="ana", approver="ben", say=say)
    say(f"  can be cancelled for {COOLING_OFF} seconds")
    return _until_done(request, say)


def _decide(request: PrivacyRequest, *, reviewer: str, approver: str, say: Say) -> None:
    _wait(request, {Status.IN_REVIEW})
    requests.take(Action.SUBMIT, request.pk, actor=_actor(reviewer))
    preview.refresh(request)
    totals = preview.totals(request)
    requests.take(Action.APPROVE, request.pk, actor=_actor(approver), reference=request.reference)
    say(f"  {reviewer} reviewed, {approver} approved: {totals['going']:,} rows and files")


def _until_done(request: PrivacyRequest, say: Say) -> PrivacyRequest:
    done = _wait(request, {Status.COMPLETED}, progress=Progress(f"  {request.reference}"))
    until = time.monotonic() + PATIENCE
    # The outbox issues the letters' documents, and may come a little later.
    while done.mails.filter(state=MailState.WAITING).exists() and time.monotonic() < until:
        time.sleep(0.2)
    say(f"  {done.reference} is completed")
    return done


def _wait(
    request: PrivacyRequest, wanted: set[Status], progress: Progress | None = None
) -> PrivacyRequest:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        request = PrivacyRequest.objects.select_related("contract", "seat", "requester").get(
            pk=request.pk
        )
        items = list(request.items.values_list("state", flat=True))
        if progress and items:
            progress(sum(state in ("done", "held") for state in items), len(items))
        if request.status in wanted:
            return request
        if request.status == Status.ATTENTION:
            raise DemoFailed(f"{request.reference} needs attention: see its items in the desk.")
        time.sleep(0.2)
    raise DemoFailed(f"{request.reference} is still “{request.status}” after {PATIENCE} seconds.")
