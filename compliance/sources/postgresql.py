"""PostgreSQL's words, and the cells that COPY writes: the same as `cells.py`, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.sources.base import Format, SeatKey
from compliance.sources.cells import CONTROL, FORMULA, HIDDEN, TRIMMED
from compliance.sources.clauses import Clause
from compliance.sources.columns import Form, Kind, Mask
from compliance.sources.dialects import WHOLE, Statement, Types, whole

TEXTS = {"text", "character varying", "citext", "name", "json", "jsonb", "uuid", "character"}
COLLATED = {"text", "bpchar", "citext"}
MOMENTS = {"timestamp with time zone", "timestamp without time zone"}


class PostgreSQL:
    copies = True
    deletes_joined = True
    lock = "FOR UPDATE OF t"

    def columns_of(self, table: str) -> Statement:
        sql = (
            "SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute "
            "WHERE attrelid = to_regclass(quote_ident(%s)) AND attnum > 0 AND NOT attisdropped "
            "ORDER BY attnum"
        )
        return sql, (table,)

    def references_to(self, table: str) -> Statement:
        sql = (
            "SELECT r.relname, c.oid, a.attname, b.attname FROM pg_constraint AS c "
            "JOIN pg_class AS r ON r.oid = c.conrelid "
            "CROSS JOIN unnest(c.conkey, c.confkey) WITH ORDINALITY AS k(here, there, place) "
            "JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.here "
            "JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = k.there "
            "WHERE c.contype = 'f' AND c.confrelid = to_regclass(quote_ident(%s)) "
            "ORDER BY 1, 2, k.place"
        )
        return sql, (table,)

    def fits(self, kind: Kind, type_: str) -> bool:
        match kind.form:
            case Form.INTEGER:
                return type_ in WHOLE
            case Form.TEXT:
                return _stem(type_) in TEXTS
            case Form.BOOLEAN:
                return type_ == "boolean"
            case Form.DATETIME:
                return _stem(type_) in MOMENTS
            case Form.DATE:
                return type_ == "date"
            case Form.DECIMAL:
                return type_.startswith("numeric(") and type_.endswith(f",{kind.scale})")

    def owners(self, keys: Sequence[SeatKey], types: Types) -> Clause:
        lists = ([key.seat for key in keys], [key.member for key in keys])
        values = tuple(
            [whole(part) for part in parts] if type_ in WHOLE else parts
            for parts, type_ in zip(lists, types, strict=True)
        )
        arrays = ", ".join(f"%s::{_array(type_)}[]" for type_ in types)
        return Clause(f"(SELECT * FROM unnest({arrays}) AS key(seat, member))", values)

    def moment(self, when: datetime, type_: str) -> Clause:
        if "without" in type_:
            return Clause("(%s::timestamptz AT TIME ZONE 'UTC')", (when,))
        return Clause("%s::timestamptz", (when,))

    def value(self, key: str, type_: str) -> Clause:
        return Clause(f"%s::{_array(type_)}", (whole(key) if type_ in WHOLE else key,))

    def cell(self, column: str, kind: Kind) -> str:
        """The session's time zone is UTC, and its dates are in ISO's style (`reading.py`)."""
        if kind.form is Form.DATETIME:
            # to_char knows no infinity.
            written = f'to_char({column}, \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')'
            return f"COALESCE({written}, {column}::text)"
        return f"{column}::text"

    def exported(self, column: str, kind: Kind, mask: Mask | None, fmt: Format) -> str:
        """A column as COPY shall write it: masked, and for CSV guarded; cheap for most cells."""
        match kind.form:
            case Form.TEXT:
                text = f"{column}::text"
                shown = text if mask is None else _masked(text, mask)
                return _guarded(shown, text) if fmt is Format.CSV else shown
            case Form.DATETIME:
                return self.cell(column, kind)
            case Form.BOOLEAN if fmt is Format.CSV:
                return self.cell(column, kind)
            case _:
                return column

    def ordered(self, column: str, type_: str) -> str:
        return f'{column} COLLATE "C"' if _array(type_) in COLLATED else column

    def listed(self, columns: Sequence[str]) -> str:
        return ", ".join(f"array_agg({column})::text" for column in columns)

    def among(self, columns: Sequence[str], types: Sequence[str], lists: Sequence[str]) -> Clause:
        arrays = [f"%s::{_array(type_)}[]" for type_ in types]
        if len(columns) == 1:
            return Clause(f"{columns[0]} = ANY({arrays[0]})", tuple(lists))
        rows = f"SELECT * FROM unnest({', '.join(arrays)})"
        return Clause(f"({', '.join(columns)}) IN ({rows})", tuple(lists))

    def differs(self, column: str, type_: str, value: object) -> Clause:
        return Clause(f"{column} IS DISTINCT FROM") + self.given(type_, value)

    def given(self, type_: str, value: object) -> Clause:
        return Clause(f"%s::{type_}", (value,))


def _stem(type_: str) -> str:
    """A type without its modifier, which the time types have in the middle."""
    head, _, rest = type_.partition("(")
    return head + rest.partition(")")[2]


def _array(type_: str) -> str:
    stem = _stem(type_)
    if stem in WHOLE:
        return "bigint"
    return {"character varying": "text", "character": "bpchar"}.get(stem, stem)


def _masked(text: str, mask: Mask) -> str:
    if mask is Mask.HIDE:
        return f"CASE WHEN {text} IS NOT NULL THEN '{HIDDEN}' END"
    domain = f"'{HIDDEN}@' || split_part({text}, '@', -1)"
    return (
        f"CASE strpos({text} COLLATE \"C\", '@') WHEN 0 THEN '{HIDDEN}' WHEN 1 THEN {domain} "
        f"ELSE left({text}, 1) || {domain} END"
    )


def _guarded(shown: str, text: str) -> str:
    """The expression alone doubles an export's time. So the first byte decides for most cells:
    letters, then scripts other than Latin, then digits. What masking leaves begins as before.

    Of the bytes from 0xC3 on, only E2 (U+2xxx) and EF (U+Fxxx) have characters to look at.
    """
    byte = f'({text})::"char"'
    general, full = 'chr(8192)::"char"', 'chr(65280)::"char"'
    return (
        f"CASE WHEN {byte} >= 'A' AND {byte} < '|' THEN {shown} "
        f'WHEN {byte} >= chr(192)::"char" AND {byte} <> {general} AND {byte} <> {full} '
        f"THEN {shown} "
        f"WHEN {byte} >= '0' AND {byte} < ';' THEN {shown} "
        f"WHEN {shown} ~ {_PATTERN} THEN '''' || {shown} ELSE {shown} END"
    )


def _escaped(characters: str) -> str:
    return "".join(f"\\\\u{ord(character):04x}" for character in characters if character != "\0")


_PATTERN = f"E'^[{_escaped(TRIMMED)}]*[{_escaped(FORMULA)}]|^[{_escaped(CONTROL)}]'"
