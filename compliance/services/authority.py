"""The right to ask, looked at again when a request is to be carried out (rules §4.4)."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from compliance.enums import Action, Capacity
from compliance.models import PrivacyRequest
from compliance.services import languages, requests
from compliance.services.actors import SYSTEM, member_actor


def lost(request: PrivacyRequest) -> bool:
    """Whether whoever asked may no longer ask for it, as an administrator whose time is over.

    A holder's own request that staff entered stands: what they made stays theirs.
    """
    own = request.entered_by.startswith("member:") or request.capacity == Capacity.ADMINISTRATOR
    if request.requester is None or not own:
        return False
    return not member_actor(request.requester).speaks_for(request)


def lapse(request: PrivacyRequest) -> PrivacyRequest:
    """End it, and tell whoever asked, the contract's administrators and who represents it.

    To ask for approval again would change nothing: the next attempt would find the same.
    """
    with translation.override(languages.written_in(request.language)):
        reason = _("Whoever asked may no longer ask for this.")  # the requester reads it
    return requests.take(Action.LAPSE, request.pk, actor=SYSTEM, reason=reason)
