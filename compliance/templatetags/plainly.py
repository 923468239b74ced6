"""How pages and e-mails say moments, days and codes to somebody who is not of the trade."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import dateformat, formats
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from compliance.enums import Refusal, RequestKind
from compliance.models import DataCategory, PrivacyRequest
from seats.models import Contract, masked

register = template.Library()
register.filter(masked)

# In full, for who reads one letter; the desk's own format is short (`config.formats`).
DAY_FORMATS = {"en": "j F Y"}
FIXED_SPACE = "\u00a0"


@register.filter
def day(value: date | None) -> str:
    """A day in full, "23 December 2026"; of a moment, its day where the company is."""
    if value is None:
        return ""
    language = get_language() or settings.LANGUAGE_CODE
    form = DAY_FORMATS.get(language) or formats.get_format("DATE_FORMAT", language)
    return dateformat.format(_local(value), form).replace(" ", FIXED_SPACE)


@register.filter
def iso_day(value: str) -> date | None:
    """A day as a mail's context holds it."""
    return date.fromisoformat(value) if value else None


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time where the company is; the page or letter says once where that is."""
    if value is None:
        return ""
    return _("%(day)s, %(time)s") % {"day": day(value), "time": f"{_local(value):%H:%M}"}


@register.filter
def day_tag(value: date | None) -> SafeString | str:
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', f"{_local(value):%Y-%m-%d}", day(value))


@register.filter
def moment_tag(value: datetime | None) -> SafeString | str:
    if value is None:
        return ""
    exactly = value.isoformat("T", "seconds")
    return format_html('<time datetime="{}">{}</time>', exactly, moment(value))


def _local(value: date) -> date:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(settings.CONTROLLER["time_zone"]))
    return value


@register.simple_tag
def place() -> str:
    """The place whose clock times go by, "Dublin"; "UTC" where none is set."""
    zone: str = settings.CONTROLLER["time_zone"]
    if "/" not in zone or zone.startswith("Etc/"):
        return "UTC"
    return zone.rsplit("/", 1)[-1].replace("_", " ")


@register.filter
def ground(code: str) -> str:
    """The words of a refusal's ground; an unknown code as it is."""
    return str(Refusal(code).label) if code in Refusal.values else code


@register.filter
def asked_for(request: PrivacyRequest) -> str:
    return _("Deletion of data") if request.kind == RequestKind.DELETION else _("A copy of data")


@register.filter
def about(request: PrivacyRequest) -> str:
    """The scope by its number, as a phrase."""
    said = _("Contract %(number)s") if request.whole_contract else _("Seat %(number)s")
    return said % {"number": request.subject}


@register.filter
def contract_named(contract: Contract) -> str:
    return _("Contract %(number)s") % {"number": contract.number}


@register.filter
def query_of(contract: Contract) -> str:
    """For links to more of the same contract's list."""
    return f"{urlencode({'contract': contract.number})}&"


@register.filter
def says(category: DataCategory, field: str) -> str:
    """A field of the registry in the active language."""
    return category.said(field)


@register.simple_tag
def fact(label: str, value: object) -> str:
    """A line of a letter in plain text. It is not escaped: nothing in such a letter is."""
    return _("%(label)s: %(value)s") % {"label": label, "value": value}


@register.filter
def fingerprint(digest: str) -> str:
    """64 hexadecimal digits in eight groups, as the documents print them."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


@register.filter
def grouped(number: int) -> str:
    """A count as the language groups its digits: 8,930."""
    return formats.number_format(number, use_l10n=True, force_grouping=True)


@register.filter
def direction(language: str) -> str:
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


@register.simple_tag
def absolute(name: str, *args: Any) -> str:
    """The whole address of one of our pages, for letters."""
    return settings.BASE_URL + reverse(name, args=args)
