from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consent.enums import Channel, KeepingGround, Purpose
from seats.models import Member


class Suppression(models.Model):
    """An opt-out that outlives the person's erasure: a keyed trace of an address, nothing else.

    An empty purpose or channel means every one.
    """

    key = models.CharField(_("keyed trace of the address"), max_length=64)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices, blank=True)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices, blank=True)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [
            models.UniqueConstraint(
                fields=["key", "purpose", "channel"], name="one_suppression_a_purpose_and_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.purpose} {self.channel}"


class KeptEvidence(models.Model):
    """What is kept of an erased member, on which ground, and until which day.

    The evidence itself are their rows in the ledger of consent and the confirmations, under a bare
    number. `address_key` lets an unsubscribe link in an old message still take effect.
    """

    member = models.OneToOneField(
        Member, models.PROTECT, related_name="kept_evidence", verbose_name=_("member")
    )
    ground = models.CharField(_("ground"), max_length=20, choices=KeepingGround.choices)
    since = models.DateTimeField(_("since"))
    until = models.DateField(_("until"))
    address_key = models.CharField(max_length=64, blank=True)
    purged_at = models.DateTimeField(_("purged"), null=True, blank=True)

    class Meta:
        verbose_name = _("kept evidence")
        verbose_name_plural = _("kept evidence")
        indexes = [
            models.Index(fields=["until"], condition=Q(purged_at=None), name="evidence_to_purge")
        ]

    def __str__(self) -> str:
        return f"M-{self.member_id}"
