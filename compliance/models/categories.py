from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from compliance.enums import DataRole, ExportRule


class DataCategory(models.Model):
    """A kind of data the product keeps, with what Art. 15(1) and Art. 30 ask to be known of it."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"))
    export = models.CharField(_("export"), max_length=20, choices=ExportRule.choices)
    deletable = models.BooleanField(_("deletable"), default=True)
    role = models.CharField(_("role"), max_length=20, choices=DataRole.choices)
    purpose = models.TextField(_("purpose"))
    source = models.TextField(_("source"))
    recipients = models.TextField(
        _("recipients"), blank=True, help_text=_("By name, one a line (Art. 15(1)(c), C-154/21).")
    )
    retention = models.TextField(_("retention"))
    decisions = models.TextField(_("automated decisions"))
    safeguards = models.TextField(_("transfers and safeguards"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("data category")
        verbose_name_plural = _("data categories")
        ordering: ClassVar[list[str]] = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug

    def said(self, field: str) -> str:
        """A field's words in the active language; the seed's own are in the catalogues."""
        value: str = getattr(self, field)
        return gettext(value) if value else ""
