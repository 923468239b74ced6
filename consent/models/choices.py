from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consent.enums import AFFIRMATIVE, SPECIFIC, Act, Channel, Origin, Purpose, Surface
from consent.models.documents import DocumentVersion
from consent.querysets import OfMemberQuerySet
from seats.models import Member

_NO_PAIR = Q(purpose="", channel="")


class Wording(models.Model):
    """The words somebody agreed to or refused, kept once however many saw them."""

    append_only = True
    sha256 = models.CharField(_("fingerprint"), max_length=64, unique=True)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")

    def __str__(self) -> str:
        return self.sha256[:8]


class ConsentEvent(models.Model):
    """What a member decided about promotional messages, with its evidence (Art. 7(1)).

    An empty purpose or channel means every one, also those to come: only an objection, withdrawal
    or unsubscribing can be as wide. `at` is when it was done, `recorded_at` when we learned of it.
    """

    append_only = True
    append_only_except = ("ip", "remark")
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="consent_events", verbose_name=_("member")
    )
    act = models.CharField(_("act"), max_length=20, choices=Act.choices)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices, blank=True)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices, blank=True)
    origin = models.CharField(_("origin"), max_length=20, choices=Origin.choices)
    surface = models.CharField(_("where"), max_length=10, choices=Surface.choices)
    language = models.CharField(_("language"), max_length=10)
    version = models.ForeignKey(
        DocumentVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document version"),
    )
    text_sha256 = models.CharField(_("fingerprint of the words"), max_length=64, blank=True)
    ip = models.CharField(_("truncated IP address"), max_length=45, blank=True)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    remark = models.TextField(_("why on behalf"), blank=True)
    key = models.CharField(_("idempotency key"), max_length=80, blank=True)
    entry = models.CharField(_("ledger entry"), max_length=60, blank=True)

    objects = OfMemberQuerySet["ConsentEvent"].as_manager()

    class Meta:
        verbose_name = _("consent event")
        verbose_name_plural = _("consent ledger")
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        permissions = [("record_on_behalf", "Can record a choice on a member’s behalf")]
        indexes = [models.Index(fields=["member", "at"], name="consent_of_member")]
        constraints = [
            models.CheckConstraint(condition=Q(act__in=Act.values), name="act_is_known"),
            models.CheckConstraint(
                condition=Q(purpose__in=["", *Purpose.values]), name="purpose_is_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["", *Channel.values]), name="channel_is_known"
            ),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="origin_is_known"),
            models.CheckConstraint(
                condition=~Q(act__in=sorted(SPECIFIC)) | (~Q(purpose="") & ~Q(channel="")),
                name="answer_is_about_one_purpose_and_channel",
            ),
            models.CheckConstraint(
                condition=~Q(act=Act.TERMS_ACCEPTED) | (_NO_PAIR & Q(version__isnull=False)),
                name="terms_are_accepted_and_nothing_else",
            ),
            models.CheckConstraint(
                condition=~Q(act__in=sorted(SPECIFIC)) | ~Q(origin=Origin.JOINING),
                name="joining_is_never_consent",
            ),
            models.CheckConstraint(
                condition=~Q(act__in=sorted(AFFIRMATIVE)) | ~Q(text_sha256=""),
                name="consent_names_its_words",
            ),
            models.CheckConstraint(
                condition=~Q(origin=Origin.SUPPORT) | Q(recorded_by__isnull=False),
                name="support_signs_what_it_records",
            ),
            models.UniqueConstraint(
                fields=["member", "key"], condition=~Q(key=""), name="one_consent_event_a_key"
            ),
            models.UniqueConstraint(
                fields=["member", "entry"],
                condition=~Q(entry=""),
                name="one_consent_event_a_ledger_entry",
            ),
        ]

    def __str__(self) -> str:
        return f"M-{self.member_id} {self.act} {self.purpose} {self.channel}"


class Preference(models.Model):
    """The latest act of a member on one purpose and channel: a projection of the ledger."""

    member = models.ForeignKey(
        Member, models.CASCADE, related_name="preferences", verbose_name=_("member")
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    act = models.CharField(_("act"), max_length=20, choices=Act.choices)
    allowed = models.BooleanField(_("allowed"))
    since = models.DateTimeField(_("since"))
    event = models.ForeignKey(ConsentEvent, models.PROTECT, related_name="+")

    objects = OfMemberQuerySet["Preference"].as_manager()

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        ordering: ClassVar[list[str]] = ["member", "channel", "purpose"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "purpose", "channel"], name="one_preference_a_purpose_and_channel"
            ),
            models.CheckConstraint(
                condition=Q(allowed=True, act__in=sorted(AFFIRMATIVE))
                | (Q(allowed=False) & ~Q(act__in=sorted(AFFIRMATIVE))),
                name="allowed_only_by_an_affirmative_act",
            ),
        ]

    def __str__(self) -> str:
        return f"M-{self.member_id} {self.purpose} {self.channel}"
