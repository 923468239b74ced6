from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DeskEvent(models.Model):
    """What happened on the desk beside single requests: lists taken away, chains verified.

    `data` holds codes, numbers and what a list was narrowed by; never a name or an address.
    """

    append_only = True
    at = models.DateTimeField(_("at"), default=timezone.now)
    action = models.CharField(_("action"), max_length=40)
    actor = models.CharField(_("by"), max_length=120)
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("desk event")
        verbose_name_plural = _("desk events")
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        indexes = [models.Index(fields=["at"], name="desk_event_at")]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"
