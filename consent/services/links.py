"""Links in messages that need no sign-in: opaque, unforgeable, and good for ever.

A token is sealed under PSEUDONYM_KEY, which is never rotated: links in old messages must work. It
holds our own number of the member and nothing about them, and each kind opens nothing else. Only
the link that verifies an address ends: after a week, or with the address it was sent to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.enums import Channel, Purpose
from consent.services.consents import pair
from seats import keys
from seats.models import Member
from seats.services.errors import NotFound
from seats.services.signing_in import Spent

# Where the pages are mounted; without a slash, as nothing here may redirect (RFC 8058, 3.1).
UNSUBSCRIBE = "/u/"
PREFERENCES = "/p/"
_CONTEXTS = {UNSUBSCRIBE: "unsubscribe link", PREFERENCES: "preferences link"}
_VERIFYING = "address verification link"
VERIFY_WITHIN = timedelta(days=7)
LONGEST = 400  # characters; no token of ours comes near


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a link is for, and the purpose and channel of the message it was in."""

    member: Member
    purpose: Purpose
    channel: Channel


def unsubscribe_token(member: Member, purpose: str, channel: str) -> str:
    """Raises BadInput for an unknown purpose or channel."""
    one, by = pair(purpose, channel)
    return keys.seal_text(f"{member.pk} {one} {by}", _CONTEXTS[UNSUBSCRIBE])


def preferences_token(member: Member) -> str:
    return keys.seal_text(str(member.pk), _CONTEXTS[PREFERENCES])


def verify_token(member: Member, until: datetime) -> str:
    """For the address the member has now, and no other they may have later."""
    return keys.seal_text(f"{member.pk} {int(until.timestamp())} {_trace(member)}", _VERIFYING)


def unsubscribe_url(member: Member, purpose: str, channel: str) -> str:
    return f"{settings.BASE_URL}{UNSUBSCRIBE}{unsubscribe_token(member, purpose, channel)}"


def preferences_url(member: Member) -> str:
    return f"{settings.BASE_URL}{PREFERENCES}{preferences_token(member)}"


def read_unsubscribe(token: str) -> Target:
    """Whom and what a token names; the member may be erased. Raises NotFound."""
    try:
        number, purpose, channel = _opened(token, _CONTEXTS[UNSUBSCRIBE]).split()
        return Target(_member(number), *pair(purpose, channel))
    except (keys.SealedTextBroken, Member.DoesNotExist):
        raise _broken() from None


def read_preferences(token: str) -> Member:
    """Whose choices a token may change, and nothing else; never an erased member's."""
    try:
        member = _member(_opened(token, _CONTEXTS[PREFERENCES]))
    except (keys.SealedTextBroken, Member.DoesNotExist):
        raise _broken() from None
    if member.erased_at:
        raise NotFound(_("We no longer know you: your data was deleted, and nothing is sent."))
    return member


def read_verify(token: str) -> Member:
    """Whose present address a token verifies. Raises NotFound, and Spent for one that is over."""
    try:
        number, until, trace = _opened(token, _VERIFYING).split()
        member = _member(number)
    except (keys.SealedTextBroken, Member.DoesNotExist):
        raise _broken() from None
    if member.erased_at:
        raise Spent(_("We no longer know you: your data was deleted, and nothing is sent."))
    if trace != _trace(member):
        raise Spent(_("This link was for an address that is not yours here any more."))
    if datetime.fromtimestamp(int(until), UTC) <= timezone.now():
        raise Spent(_("The time of this link is over."))
    return member


def mail_headers(member: Member, purpose: str, channel: str = Channel.EMAIL) -> dict[str, str]:
    """What the mailer adds to a promotional e-mail, and its DKIM signature must cover (RFC 8058).

    Exactly one https URI, and mailto for those who cannot POST. Raises BadInput, and
    ImproperlyConfigured where BASE_URL is not https.
    """
    if not settings.BASE_URL.startswith("https://"):
        raise ImproperlyConfigured(
            "BASE_URL is not https: mail programs unsubscribe over https only (RFC 8058)."
        )
    token = unsubscribe_token(member, purpose, channel)
    mailto = f"mailto:{settings.CONTROLLER['email']}?subject={quote(f'unsubscribe {token}')}"
    return {
        "List-Unsubscribe": f"<{settings.BASE_URL}{UNSUBSCRIBE}{token}>, <{mailto}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _opened(token: str, context: str) -> str:
    if len(token) > LONGEST:
        raise keys.SealedTextBroken
    return keys.open_text(token, context)


def _trace(member: Member) -> str:
    return keys.pseudonym(keys.EMAIL, member.email)[:32]


def _member(number: str) -> Member:
    return Member.objects.get(pk=int(number))


def _broken() -> NotFound:
    return NotFound(
        _("This link is not whole: copy all of it from the message, or write to %(email)s.")
        % {"email": settings.CONTROLLER["email"]}
    )
