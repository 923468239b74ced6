from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from consent.enums import AtEnd
from consent.models.documents import DocumentVersion
from consent.querysets import AgreementQuerySet, CertificationQuerySet, SubProcessorQuerySet
from seats.models import Contract


class Certification(models.Model):
    """What somebody else checked about us, and the file that proves it."""

    name = models.CharField(_("name"), max_length=120)
    meaning = models.CharField(_("in plain words"), max_length=200, blank=True)
    issuer = models.CharField(_("issuer"), max_length=120)
    number = models.CharField(_("number"), max_length=80, blank=True)
    scope = models.TextField(_("scope"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    file_name = models.CharField(_("evidence"), max_length=200, blank=True, editable=False)
    file_sha256 = models.CharField(_("its SHA-256"), max_length=64, blank=True, editable=False)
    is_public = models.BooleanField(_("on the trust page"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = CertificationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        ordering: ClassVar[list[str]] = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")),
                name="certification_ends_after_it_begins",
                violation_error_message=_("The last day is before the first."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class SubProcessor(models.Model):
    """A company that processes data for us, as the data processing agreement lists (Art. 28(2))."""

    name = models.CharField(_("name"), max_length=120)
    service = models.CharField(_("what it does for us"), max_length=200)
    place = models.CharField(_("where"), max_length=120)
    safeguards = models.CharField(_("safeguards"), max_length=200, blank=True)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = SubProcessorQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("sub-processor")
        verbose_name_plural = _("sub-processors")
        ordering: ClassVar[list[str]] = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=models.F("since")),
                name="sub_processor_ends_after_it_begins",
                violation_error_message=_("The last day is before the first."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Agreement(models.Model):
    """Which version of the data processing agreement a contract was asked to sign, and signed."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="agreements", verbose_name=_("contract")
    )
    version = models.ForeignKey(
        DocumentVersion, models.PROTECT, related_name="agreements", verbose_name=_("version")
    )
    asked_at = models.DateTimeField(_("asked"), null=True, blank=True)
    signed_on = models.DateField(_("signed"), null=True, blank=True)
    signed_by = models.CharField(
        _("signed by"), max_length=200, blank=True, help_text=_("Name and function.")
    )
    evidence = models.CharField(
        _("signed paper"),
        max_length=200,
        blank=True,
        help_text=_("Where it is kept: a file number, such as LEGAL-2026-0417."),
    )
    at_end = models.CharField(
        _("at the end"), max_length=10, choices=AtEnd.choices, default=AtEnd.DELETE
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded"), auto_now=True)

    objects = AgreementQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["signed_by"])

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering: ClassVar[list[str]] = ["contract", "-version__number"]
        permissions = [("ask_agreement", "Can ask a contract to sign")]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "version"], name="one_agreement_a_contract_and_version"
            ),
            models.CheckConstraint(
                condition=(Q(signed_on=None) & Q(signed_by=""))
                | (Q(signed_on__isnull=False) & ~Q(signed_by="")),
                name="signed_on_and_by",
                violation_error_message=_("Say who signed, and when."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.version_id}"
