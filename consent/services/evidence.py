"""What proves an act: where, in which words, from which network. Never more than that takes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.enums import Origin, Surface
from consent.models import Wording
from consent.services.documents import fingerprint
from seats.models import StaffUser
from seats.services.errors import BadInput

SKEW = timedelta(minutes=5)  # what a device's clock may be ahead
LONGEST_LANGUAGE = 10
LONGEST_KEY = 80
_KEPT_BITS = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a choice reached us.

    `text` is the question in the words and language the member saw, or was asked in by support: it
    is kept for good, so what a person wrote or said belongs into `remark`. `at` (aware) is when it
    was done, by default now; `key` makes a repetition harmless. For what staff record on behalf,
    `recorded_by` and `remark` (the reason) are due. Raises BadInput for what cannot be kept.
    """

    origin: Origin
    surface: Surface
    language: str
    text: str = ""
    ip: str = field(default="", repr=False)
    at: datetime | None = None
    key: str = ""
    recorded_by: StaffUser | None = None
    remark: str = ""

    def __post_init__(self) -> None:
        if not 1 < len(self.language) <= LONGEST_LANGUAGE:
            raise BadInput(_("Name the language of the words, such as “en”."))
        if len(self.key) > LONGEST_KEY:
            raise BadInput(_("An idempotency key has at most 80 characters."))
        if any("\0" in said for said in (self.text, self.remark, self.key, self.language)):
            raise BadInput(_("A text cannot hold the character NUL."))

    @property
    def text_sha256(self) -> str:
        return fingerprint(self.text) if self.text else ""


def truncated(ip: str) -> str:
    """The network an address is in (/24, of IPv6 /48); "" for what is no address."""
    try:
        address = ipaddress.ip_address(ip.strip().partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    bits = _KEPT_BITS[address.version]
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False).network_address)


def moment(claimed: datetime | None) -> datetime:
    """When it was done, by a clock that may not be ours. Raises BadInput for the future."""
    now = timezone.now()
    if claimed is None:
        return now
    if claimed > now + SKEW:
        raise BadInput(_("That moment is in the future: check the clock of the device."))
    return min(claimed, now)


def keep_words(texts: Iterable[str]) -> None:
    """Keep each text once, so that it can be shown again under its fingerprint."""
    rows = {fingerprint(text): text for text in texts if text}
    Wording.objects.bulk_create(
        [Wording(sha256=sha256, text=text) for sha256, text in rows.items()], ignore_conflicts=True
    )
