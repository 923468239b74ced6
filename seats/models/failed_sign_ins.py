from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FailedSignIn(models.Model):
    """A password that was wrong, kept for minutes, with keyed pseudonyms of where and for whom.

    In the database, because a cache may be one of each process, and a limit that every process
    counts for itself is as many times as high. `seats.services.staff_sign_in` writes and purges it.
    """

    account = models.CharField(max_length=64)
    network = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")
        indexes = [
            models.Index(fields=["account", "at"], name="failed_sign_in_account"),
            models.Index(fields=["network", "at"], name="failed_sign_in_network"),
            models.Index(fields=["at"], name="failed_sign_in_at"),
        ]

    def __str__(self) -> str:
        return f"{self.account[:8]} {self.at:%Y-%m-%d %H:%M}"
