from __future__ import annotations

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


def new_prefix() -> str:
    """By what a key is recognised in lists and logs; it opens nothing."""
    return secrets.token_hex(4)


class ApiKey(models.Model):
    """A key with which the product calls us. Of its secret we keep a digest.

    256 random bits are not found by trying, so a plain SHA-256 is enough. While a key is rotated
    the former secret holds too, until `former_until`.
    """

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("begins with"), max_length=16, unique=True, default=new_prefix)
    scopes = models.JSONField(_("opens"), default=list)
    secret_sha256 = models.CharField(max_length=64)
    former_sha256 = models.CharField(max_length=64, blank=True)
    former_until = models.DateTimeField(_("former secret holds until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_on = models.DateField(_("last used"), null=True, blank=True)

    history = HistoricalRecords(excluded_fields=["secret_sha256", "former_sha256", "last_used_on"])

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(former_sha256="", former_until=None)
                | (~models.Q(former_sha256="") & models.Q(former_until__isnull=False)),
                name="former_secret_has_an_end",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and (
            self.expires_at is None or self.expires_at > timezone.now()
        )


class RememberedCall(models.Model):
    """A call that named itself (`Idempotency-Key`), and what we answered: kept for a day.

    `answer` is empty while the call is under way.
    """

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="calls")
    name = models.CharField(_("idempotency key"), max_length=64)
    digest = models.CharField(_("fingerprint of the call"), max_length=64)
    answer = models.JSONField(_("answer"), default=dict, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("remembered call")
        verbose_name_plural = _("remembered calls")
        indexes = [models.Index(fields=["at"], name="call_to_forget")]
        constraints = [
            models.UniqueConstraint(fields=["key", "name"], name="one_remembered_call_a_name")
        ]

    def __str__(self) -> str:
        return f"{self.key_id} {self.name}"
