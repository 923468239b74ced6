from __future__ import annotations

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compliance.enums import Capacity, Channel, RequestKind, ScopeKind, Status
from compliance.lifecycle import CLOSED, JOINABLE
from compliance.querysets import RequestQuerySet


def new_public_id() -> str:
    """128 random bits: what a link carries instead of a number that could be counted up."""
    return secrets.token_urlsafe(16)


class PrivacyRequest(models.Model):
    """A data subject request (Art. 15, 17, 20) or a customer's instruction (Art. 28(3)(e), (g)).

    Its status is written by `services.requests` alone; what else changes it goes through there too.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=RequestKind.choices)
    scope = models.CharField(_("scope"), max_length=10, choices=ScopeKind.choices)
    contract = models.ForeignKey(
        "seats.Contract", models.PROTECT, related_name="requests", verbose_name=_("contract")
    )
    seat = models.ForeignKey(
        "seats.Seat",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
        verbose_name=_("seat"),
    )
    categories = models.JSONField(_("categories"), default=list)
    format = models.CharField(_("format"), max_length=5, default="csv")

    requester = models.ForeignKey(
        "seats.Member",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="requests",
        verbose_name=_("requester"),
    )
    capacity = models.CharField(_("capacity"), max_length=20, choices=Capacity.choices)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    entered_by = models.CharField(_("entered by"), max_length=120)
    verified_by = models.CharField(_("identity confirmed by"), max_length=120, blank=True)
    contact_email = models.EmailField(_("contact address"), blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned",
        verbose_name=_("assignee"),
    )
    refusal = models.CharField(_("ground of refusal"), max_length=20, blank=True)

    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.RECEIVED
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    received_at = models.DateTimeField(_("received"))
    entered_at = models.DateTimeField(_("entered"), auto_now_add=True)
    due_on = models.DateField(_("due"))
    due_at = models.DateTimeField(_("overdue from"))
    due_because = models.JSONField(_("how the date was found"), default=dict)
    decide_by = models.DateField(_("decide by"))
    escalated_at = models.DateTimeField(_("escalated"), null=True, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    cutoff_at = models.DateTimeField(_("cut-off"), null=True, blank=True)
    cooling_off_until = models.DateTimeField(_("can be cancelled until"), null=True, blank=True)
    seats_approved = models.PositiveIntegerField(_("seats when approved"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    contact_purged_at = models.DateTimeField(_("contact erased"), null=True, blank=True)

    copy_first = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deletion_after",
        verbose_name=_("waits for the copy"),
    )
    copy_waived_at = models.DateTimeField(_("copy waived"), null=True, blank=True)
    linked_to = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="later",
        verbose_name=_("linked"),
    )
    preview = models.JSONField(_("counted"), default=dict, blank=True)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("privacy request")
        verbose_name_plural = _("privacy requests")
        ordering: ClassVar[list[str]] = ["decide_by", "pk"]
        permissions = [
            ("intake_request", "Can enter a request for someone"),
            ("review_request", "Can check identity and authority, ask back and send for approval"),
            ("approve_request", "Can approve"),
            ("object_request", "Can object on behalf of the customer"),
            ("refuse_request", "Can refuse with a ground"),
            ("extend_request", "Can extend the deadline"),
            ("cancel_request", "Can cancel for the requester"),
            ("answer_request", "Can record the requester’s answer"),
            ("expedite_request", "Can end the cooling-off early"),
            ("retry_request", "Can retry what failed"),
        ]
        indexes = [
            models.Index(fields=["status", "decide_by", "id"], name="request_queue"),
            models.Index(fields=["contract", "status"], name="request_contract"),
            models.Index(fields=["received_at"], name="request_received"),
            models.Index(fields=["status", "closed_at"], name="request_closed"),
            # Of a million requests a few hundred are open: what the desk asks for all day long.
            *(
                models.Index(fields=fields, condition=models.Q(closed_at=None), name=name)
                for name, fields in {
                    "request_open": ["decide_by", "id"],
                    "request_open_due": ["due_at"],
                    "request_open_assignee": ["assignee", "decide_by", "id"],
                    "request_open_stage": ["status", "kind"],
                }.items()
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="request_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=CLOSED, closed_at__isnull=False)
                | (~models.Q(status__in=CLOSED) & models.Q(closed_at=None)),
                name="request_closed_iff_terminal",
            ),
            models.CheckConstraint(
                condition=models.Q(scope=ScopeKind.SEAT, seat__isnull=False)
                | models.Q(scope=ScopeKind.CONTRACT, seat=None),
                name="seat_request_names_a_seat",
            ),
            models.CheckConstraint(
                condition=models.Q(received_at__lte=models.F("entered_at")),
                name="request_received_before_entered",
            ),
            models.UniqueConstraint(
                fields=["kind", "seat", "requester"],
                condition=models.Q(status__in=JOINABLE, linked_to=None),
                name="one_open_request_a_seat_and_person",
            ),
            models.UniqueConstraint(
                fields=["kind", "contract", "requester"],
                condition=models.Q(status__in=JOINABLE, linked_to=None, seat=None),
                name="one_open_request_a_contract_and_person",
            ),
            models.UniqueConstraint(
                fields=["kind", "seat"],
                condition=models.Q(status__in=JOINABLE, linked_to=None, requester=None),
                name="one_open_request_a_seat_for_the_customer",
            ),
            models.UniqueConstraint(
                fields=["kind", "contract"],
                condition=models.Q(status__in=JOINABLE, linked_to=None, requester=None, seat=None),
                name="one_open_request_a_contract_for_the_customer",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("status", args=[self.public_id])

    @property
    def whole_contract(self) -> bool:
        return self.scope == ScopeKind.CONTRACT

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED

    @property
    def subject(self) -> str:
        """Seat or contract by its number: what documents and mails may name."""
        return self.seat.number if self.seat else self.contract.number


class ExecutionLock(models.Model):
    """Held while a request runs: one execution at a time on any seat, and on a contract's rest."""

    request = models.ForeignKey(PrivacyRequest, models.CASCADE, related_name="locks")
    seat = models.OneToOneField("seats.Seat", models.CASCADE, null=True)
    contract = models.OneToOneField("seats.Contract", models.CASCADE, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seat=None, contract__isnull=False)
                | models.Q(seat__isnull=False, contract=None),
                name="lock_is_of_a_seat_or_a_contract",
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id}"
