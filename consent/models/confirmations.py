from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consent.enums import SCREENS, Shown
from consent.models.documents import DocumentVersion
from consent.querysets import OfMemberQuerySet
from seats.models import Member


class Confirmation(models.Model):
    """That a member was shown a text, put it off, or said they read it. Never consent.

    `at` is our clock, `client_at` that of a device which was offline.
    """

    append_only = True
    append_only_except = ("ip", "client")
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="confirmations", verbose_name=_("member")
    )
    version = models.ForeignKey(
        DocumentVersion, models.PROTECT, related_name="confirmations", verbose_name=_("version")
    )
    surface = models.CharField(
        _("where"), max_length=10, choices=[(one.value, one.label) for one in SCREENS]
    )
    state = models.CharField(_("state"), max_length=10, choices=Shown.choices)
    at = models.DateTimeField(_("at"))
    client_at = models.DateTimeField(_("at, by the device"), null=True, blank=True)
    client = models.CharField(_("app"), max_length=80, blank=True)
    ip = models.CharField(_("truncated IP address"), max_length=45, blank=True)
    key = models.CharField(_("idempotency key"), max_length=80, blank=True)

    objects = OfMemberQuerySet["Confirmation"].as_manager()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        indexes = [models.Index(fields=["version", "state"], name="confirmation_coverage")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=Shown.values), name="confirmation_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(surface__in=[one.value for one in SCREENS]),
                name="confirmation_surface_is_known",
            ),
            models.UniqueConstraint(
                fields=["member", "version", "surface", "state"],
                condition=~Q(state=Shown.POSTPONED),
                name="shown_and_confirmed_once",
            ),
            models.UniqueConstraint(
                fields=["member", "key"], condition=~Q(key=""), name="one_confirmation_a_key"
            ),
        ]

    def __str__(self) -> str:
        return f"M-{self.member_id} {self.state} {self.version_id}"
