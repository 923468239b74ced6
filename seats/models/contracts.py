from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from seats.enums import Edition, Instruction
from seats.querysets import AdministrationQuerySet, ContractQuerySet


class Contract(models.Model):
    """A customer's agreement: the controller's side of what its members do in the product."""

    number = models.CharField(_("number"), max_length=40, unique=True)
    product_id = models.CharField(_("id in the product"), max_length=100, unique=True)
    customer = models.CharField(_("customer"), max_length=200)
    edition = models.CharField(_("edition"), max_length=20, choices=Edition.choices)
    representative = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="represented",
        verbose_name=_("account representative"),
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deputised",
        verbose_name=_("deputy"),
    )
    country = models.CharField(_("country"), max_length=2)
    language = models.CharField(_("language"), max_length=10, default="en")
    instruction = models.CharField(
        _("instruction"), max_length=20, choices=Instruction.choices, default=Instruction.MEMBERS
    )
    tells_members = models.BooleanField(
        _("members are told"),
        default=True,
        help_text=_(
            "Members whose data an administrator exports are told, unless agreed otherwise."
        ),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ContractQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering: ClassVar[list[str]] = ["number"]
        permissions = [("see_every_contract", "Can see every contract, not only represented ones")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deputy=None) | ~models.Q(deputy=models.F("representative")),
                name="deputy_is_not_the_representative",
                violation_error_message=_("The deputy must be somebody else."),
            )
        ]

    def __str__(self) -> str:
        return self.number


class Administration(models.Model):
    """From when to when a member administers a contract; an administrator need not hold a seat."""

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="administrations", verbose_name=_("contract")
    )
    member = models.ForeignKey(
        "seats.Member", models.CASCADE, related_name="administrations", verbose_name=_("member")
    )
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    objects = AdministrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("administration")
        verbose_name_plural = _("administrations")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "member"],
                condition=models.Q(until=None),
                name="one_administration_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"M-{self.member_id} · {self.contract_id}"
