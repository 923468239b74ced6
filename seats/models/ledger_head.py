from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LedgerHead(models.Model):
    """A ledger entry this database knows of: written in the transaction the entry announces.

    Kept for the newest entry and those of the day before it. `seats.ledger` compares them with the
    storage: an entry there that took effect, and is not known here, means a restored database.
    """

    entry = models.CharField(_("entry"), max_length=60, unique=True)
    confirmed = models.BooleanField(_("confirmed in the storage"), default=False)

    class Meta:
        verbose_name = _("newest ledger entry")
        verbose_name_plural = _("newest ledger entries")

    def __str__(self) -> str:
        return self.entry
