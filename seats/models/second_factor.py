"""What a colleague proves who they are with, beside the password.

django-otp's own plugins keep the secret of an app and the recovery codes in the clear. Here the
secret is sealed and of the codes only keyed digests stay, so that a copied database, or its backup,
signs nobody in.
"""

from __future__ import annotations

import time

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from seats import keys

DIGITS = 6
STEP = 30  # seconds a code is shown
TOLERANCE = 1  # steps a telephone's clock may be ahead or behind
# A wrong code costs 1, 2, 4 … seconds; from the eleventh on always 17 minutes, never for ever.
MOST_FAILURES = 11


class Throttled(ThrottlingMixin):
    """Wrong codes make the next one wait, by what stands in the row: for every process alike."""

    class Meta:
        abstract = True

    def get_throttle_factor(self) -> float:
        return 1

    def throttle_increment(self, commit: bool = True) -> None:
        self.throttling_failure_count = min(self.throttling_failure_count, MOST_FAILURES - 1)
        super().throttle_increment(commit=commit)


class Authenticator(TimestampMixin, Throttled, Device):
    """An app on somebody's telephone that shows a code (TOTP, RFC 6238). One a person."""

    sealed_key = models.CharField(max_length=120)
    last_step = models.BigIntegerField(default=-1)

    class Meta:
        verbose_name = _("authenticator app")
        verbose_name_plural = _("authenticator apps")
        constraints = [models.UniqueConstraint(fields=["user"], name="one_authenticator_a_person")]

    def __str__(self) -> str:
        return f"authenticator {self.pk}"

    @staticmethod
    def sealed(secret: bytes, user_id: int) -> str:
        return keys.seal_text(secret.hex(), f"authenticator {user_id}")

    def verify_token(self, token: str) -> bool:
        """Whether `token` is a code of now that was not used before; called under a row lock."""
        if not self.verify_is_allowed()[0]:
            return False
        secret = bytes.fromhex(keys.open_text(self.sealed_key, f"authenticator {self.user_id}"))
        step = step_of(token, secret, after=self.last_step)
        if step is None:
            self.throttle_increment()
            return False
        self.last_step = step
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp()
        return True


class RecoveryCodes(TimestampMixin, Throttled, Device):
    """Codes on paper for the day the telephone is gone. Each is good once."""

    digests = models.JSONField(default=list)

    class Meta:
        verbose_name = _("recovery codes")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["user"], name="one_set_of_codes_a_person")]

    def __str__(self) -> str:
        return f"recovery codes {self.pk}"

    @staticmethod
    def digest(code: str, user_id: int) -> str:
        return keys.pseudonym("recovery code", f"{user_id}:{code}")

    def verify_token(self, token: str) -> bool:
        """Whether `token` is one of the codes, which is then used up; called under a row lock."""
        if not self.verify_is_allowed()[0]:
            return False
        digest = self.digest(token, self.user_id)
        if digest not in self.digests:
            self.throttle_increment()
            return False
        self.digests = [other for other in self.digests if other != digest]
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp()
        return True


def step_of(token: str, secret: bytes, *, after: int = -1) -> int | None:
    """The time step whose code `token` is, around now and later than `after`; None for none."""
    if len(token) != DIGITS or not (token.isascii() and token.isdecimal()):
        return None
    code = TOTP(secret, step=STEP, digits=DIGITS)
    code.time = time.time()
    found = code.verify(int(token), tolerance=TOLERANCE, min_t=after + 1)
    return int(code.t()) if found else None
