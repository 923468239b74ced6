"""How a cell is written: the same bytes whether a database wrote them (`postgresql.py`) or we.

CSV after RFC 4180: a cell is quoted when it holds a comma, a quote or a line end, or is empty;
NULL is nothing at all. JSON Lines are exact, one compact object a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring

from compliance.sources.columns import Form, Mask

Cell = str | None
Writer = Callable[[Iterable[Cell]], list[str]]
# A spreadsheet takes a cell that begins so for a formula, some even behind what they trim or take
# for a delimiter (OWASP "CSV Injection"; ASVS 1.2.10).
TRIMMED = " \t\r\n\u00a0\u200b\ufeff;,|\"'"
FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
# Of these, a NUL can only come from SQLite: PostgreSQL cannot hold one.
CONTROL = "\t\r\0"
_SUSPECT = frozenset(TRIMMED + FORMULA + CONTROL)
_dangerous = re.compile(
    f"[{re.escape(TRIMMED)}]*[{re.escape(FORMULA)}]|[{re.escape(CONTROL)}]"
).match
HIDDEN = "***"


def csv_text(cell: Cell) -> str:
    """A text as a cell of CSV, guarded: behind an apostrophe it is text to every spreadsheet."""
    if not cell:
        return "" if cell is None else '""'
    if cell[0] in _SUSPECT and _dangerous(cell):
        cell = f"'{cell}"
    if '"' in cell or "," in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def masked(cell: str, mask: Mask) -> str:
    local, at, domain = cell.rpartition("@")
    if mask is Mask.HIDE or not at:
        return HIDDEN
    return f"{local[:1].replace('@', '')}{HIDDEN}@{domain}"


def csv_writer(form: Form, mask: Mask | None) -> Writer:
    """Writes a column's cells. Numbers stay numbers: only texts are quoted, guarded, masked."""
    if form is not Form.TEXT:
        return lambda cells: [cell or "" for cell in cells]
    if mask is None:
        return lambda cells: [csv_text(cell) for cell in cells]
    return lambda cells: [csv_text(None if cell is None else masked(cell, mask)) for cell in cells]


def json_writer(form: Form, mask: Mask | None) -> Writer:
    match form:
        case Form.INTEGER | Form.BOOLEAN:
            return lambda cells: [cell or "null" for cell in cells]
        case Form.DECIMAL:
            return lambda cells: [_json_number(cell) for cell in cells]
    if mask is None:
        return lambda cells: ["null" if cell is None else encode_basestring(cell) for cell in cells]
    return lambda cells: [
        "null" if cell is None else encode_basestring(masked(cell, mask)) for cell in cells
    ]


def _json_number(cell: Cell) -> str:
    """NaN and infinity are no numbers to JSON."""
    if cell is None:
        return "null"
    return cell if cell[-1].isdigit() else f'"{cell}"'
