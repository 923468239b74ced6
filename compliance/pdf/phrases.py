from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.template.defaultfilters import filesizeformat
from django.utils import dateformat, formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# In full; the desk's own format is short (`config.formats`).
DAY_FORMATS = {"en": "j F Y"}
SPACE, FIXED_SPACE = " ", "\u00a0"
NONE = "–"


class Fact(NamedTuple):
    """A name and what stands beside it, a line each; `strong` comes last, in bold."""

    label: str
    lines: list[str]
    strong: str = ""


class Phrases:
    """How one document writes moments, days, counts and sizes: in its language and time zone.

    To be used while that language is active.
    """

    def __init__(self, *, language: str, time_zone: str, issued_at: str) -> None:
        self.language = language
        self.time_zone = time_zone
        self.zone = ZoneInfo(time_zone)
        self.issued_at = issued_at

    def day(self, value: str) -> str:
        """A day ("2026-12-23") or the day of a moment, in full."""
        when = self._local(value) if "T" in value else date.fromisoformat(value)
        form = DAY_FORMATS.get(self.language) or formats.get_format("DATE_FORMAT", self.language)
        return dateformat.format(when, form).replace(SPACE, FIXED_SPACE)

    def moment(self, value: str) -> str:
        """Day and time; with the distance from UTC where it is not that of the day of issue."""
        said = self._day_and_time(value)
        if self._offset(value) == self._offset(self.issued_at):
            return said
        return f"{said}{FIXED_SPACE}({self._offset(value)})"

    def exactly(self, value: str) -> str:
        """Day and time, always with the distance from UTC."""
        return f"{self._day_and_time(value)}{FIXED_SPACE}({self._offset(value)})"

    def span(self, start: str, end: str) -> str:
        """From moment to moment; the day is said once where it is the same."""
        same = self.day(start) == self.day(end) and self._offset(start) == self._offset(end)
        last = f"{self._local(end):%H:%M}" if same else self.moment(end)
        return _("%(start)s to %(end)s") % {"start": self.moment(start), "end": last}

    def issued(self) -> str:
        """When, where and in what time the document was issued: what its other times go by."""
        said = {
            "moment": self._day_and_time(self.issued_at),
            "offset": self._offset(self.issued_at),
        }
        if "/" not in self.time_zone or self.time_zone.startswith("Etc/"):
            return _("issued %(moment)s (%(offset)s)") % said
        said["place"] = self.time_zone.rsplit("/", 1)[-1].replace("_", " ")
        return _("issued %(moment)s in %(place)s (%(offset)s)") % said

    def count(self, number: int) -> str:
        return formats.number_format(number, use_l10n=True, force_grouping=True)

    def size(self, octets: int) -> str:
        return filesizeformat(octets)

    def listing(self, names: Iterable[str]) -> str:
        return ", ".join(names)

    def seats(self, number: int) -> str:
        said = ngettext("%(count)s seat", "%(count)s seats", number)
        return said.replace(SPACE, FIXED_SPACE) % {"count": self.count(number)}

    def _local(self, value: str) -> datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(self.zone)

    def _day_and_time(self, value: str) -> str:
        said = {"day": self.day(value), "time": f"{self._local(value):%H:%M}"}
        return _("%(day)s, %(time)s") % said

    def _offset(self, value: str) -> str:
        ahead = self._local(value).utcoffset() or timedelta()
        minutes = round(ahead.total_seconds() / 60)
        if not minutes:
            return "UTC"
        hours, rest = divmod(abs(minutes), 60)
        sign = "+" if minutes > 0 else "−"
        return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")
