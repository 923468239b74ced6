"""A colleague's second factor: set up, asked for, replaced, reset. Every change is on record."""

from __future__ import annotations

import base64
import math
import os
import secrets
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp import verify_token
from django_otp.models import Device

from seats.models import Authenticator, RecoveryCodes, StaffUser
from seats.models.second_factor import DIGITS, STEP, step_of
from seats.services.errors import NotAllowed

CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
HALF = 5  # letters before the hyphen, and after it: 49 bits
SECRET_BYTES = 20  # RFC 4226, R6


class WaitFirst(Exception):
    """Wrong codes came before: this one was not looked at. `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


def new_secret() -> bytes:
    return os.urandom(SECRET_BYTES)


def typed(secret: bytes) -> str:
    """The secret as a person types it into an app: base32 in groups of four."""
    letters = base64.b32encode(secret).decode()
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def otpauth(user: StaffUser, secret: bytes) -> str:
    """What the QR code says (Key URI format of the authenticator apps)."""
    issuer = "Rightsdesk"
    query = {
        "secret": base64.b32encode(secret).decode(),
        "issuer": issuer,
        "algorithm": "SHA1",
        "digits": DIGITS,
        "period": STEP,
    }
    return f"otpauth://totp/{quote(f'{issuer}:{user.get_username()}')}?{urlencode(query)}"


def is_enrolled(user: StaffUser) -> bool:
    return Authenticator.objects.filter(user=user).exists()


def is_asked_of(user: StaffUser) -> bool:
    """Of everybody where it is required, else of who set it up."""
    return bool(settings.STAFF_MFA_REQUIRED) or is_enrolled(user)


def codes_left(user: StaffUser) -> int:
    codes = RecoveryCodes.objects.filter(user=user).first()
    return len(codes.digests) if codes else 0


@transaction.atomic
def enrol(user: StaffUser, secret: bytes, code: str) -> tuple[Authenticator, list[str]] | None:
    """Make the app with that secret theirs, in the place of any other, once it shows its code.

    With it come new recovery codes, given here and nowhere again. None when the code is wrong.
    """
    step = step_of(_plain(code), secret)
    if step is None:
        return None
    locked = StaffUser.objects.select_for_update().get(pk=user.pk)
    replaced = bool(Authenticator.objects.filter(user=locked).delete()[0])
    app = Authenticator.objects.create(
        user=locked,
        name="app",
        sealed_key=Authenticator.sealed(secret, locked.pk),
        last_step=step,
        last_used_at=timezone.now(),
    )
    _note(locked, locked, "Second factor replaced." if replaced else "Second factor set up.")
    return app, _renew(locked)


def verify(user: StaffUser, code: str) -> Device | None:
    """What of theirs the code is of, an app's or a recovery code; None when it is wrong.

    Raises WaitFirst. Six digits are an app's: a mistyped one uses up no patience with the others.
    """
    plain = _plain(code)
    kind = Authenticator if len(plain) == DIGITS and plain.isdecimal() else RecoveryCodes
    device = kind.objects.filter(user=user).first()
    if device is None:
        return None
    allowed, why = device.verify_is_allowed()
    if not allowed:
        left = (why["locked_until"] - timezone.now()).total_seconds()
        raise WaitFirst(max(1, math.ceil(left)))
    found: Device | None = verify_token(user, device.persistent_id, plain)
    if isinstance(found, RecoveryCodes):
        _note(user, user, "Signed in or confirmed with a recovery code.")
    return found


@transaction.atomic
def new_codes(user: StaffUser) -> list[str]:
    """Ten recovery codes, given here and nowhere again; those before are good no more."""
    _note(user, user, "New recovery codes.")
    return _renew(user)


def why_not_remove() -> str:
    if settings.STAFF_MFA_REQUIRED:
        return _("Everybody who works here needs one. You can replace yours.")
    return ""


@transaction.atomic
def remove(user: StaffUser) -> None:
    """Do without. Raises NotAllowed where everybody needs one."""
    if why := why_not_remove():
        raise NotAllowed(why)
    _forget(user)
    _note(user, user, "Second factor removed.")


def why_not_reset(user: StaffUser, *, by: StaffUser) -> str:
    """Why `by` may not take somebody's second factor away, in a sentence; "" when they may.

    Whoever resets gains nothing by it: not their own, and nobody's who may do more than they.
    """
    if not by.has_perm("seats.reset_second_factor"):
        return _("Your role does not include this.")
    if user.pk == by.pk:
        return _("Your own second factor is replaced on your own page, with a code.")
    if user.is_superuser and not by.is_superuser:
        return _("Only a superuser resets a superuser’s second factor.")
    if not is_enrolled(user):
        return _("There is none: it is set up at the next sign-in.")
    return ""


@transaction.atomic
def reset(user: StaffUser, *, by: StaffUser) -> None:
    """Take a lost telephone's app and codes away; they set up another. Raises NotAllowed.

    Sessions that were opened with them end.
    """
    if why := why_not_reset(user, by=by):
        raise NotAllowed(why)
    _forget(user)
    _note(user, by, "Second factor reset.")


def _forget(user: StaffUser) -> None:
    Authenticator.objects.filter(user=user).delete()
    RecoveryCodes.objects.filter(user=user).delete()


def _renew(user: StaffUser) -> list[str]:
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(2 * HALF)) for _n in range(CODES)]
    RecoveryCodes.objects.update_or_create(
        user=user,
        defaults={
            "name": "codes",
            "digests": [RecoveryCodes.digest(code, user.pk) for code in codes],
            "throttling_failure_count": 0,
            "throttling_failure_timestamp": None,
        },
    )
    return [f"{code[:HALF]}-{code[HALF:]}" for code in codes]


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def _note(user: StaffUser, by: StaffUser, said: str) -> None:
    """In the account's history: that it was done and by whom, never a secret."""
    rows = StaffUser.objects.filter(pk=user.pk)
    LogEntry.objects.log_actions(by.pk, rows, CHANGE, said, single_object=True)
