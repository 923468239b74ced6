"""What staff do on a request beside the steps of its life: none of it moves its status."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.models import InternalNote, PrivacyRequest
from compliance.services import events, requests
from compliance.services.actors import Actor, staff_actor
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound
from seats.models import StaffUser

NOTE_LETTERS = 5_000


@transaction.atomic
def assign(pk: int, assignee: StaffUser | None, *, actor: Actor) -> PrivacyRequest:
    """Give a request to somebody who can work on it, or to nobody.

    Raises NotAllowed or IllegalMove.
    """
    request = requests.locked(pk)
    if not actor.may("review", request):
        raise NotAllowed(_("You may not assign %(ref)s.") % {"ref": request.reference})
    if request.is_closed:
        raise IllegalMove(_("%(ref)s is closed.") % {"ref": request.reference})
    if assignee and not _may_work_on(assignee, request):
        raise NotAllowed(_("%(name)s may not work on this request.") % {"name": assignee})
    if request.assignee_id != (assignee.pk if assignee else None):
        request.assignee = assignee
        request.save(update_fields=["assignee"])
        events.record(
            request, "assigned", actor=actor, data={"to": assignee.username if assignee else ""}
        )
    return request


def _may_work_on(user: StaffUser, request: PrivacyRequest) -> bool:
    return user.is_active and staff_actor(user).may("review", request)


@transaction.atomic
def add_note(pk: int, text: str, *, actor: Actor) -> InternalNote:
    """Keep a colleague's note: never sent, erased with the contact. Raises BadInput, NotAllowed."""
    request = requests.locked(pk)
    author = actor.staff
    if not author or not actor.sees(request):
        raise NotFound(_("There is no such request."))
    if not author.has_perm("compliance.add_internalnote"):
        raise NotAllowed(_("You may not write notes."))
    text = text.strip()
    if not text:
        raise BadInput(_("Write something first."))
    if len(text) > NOTE_LETTERS:
        raise BadInput(_("A note has at most %(most)s letters.") % {"most": NOTE_LETTERS})
    if request.contact_purged_at:
        raise IllegalMove(_("The correspondence of this request was erased: it takes no notes."))
    note: InternalNote = InternalNote.objects.create(request=request, author=author, text=text)
    return note


@transaction.atomic
def reveal_contact(pk: int, *, actor: Actor) -> str:
    """The requester's address in full, and an event that says who looked. Raises NotAllowed."""
    request = requests.locked(pk)
    if not actor.may("review", request):
        raise NotAllowed(_("You may not see the address of %(ref)s.") % {"ref": request.reference})
    if request.contact_email:
        events.record(request, "contact_revealed", actor=actor)
    return str(request.contact_email)
