from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.enums import HoldGround, PauseKind
from compliance.models.requests import PrivacyRequest
from compliance.querysets import HoldQuerySet, ScopedQuerySet


class Approval(models.Model):
    """That somebody, or the policy, agreed to a request, with the loss as they saw it.

    `round` counts the decisions: a request stopped and asked again needs new approvals, and the old
    ones stay on record.
    """

    append_only = True
    request = models.ForeignKey(PrivacyRequest, models.PROTECT, related_name="approvals")
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    actor = models.CharField(_("by"), max_length=120)
    role = models.CharField(_("as"), max_length=30)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    seen = models.JSONField(_("counts as seen"), default=dict)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "round", "actor"], name="nobody_approves_twice"
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.actor}"


class Hold(models.Model):
    """A legal hold: what it covers is not deleted until somebody else lifts it."""

    contract = models.ForeignKey(
        "seats.Contract", models.PROTECT, related_name="holds", verbose_name=_("contract")
    )
    seat = models.ForeignKey(
        "seats.Seat",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("seat"),
        help_text=_("Empty: the whole contract."),
    )
    categories = models.JSONField(
        _("categories"), default=list, blank=True, help_text=_("Empty: all of them.")
    )
    ground = models.CharField(_("ground"), max_length=20, choices=HoldGround.choices)
    case = models.CharField(_("case"), max_length=120)
    review_on = models.DateField(_("review on"))
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("placed by")
    )
    placed_at = models.DateTimeField(_("placed"), auto_now_add=True)
    entry = models.CharField(_("ledger entry"), max_length=60, unique=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering: ClassVar[list[str]] = ["-placed_at"]
        permissions = [
            ("place_hold", "Can place a hold"),
            ("lift_hold", "Can lift somebody else’s hold"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lifted_by=None) | ~models.Q(lifted_by=models.F("placed_by")),
                name="hold_is_lifted_by_someone_else",
                violation_error_message=_("A hold is lifted by someone else than who placed it."),
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_by=None, lifted_at=None)
                | models.Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="hold_lifted_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return self.case


class Pause(models.Model):
    """From when to when a requester owed us an answer; never for delays of our own."""

    request = models.ForeignKey(PrivacyRequest, models.PROTECT, related_name="pauses")
    kind = models.CharField(_("kind"), max_length=20, choices=PauseKind.choices)
    asked_at = models.DateTimeField(_("asked"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=models.Q(answered_at=None),
                name="one_question_open_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind}"


class Extension(models.Model):
    """The one extension Art. 12(3) allows, announced with its reason inside the first month."""

    append_only = True
    request = models.OneToOneField(PrivacyRequest, models.PROTECT, related_name="extension")
    until = models.DateField(_("until"))
    announced_at = models.DateTimeField(_("announced"), auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")

    def __str__(self) -> str:
        return f"{self.request_id} {self.until}"
