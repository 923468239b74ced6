from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compliance.enums import OF_MEMBERS, ActorKind, MailState, ReceiptKind
from compliance.models.execution import WrappedKey
from compliance.models.requests import PrivacyRequest
from compliance.querysets import MailQuerySet, ReceiptQuerySet, ScopedQuerySet
from seats.models import Member


class RequestEvent(models.Model):
    """One link of a request's chain: codes, opaque ids, and a salted digest of any free text."""

    append_only = True
    request = models.ForeignKey(PrivacyRequest, models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    action = models.CharField(_("action"), max_length=40)
    actor = models.CharField(_("by"), max_length=120)
    data = models.JSONField(_("data"), default=dict)
    text_digest = models.CharField(max_length=64, blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering: ClassVar[list[str]] = ["request", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["request", "sequence"], name="one_event_a_place")
        ]
        indexes = [models.Index(fields=["at"], name="request_event_at")]

    def __str__(self) -> str:
        return f"{self.request_id}#{self.sequence}"


class Remark(models.Model):
    """The free text of an event, erasable: only its salted digest is chained."""

    event = models.OneToOneField(RequestEvent, models.CASCADE, related_name="remark")
    text = models.TextField(_("text"))
    salt = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")

    def __str__(self) -> str:
        return f"{self.event_id}"


class Seal(models.Model):
    """The heads of the chains that moved since the last seal, as they stand in the ledger."""

    append_only = True
    number = models.PositiveIntegerField(_("number"), unique=True)
    at = models.DateTimeField(_("at"))
    last_event = models.PositiveBigIntegerField(_("up to event"))
    heads = models.PositiveIntegerField(_("chains"))
    entry = models.CharField(_("ledger entry"), max_length=120)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering: ClassVar[list[str]] = ["number"]

    def __str__(self) -> str:
        return f"{self.number}"


class Message(models.Model):
    """What requester and staff wrote to each other about a request."""

    request = models.ForeignKey(PrivacyRequest, models.PROTECT, related_name="messages")
    author_kind = models.CharField(_("from"), max_length=10, choices=ActorKind.choices)
    author = models.CharField(_("author"), max_length=120)
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar[list[str]] = ["at"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.author_kind}"


class InternalNote(models.Model):
    """A colleague's note on a request: never sent, erased with the contact."""

    request = models.ForeignKey(PrivacyRequest, models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")

    def __str__(self) -> str:
        return f"{self.request_id}"


class Evidence(models.Model):
    """A file that proves identity, authority or an instruction; destroyed after the decision."""

    request = models.ForeignKey(PrivacyRequest, models.PROTECT, related_name="evidence")
    what = models.CharField(_("what it shows"), max_length=40)
    object_name = models.CharField(max_length=200, blank=True)
    key = models.OneToOneField(WrappedKey, models.SET_NULL, null=True, blank=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    added_by = models.CharField(_("added by"), max_length=120)
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    purged_at = models.DateTimeField(_("destroyed"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return f"{self.request_id} {self.what}"


class Receipt(models.Model):
    """A signed document as it was issued. It is never changed; a later one may supersede it.

    It is about a request, or about what a member was told or chose. Then `attests` is the key of
    the row it vouches for: a `Confirmation`, or the last `ConsentEvent` it takes in. No foreign
    key: the evidence and its receipts are purged one after the other.
    """

    append_only = True
    append_only_except = ("superseded_by_id",)
    request = models.ForeignKey(
        PrivacyRequest, models.PROTECT, null=True, blank=True, related_name="receipts"
    )
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="receipts",
        verbose_name=_("member"),
    )
    attests = models.PositiveBigIntegerField(null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=ReceiptKind.choices)
    number = models.CharField(_("number"), max_length=20, unique=True)
    code = models.CharField(_("code"), max_length=60, unique=True)
    language = models.CharField(_("language"), max_length=10)
    issued_at = models.DateTimeField(_("issued"))
    record = models.BinaryField()
    record_sha256 = models.CharField(_("fingerprint of the record"), max_length=64)
    record_signature = models.BinaryField()
    pdf_name = models.CharField(max_length=200)
    pdf_size = models.PositiveIntegerField(_("size in bytes"))
    pdf_sha256 = models.CharField(_("fingerprint of the file"), max_length=64)
    pdf_signature = models.BinaryField()
    key_id = models.CharField(_("signed with"), max_length=40)
    superseded_by = models.OneToOneField("self", models.PROTECT, null=True, blank=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering: ClassVar[list[str]] = ["issued_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=sorted(OF_MEMBERS),
                    request=None,
                    member__isnull=False,
                    attests__isnull=False,
                )
                | (
                    ~Q(kind__in=sorted(OF_MEMBERS))
                    & Q(request__isnull=False, member=None, attests=None)
                ),
                name="receipt_is_of_a_request_or_of_a_member",
            )
        ]
        indexes = [models.Index(fields=["kind", "issued_at"], name="receipt_issued")]

    def __str__(self) -> str:
        return self.number

    @property
    def reference(self) -> str:
        """What it goes by: its request's reference, or its own number where it is about none."""
        return self.request.reference if self.request else self.number


class EmailMessage(models.Model):
    """The outbox: written with the step it tells of, sent by a worker, emptied after its time.

    `member` is whom a mail that is about no request goes to: erasing them empties it.
    """

    request = models.ForeignKey(
        PrivacyRequest, models.PROTECT, null=True, blank=True, related_name="mails"
    )
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="mails",
        verbose_name=_("member"),
    )
    template = models.CharField(_("mail"), max_length=60)
    to = models.EmailField(_("to"), blank=True)
    language = models.CharField(_("language"), max_length=10)
    context = models.JSONField(default=dict, blank=True)
    document = models.CharField(
        _("document"), max_length=30, blank=True, choices=ReceiptKind.choices
    )
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=MailState.choices, default=MailState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    queued_at = models.DateTimeField(_("queued"), auto_now_add=True)
    next_try_at = models.DateTimeField(_("next try"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=120, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering: ClassVar[list[str]] = ["-queued_at"]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state="waiting"),
                name="mail_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"


class NumberSeries(models.Model):
    """The last number given out in a series ("EXP-2026"); numbers are never given out twice."""

    name = models.CharField(max_length=20, unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")

    def __str__(self) -> str:
        return self.name
