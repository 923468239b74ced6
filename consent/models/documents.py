from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from consent.enums import Audience, DocumentKind
from consent.querysets import DocumentQuerySet, VersionQuerySet


class Document(models.Model):
    """A text people are told, confirm or sign (Art. 12-14, 28); what it says is in its versions."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=DocumentKind.choices)
    audience = models.CharField(_("audience"), max_length=20, choices=Audience.choices)
    binding_language = models.CharField(
        _("binding language"),
        max_length=10,
        default="en",
        help_text=_("The version that counts, and the one for readers of other languages."),
    )

    objects = DocumentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering: ClassVar[list[str]] = ["kind", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="document_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(audience__in=Audience.values), name="document_audience_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=DocumentKind.DPA) | Q(audience=Audience.CONTRACTS),
                name="contracts_sign_the_dpa",
                violation_error_message=_("A data processing agreement concerns contracts."),
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class DocumentVersion(models.Model):
    """One version in one language: a draft until it is published, then the same for ever.

    `text_sha256` is of the text's UTF-8. All languages of a number have the same date and are
    material or not together.
    """

    append_only = True
    append_only_from = "published_at"
    document = models.ForeignKey(Document, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=10)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(
        _("in short"), blank=True, help_text=_("The points to know, one a line.")
    )
    text = models.TextField(_("text"))
    text_sha256 = models.CharField(_("fingerprint"), max_length=64)
    change_summary = models.TextField(_("what changed"), blank=True)
    material = models.BooleanField(
        _("material"),
        default=False,
        help_text=_("Everyone concerned is asked to confirm again."),
    )
    effective_on = models.DateField(_("effective"), null=True, blank=True)
    drafted_at = models.DateTimeField(_("drafted"), auto_now_add=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("document version")
        verbose_name_plural = _("document versions")
        ordering: ClassVar[list[str]] = ["document", "-number", "language"]
        permissions = [
            ("publish_documentversion", "Can publish a version"),
            ("remind_documentversion", "Can remind who has not confirmed a version"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number", "language"], name="one_text_a_version_and_language"
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(effective_on__isnull=False),
                name="published_version_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | ~Q(number=1) | Q(material=True),
                name="first_version_is_material",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number} {self.language}"

    @property
    def points(self) -> list[str]:
        return [line.strip() for line in self.summary.splitlines() if line.strip()]
