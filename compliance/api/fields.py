"""What values look like on the wire; what does not is refused before any service sees it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, StrictBool, StringConstraints
from pydantic.json_schema import WithJsonSchema

from consent.enums import Surface

LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"  # no control characters: names end up in mails and documents
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _moment(value: Any) -> Any:
    """A moment of RFC 3339, with its offset; numbers, dates and naive times are none."""
    if isinstance(value, datetime):  # ours, on its way out
        return value
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("not a moment with its offset, such as 2026-11-23T09:30:00Z")
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such moment") from None
    if not 1900 < moment.year < 2200:
        raise ValueError("there is no such moment in our time")
    return moment


# Where the product can show something.
Screen = Literal[Surface.MOBILE, Surface.DESKTOP, Surface.EMAIL]


class Wire(BaseModel, extra="forbid"):
    """An object of the API: fields it does not have are refused."""


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Number = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=LINE)]
ProductId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=LINE)]
Line = Annotated[str, StringConstraints(max_length=200, pattern=LINE)]
Text = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]
Address = Annotated[str, StringConstraints(max_length=254, pattern=LINE)]
Ip = Annotated[str, StringConstraints(max_length=45, pattern=LINE)]
Language = Annotated[
    str, StringConstraints(max_length=10, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?$")
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Slug = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9-]+$")]
Key = Annotated[int, Field(ge=1, le=2**53 - 1)]
Flag = StrictBool
