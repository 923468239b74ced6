from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from seats.enums import Entry
from seats.models.people import Member


class SignInLink(models.Model):
    """One way in to the privacy pages, once: from the product, or sent by e-mail with a code.

    Only fingerprints of the secrets are kept. `device_hash` is that of the browser in which the
    address was typed; the code works there and nowhere else. One without a member opens nothing:
    it counts wrong codes for an address nobody has, so that both are answered alike.
    """

    member = models.ForeignKey(
        Member, models.CASCADE, null=True, blank=True, related_name="sign_in_links"
    )
    entry = models.CharField(_("from"), max_length=10, choices=Entry.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    device_hash = models.CharField(max_length=64, blank=True, db_index=True)
    code_hash = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(_("wrong codes"), default=0)
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("works until"), db_index=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("sign-in link")
        verbose_name_plural = _("sign-in links")
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes = [models.Index(fields=["member", "made_at"], name="sign_in_links_lately")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(member__isnull=False) | models.Q(code_hash=""),
                name="nobody_has_no_code",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry} {self.pk}"


class MemberSession(models.Model):
    """A visit to the privacy pages. No staff session is one, and none of these opens the desk.

    Not Django's: that keeps its keys readable, and cannot say whose a session is when the person
    is erased.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="sessions")
    key_hash = models.CharField(max_length=64, unique=True)
    entry = models.CharField(_("from"), max_length=10, choices=Entry.choices)
    began_at = models.DateTimeField(_("began"))
    expires_at = models.DateTimeField(_("ends"), db_index=True)
    proved_at = models.DateTimeField(_("address proved"), null=True, blank=True)
    draft = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("member session")
        verbose_name_plural = _("member sessions")
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.pk}"
