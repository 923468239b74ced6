"""Members come in without a password: from the product, or by a code sent to an address we know.

Known and unknown addresses are answered alike by whoever calls this; here an unknown one gives no
link. Secrets are 256 random bits, kept as SHA-256; codes are six digits with five tries, and work
only in the browser that asked for them.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from seats import keys
from seats.enums import Entry
from seats.models import Member, MemberSession, SignInLink
from seats.services.errors import BadInput, NotFound, Refused

FROM_PRODUCT = timedelta(seconds=60)
BY_EMAIL = timedelta(minutes=15)
VISIT = timedelta(minutes=30)
LONGEST_VISIT = timedelta(hours=8)
PROOF = timedelta(minutes=10)  # how long a fresh code counts for a download
TRIES = 5
CODES_AN_HOUR = 5


class Spent(Refused):
    """A link or code that is over, used or was tried too often: ask for a new one."""

    code = "spent"
    status = 410


class WrongCode(BadInput):
    code = "wrong_code"

    def __init__(self, left: int) -> None:
        super().__init__(_("Enter the six digits from our latest e-mail."))
        self.left = left


@dataclass(frozen=True, slots=True)
class Sent:
    """What the e-mail to one member carries."""

    member: Member
    token: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A session and the key that its cookie holds."""

    session: MemberSession
    key: str


def link_from_product(member: Member) -> tuple[str, datetime]:
    """A token that the product's own, signed-in user is sent on with, once, and until when.

    Raises NotFound for an erased member.
    """
    if member.erased_at:
        raise NotFound(_("There is no such account."))
    token, row = _link(member, Entry.PRODUCT, FROM_PRODUCT)
    return token, row.expires_at


def new_device() -> str:
    """What a browser keeps while it waits for a code."""
    return secrets.token_urlsafe(32)


def codes_for(address: str, device: str) -> list[Sent]:
    """A link and a code for each member with that address, former ones included; none for others.

    At most five an hour and member: a further one is not made, and nobody is told.
    """
    known = Member.objects.of_address(address).filter(erased_at=None).order_by("pk")
    sent = [found for member in known if address and (found := code_for(member, device))]
    if not sent:
        _link(None, Entry.EMAIL, BY_EMAIL, device=device)
    return sent


@transaction.atomic
def code_for(member: Member, device: str) -> Sent | None:
    """A code for one member, which ends the one before; None for a sixth within the hour.

    The member is locked: many who ask at once would count past each other.
    """
    if Member.objects.select_for_update().filter(pk=member.pk, erased_at=None).first() is None:
        return None
    since = timezone.now() - timedelta(hours=1)
    lately = SignInLink.objects.filter(member=member, entry=Entry.EMAIL, made_at__gt=since)
    if lately.count() >= CODES_AN_HOUR:
        return None
    lately.filter(used_at=None).update(used_at=timezone.now())
    code = f"{secrets.randbelow(10**6):06}"
    token, row = _link(member, Entry.EMAIL, BY_EMAIL, device=device, code=code)
    return Sent(member, token, code, row.expires_at)


def entry_of(token: str) -> Entry | None:
    """Where a link that still works came from; looking at it changes nothing."""
    links = SignInLink.objects.filter(token_hash=_hash(token), member__isnull=False, **_fresh())
    found = links.first()
    return Entry(found.entry) if found else None


def enter(token: str) -> Visit:
    """Begin a visit by a link. Raises Spent for one that is over, used, or not ours."""
    with transaction.atomic():
        links = SignInLink.objects.filter(token_hash=_hash(token), member__isnull=False, **_fresh())
        link = links.select_related("member").first()
        if link is None or not _use(link):
            raise Spent(_("This link worked once, or its time is over. Ask for a new one."))
        return _begin(link)


def enter_code(device: str, typed: str) -> Visit:
    """Begin a visit by a code, in the browser that asked for it. Raises WrongCode, or Spent."""
    with transaction.atomic():
        link = _checked(device, typed)
        if isinstance(link, SignInLink):
            return _begin(link)
    # Raised only here, so that the wrong try stays counted.
    raise link


def prove(session: MemberSession, device: str, typed: str) -> None:
    """A fresh code on top of a visit, as a download asks for. Raises WrongCode, Spent."""
    with transaction.atomic():
        link = _checked(device, typed, member=session.member)
        if isinstance(link, SignInLink):
            session.proved_at = timezone.now()
            session.save(update_fields=["proved_at"])
            return
    raise link


def device_of(session: MemberSession) -> str:
    """What a code that is asked for within a visit is bound to: it works in this visit only."""
    return keys.pseudonym("visit", session.key_hash)


def is_proved(session: MemberSession) -> bool:
    return session.proved_at is not None and session.proved_at > timezone.now() - PROOF


def session_of(key: str) -> MemberSession | None:
    """The visit a cookie stands for, extended by this visit; None when it is over."""
    if not key:
        return None
    now = timezone.now()
    session = (
        MemberSession.objects.select_related("member")
        .filter(key_hash=_hash(key), expires_at__gt=now, member__erased_at=None)
        .first()
    )
    if session is None:
        return None
    ends = min(now + VISIT, session.began_at + LONGEST_VISIT)
    if ends - session.expires_at > timedelta(seconds=60):
        MemberSession.objects.filter(pk=session.pk).update(expires_at=ends)
        session.expires_at = ends
    return session


def end(session: MemberSession) -> None:
    session.delete()


def others(session: MemberSession) -> list[Member]:
    """Who else the same address stands for; an address proves nothing when the product vouched."""
    if session.entry != Entry.EMAIL:
        return []
    same = Member.objects.of_address(session.member.email).filter(erased_at=None)
    return list(same.exclude(pk=session.member_id).order_by("pk"))


def switch(session: MemberSession, member_id: int) -> None:
    """Go on as another member of the same address. Raises NotFound for anybody else."""
    for member in others(session):
        if member.pk == member_id:
            session.member = member
            session.proved_at, session.draft = None, {}
            session.save(update_fields=["member", "proved_at", "draft"])
            return
    raise NotFound(_("There is no such account."))


def void(member: Member | None = None) -> int:
    """End the visits and links of a member, or of everybody (a restored database); how many."""
    count = 0
    for model in (MemberSession, SignInLink):
        rows = model._default_manager.all()
        count += (rows.filter(member=member) if member else rows).delete()[0]
    return count


def due() -> tuple[QuerySet[SignInLink], QuerySet[MemberSession]]:
    """What is over. Links are kept for the hour in which they are counted."""
    now = timezone.now()
    return (
        SignInLink.objects.filter(expires_at__lt=now - timedelta(hours=1)),
        MemberSession.objects.filter(expires_at__lt=now),
    )


def purge() -> int:
    """Delete it; how many rows."""
    return sum(rows.delete()[0] for rows in due())


def _link(
    member: Member | None, entry: Entry, lasts: timedelta, *, device: str = "", code: str = ""
) -> tuple[str, SignInLink]:
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    row = SignInLink.objects.create(
        member=member,
        entry=entry,
        token_hash=_hash(token),
        device_hash=_hash(device) if device else "",
        code_hash=_code_hash(device, code) if code else "",
        made_at=now,
        expires_at=now + lasts,
    )
    return token, row


def _checked(device: str, typed: str, member: Member | None = None) -> SignInLink | Refused:
    """The link whose code was typed, now used; or why not, with the wrong try counted."""
    links = SignInLink.objects.filter(device_hash=_hash(device), **_fresh())
    if member is not None:
        links = links.filter(member=member)
    # Locked before it is compared: of a thousand guesses at once, only five are looked at.
    waiting = list(links.select_for_update(of=("self",)).select_related("member").order_by("-pk"))
    if not waiting:
        return Spent(_("This code was used, or its time is over. Ask for a new one."))
    code_hash = _code_hash(device, "".join(typed.split()))
    tries = max(link.tries for link in waiting) + 1
    right = next((link for link in waiting if link.code_hash == code_hash), None)
    # One code is one way in, whoever else has the same address.
    over = right is not None or tries >= TRIES
    SignInLink.objects.filter(pk__in=[link.pk for link in waiting]).update(
        tries=tries, used_at=timezone.now() if over else None
    )
    if right is not None:
        return right
    if over:
        return Spent(_("That was wrong too often. Ask for a new code."))
    return WrongCode(TRIES - tries)


def _use(link: SignInLink) -> bool:
    """Compare and set: of two at once, one gets in."""
    unused = SignInLink.objects.filter(pk=link.pk, used_at=None)
    return bool(unused.update(used_at=timezone.now()))


def _begin(link: SignInLink) -> Visit:
    assert link.member is not None  # noqa: S101 nobody has no code, and no link
    key = secrets.token_urlsafe(32)
    now = timezone.now()
    session = MemberSession.objects.create(
        member=link.member,
        key_hash=_hash(key),
        entry=link.entry,
        began_at=now,
        expires_at=now + VISIT,
        proved_at=now if link.entry == Entry.EMAIL else None,
    )
    return Visit(session, key)


def _fresh() -> dict[str, object]:
    return {"used_at": None, "expires_at__gt": timezone.now(), "member__erased_at": None}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _code_hash(device: str, code: str) -> str:
    """Keyed, as six digits alone are found by trying."""
    return keys.pseudonym("sign-in code", f"{device} {code}")
