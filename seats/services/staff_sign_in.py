"""How often a password may be wrong before the next one has to wait.

Counted by account and network together, so that nobody locks a colleague out from elsewhere: their
right password, from where they sit, still works. Beside that a network may not try many accounts,
and no account is tried more than a hundred times in a row from wherever (NIST SP 800-63B, 5.2.2).
Nothing is locked for longer than `WINDOW`, and an unknown name is counted like a known one.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from seats import keys
from seats.models import FailedSignIn

WINDOW = timedelta(minutes=15)
OF_BOTH = 5  # on one account from one network
OF_NETWORK = 30  # from one network, on any account
OF_ACCOUNT = 100  # on one account, from anywhere


class TooMany(Exception):
    """Not looked at: the password may be right. `wait` is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try under way, counted as a failure until it succeeds."""

    row: FailedSignIn

    def succeeded(self) -> None:
        """Forget what went wrong from here on this account."""
        FailedSignIn.objects.filter(account=self.row.account, network=self.row.network).delete()


def attempt(username: str, address: str) -> Attempt:
    """Count a try before its password is looked at. Raises TooMany.

    The row comes first and is counted with the others: of many at once, none slips through between
    looking and counting, in whatever process.
    """
    now = timezone.now()
    row = FailedSignIn.objects.create(
        account=keys.pseudonym("staff account", unicodedata.normalize("NFKC", username).casefold()),
        network=keys.pseudonym("network", network_of(address)),
        at=now,
    )
    recent = FailedSignIn.objects.filter(at__gt=now - WINDOW).exclude(pk=row.pk)
    of_account, of_network = recent.filter(account=row.account), recent.filter(network=row.network)
    waits = (
        _wait(of_account.filter(network=row.network), OF_BOTH),
        _wait(of_network, OF_NETWORK),
        _wait(of_account, OF_ACCOUNT),
    )
    if wait := max(waits):
        row.delete()  # a refused try makes nobody wait longer
        raise TooMany(wait)
    return Attempt(row)


def _wait(failures: QuerySet[FailedSignIn], most: int) -> int:
    """Seconds until fewer than `most` of them are recent; 0 when that is so now."""
    nth = failures.order_by("-at").values_list("at", flat=True)[most - 1 : most].first()
    if nth is None:
        return 0
    return max(1, int((nth + WINDOW - timezone.now()).total_seconds()) + 1)


def network_of(address: str) -> str:
    """The address, or of IPv6 its /64: who has one has 2^64 of them."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def due() -> QuerySet[FailedSignIn]:
    """What no longer counts."""
    return FailedSignIn.objects.filter(at__lte=timezone.now() - WINDOW)


def purge() -> int:
    """Delete it; how many rows."""
    return due().delete()[0]
