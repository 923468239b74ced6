from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from compliance import archive
from compliance.enums import Capacity, RequestKind, Status
from compliance.models import Archive, PrivacyRequest, WrappedKey
from compliance.services import archives, exports, objects, steps
from compliance.services.actors import SYSTEM, Actor, member_actor, staff_actor
from compliance.services.errors import NotAllowed, NotFound
from seats import ledger
from seats.models import Member
from seats.roles import Role
from tests.compliance.services.sealed import (
    CONTENT,
    is_there,
    make_archive,
    make_object,
    make_part,
)
from tests.factories import (
    make_administration,
    make_contract,
    make_member,
    make_request,
    make_seat,
    make_staff,
)

pytestmark = pytest.mark.django_db


def exported(**fields: Any) -> PrivacyRequest:
    return make_request(status=Status.COMPLETED, **fields)


def requester(request: PrivacyRequest) -> Actor:
    assert request.requester
    return member_actor(request.requester)


def opened(request: PrivacyRequest, actor: Actor) -> bytes:
    _found, reader = archives.opened(request, actor=actor)
    with reader:
        return reader.read()


# --- Who opens it -----------------------------------------------------------------------------


def test_the_requester_opens_what_they_asked_for_and_that_is_on_record() -> None:
    request = exported()
    made = make_archive(request)
    for times in (1, 2):
        assert opened(request, requester(request)) == CONTENT
        made.refresh_from_db()
        assert made.opened == times
    event = request.events.latest("sequence")
    assert (event.action, event.actor) == ("archive_opened", str(requester(request)))


def test_nobody_else_opens_a_members_copy() -> None:
    representative = make_staff(Role.REPRESENTATIVE)
    contract, administrator = make_contract(representative=representative), make_member()
    make_administration(contract, administrator)
    request = exported(seat=make_seat(contract))
    made = make_archive(request)
    others = [
        member_actor(administrator),
        member_actor(make_seat(contract).member),
        staff_actor(representative),
        staff_actor(make_staff(Role.AUDITOR)),
        SYSTEM,
    ]
    for actor in others:
        with pytest.raises(NotAllowed):
            opened(request, actor)
        with pytest.raises(NotAllowed):
            archives.opened(request, actor=actor)
    made.refresh_from_db()
    assert made.opened == 0


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.COMPLIANCE])
def test_staff_with_the_permission_open_it(role: Role) -> None:
    request = exported()
    make_archive(request)
    assert opened(request, staff_actor(make_staff(role))) == CONTENT


def test_an_administrator_who_left_no_longer_opens_what_they_asked_for() -> None:
    contract, member = make_contract(), make_member()
    administration = make_administration(contract, member)
    request = exported(
        contract=contract, seat=None, requester=member, capacity=Capacity.ADMINISTRATOR
    )
    make_archive(request)
    assert opened(request, member_actor(member))
    administration.until = timezone.now()
    administration.save()
    with pytest.raises(NotAllowed):
        opened(request, member_actor(Member.objects.get(pk=member.pk)))


def test_what_cannot_be_read_was_not_handed_over() -> None:
    request = exported()
    made = make_archive(request)
    Path(objects.storages["exports"].path(made.object_name)).write_bytes(b"noise")
    waits = make_request(RequestKind.DELETION, Status.APPROVED, copy_first=request)
    with pytest.raises(archive.SealBroken):
        opened(request, requester(request))
    made.refresh_from_db()
    assert made.opened == 0
    assert not steps.copy_is_settled(waits)


def test_an_opened_copy_lets_the_deletion_go_on() -> None:
    request = exported()
    make_archive(request)
    waits = make_request(RequestKind.DELETION, Status.APPROVED, copy_first=request)
    assert not steps.copy_is_settled(waits)
    opened(request, requester(request))
    assert steps.copy_is_settled(waits)


def test_it_is_written_to_a_new_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    request = exported()
    make_archive(request)
    path = tmp_path / "copy.zip"
    archives.write_to(request, path, actor=requester(request))
    assert path.read_bytes() == CONTENT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        archives.write_to(request, path, actor=requester(request))
    assert path.read_bytes() == CONTENT


def test_a_refused_opening_leaves_no_file(tmp_path: Path) -> None:
    request = exported()
    path = tmp_path / "copy.zip"
    with pytest.raises(NotFound):
        archives.write_to(request, path, actor=requester(request))
    assert not path.exists()


# --- How it ends ------------------------------------------------------------------------------


def test_an_archive_expires_key_first_and_file_after_the_ledger_knew() -> None:
    request = exported()
    made = make_archive(request)
    copy = Path(objects.storages["exports"].path(made.object_name)).read_bytes()
    with time_machine.travel(made.expires_at - timedelta(seconds=1), tick=False) as clock:
        assert archives.expire() == 0
        clock.shift(timedelta(seconds=1))
        with pytest.raises(NotFound):  # late is late, whenever the sweep comes
            opened(request, requester(request))
        assert archives.expire() == 1
        assert archives.expire() == 0
    made.refresh_from_db()
    assert (made.key, made.destroyed_because) == (None, "expired")
    assert not WrappedKey.objects.exists()
    assert not is_there(made.object_name)
    (entry,) = ledger.entries(kinds=(ledger.Kind.KEY_DESTROYED,))
    assert entry.body == {"object": made.object_name, "because": "expired"}
    assert request.events.latest("sequence").action == "archive_destroyed"
    assert b"PK" not in copy  # what a backup still holds says nothing without the key


@pytest.mark.parametrize("step", ["ledger", "file"])
def test_a_destruction_cut_short_is_taken_up_or_was_announced(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_archive(exported(), expires_at=timezone.now())

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch:
        if step == "ledger":
            patch.setattr(archives.ledger, "append", fail)
        else:
            patch.setattr(archives.objects, "remove", fail)
        with pytest.raises(OSError, match="no space"):
            archives.expire()
    made.refresh_from_db()
    announced = bool(list(ledger.entries(kinds=(ledger.Kind.KEY_DESTROYED,))))
    assert (made.destroyed_at is None) == (made.key is not None) == (not announced)
    archives.expire()
    with time_machine.travel(timezone.now() + archives.STRAY + timedelta(minutes=1)):
        archives.sweep_files()
    assert not WrappedKey.objects.exists()
    assert not is_there(made.object_name)


def test_parts_go_key_and_file_with_the_request_they_were_made_for() -> None:
    done, running = exported(), make_request(status=Status.RUNNING)
    parts = [make_part(done), make_part(done)]
    working = make_part(running)
    left = f"parts/{done.public_id}/999-interrupted"
    make_object(left)

    exports.sweep_parts()
    for part in parts:
        assert not is_there(part.object_name)
        part.refresh_from_db()
        assert (part.object_name, part.key) == ("", None)
    assert not is_there(left)
    assert is_there(working.object_name)
    assert Archive.objects.count() == 0


def test_what_a_killed_assembly_left_is_removed_after_a_day_and_nothing_else() -> None:
    live = make_archive(exported(), expires_at=timezone.now() + timedelta(days=30))
    make_object("archives/half-made.zip")
    assert archives.sweep_files() == 0
    with time_machine.travel(timezone.now() + archives.STRAY + timedelta(minutes=1)):
        assert archives.sweep_files() == 1
    assert not is_there("archives/half-made.zip")
    assert is_there(live.object_name)
