from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from seats.enums import Return, TombstoneKind
from seats.models.contracts import Contract
from seats.querysets import MemberQuerySet, SeatQuerySet

LONGEST_KEY = 18  # digits


class Member(models.Model):
    """A person who holds or held a seat, or administers a contract. Known to staff by number."""

    product_id = models.CharField(
        _("id in the product"),
        max_length=100,
        unique=True,
        null=True,
        blank=True,
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    locale = models.CharField(_("language"), max_length=10, default="en")
    verified_at = models.DateTimeField(_("address verified"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering: ClassVar[list[str]] = ["pk"]
        indexes = [models.Index(models.functions.Lower("email"), name="member_email_exact")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(erased_at=None)
                | models.Q(name="", email="", product_id__isnull=True),
                name="erased_member_has_no_identity",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Never the name: this is what ends up in logs and histories."""
        return f"M-{self.pk}"


def member_keys(words: Iterable[str]) -> list[int]:
    """The keys in members' numbers (M-17), leaving out what is none."""
    digits = [word[2:] for word in words if word[:2].upper() == "M-"]
    return [int(d) for d in digits if d.isascii() and d.isdecimal() and len(d) <= LONGEST_KEY]


def masked(address: str) -> str:
    """As "j***@acme.example": enough to recognise an address by, too little to write to."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else ""


class Seat(models.Model):
    """One person’s time on one licence. Handed on, it is a new seat: data stays its maker’s."""

    number = models.CharField(_("number"), max_length=40, unique=True)
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="seats", verbose_name=_("contract")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="seats", verbose_name=_("member")
    )
    product_id = models.CharField(_("id in the product"), max_length=100, blank=True)
    assigned_at = models.DateTimeField(_("assigned"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering: ClassVar[list[str]] = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["product_id", "member"],
                condition=models.Q(erased_at=None),
                name="one_seat_a_licence_and_member",
            ),
            models.UniqueConstraint(
                fields=["product_id"],
                condition=models.Q(released_at=None, erased_at=None),
                name="one_holder_a_licence",
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at=None) | models.Q(product_id=""),
                name="erased_seat_has_no_product_id",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Tombstone(models.Model):
    """A keyed trace of an erased id or address, so that a sync does not bring it back.

    It stands until the person comes back by an act of their own; erased once more, it stands again.
    """

    kind = models.CharField(max_length=10, choices=TombstoneKind.choices)
    key = models.CharField(max_length=64)
    erased_at = models.DateTimeField()
    returned_at = models.DateTimeField(_("came back"), null=True, blank=True)
    returned_by = models.CharField(
        _("how they came back"), max_length=10, choices=Return.choices, blank=True
    )

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_tombstone_a_key"),
            models.CheckConstraint(
                condition=models.Q(returned_at=None, returned_by="")
                | (models.Q(returned_at__isnull=False) & ~models.Q(returned_by="")),
                name="return_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:8]}"
