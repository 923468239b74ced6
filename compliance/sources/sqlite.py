"""SQLite's words. Moments are texts there, `2026-01-31T23:59:59.000000Z`, and sort like time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from compliance.sources.base import SeatKey
from compliance.sources.clauses import Clause
from compliance.sources.columns import Form, Kind
from compliance.sources.dialects import Statement, Types, whole


class SQLite:
    copies = False
    deletes_joined = False
    lock = ""

    def columns_of(self, table: str) -> Statement:
        sql = 'SELECT name, lower(type), NOT "notnull" FROM pragma_table_info(%s)'
        return sql, (table,)

    def references_to(self, table: str) -> Statement:
        sql = (
            'SELECT m.name, f.id, f."from", f."to" '
            "FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f "
            "WHERE m.type = 'table' AND lower(f.\"table\") = lower(%s) ORDER BY 1, 2, f.seq"
        )
        return sql, (table,)

    def fits(self, kind: Kind, type_: str) -> bool:
        stem, _, size = type_.partition("(")
        match kind.form:
            case Form.INTEGER:
                return "int" in stem
            case Form.TEXT:
                return any(word in stem for word in ("char", "text", "clob", "json", "uuid"))
            case Form.BOOLEAN:
                return stem in {"bool", "boolean"}
            case Form.DATETIME:
                return stem in {"text", "datetime", "timestamp", "timestamptz"}
            case Form.DATE:
                return stem in {"text", "date"}
            case Form.DECIMAL:
                scale = size.rstrip(")").partition(",")[2].strip() or "0"
                return stem in {"numeric", "decimal"} and (not size or scale == str(kind.scale))

    def owners(self, keys: Sequence[SeatKey], types: Types) -> Clause:
        pairs = [
            [_typed(part, type_) for part, type_ in zip((key.seat, key.member), types, strict=True)]
            for key in keys
        ]
        return Clause(
            "(SELECT json_extract(value, '$[0]') AS seat, json_extract(value, '$[1]') AS member "
            "FROM json_each(%s))",
            (json.dumps(pairs),),
        )

    def moment(self, when: datetime, type_: str) -> Clause:
        # Not strftime, which writes the year 999 in three digits.
        utc = when.astimezone(UTC).replace(tzinfo=None)
        return Clause("%s", (f"{utc.isoformat(timespec='microseconds')}Z",))

    def value(self, key: str, type_: str) -> Clause:
        return Clause("%s", (_typed(key, type_),))

    def cell(self, column: str, kind: Kind) -> str:
        match kind.form:
            case Form.BOOLEAN:
                return f"CASE WHEN {column} THEN 'true' WHEN NOT {column} THEN 'false' END"
            case Form.DECIMAL:
                digits = f"printf('%%.{kind.scale}f', {column})"
                return f"CASE WHEN {column} IS NOT NULL THEN {digits} END"
            case _:
                # Also keeps Django's converters away, which go by the column's declared type.
                return f"CAST({column} AS TEXT)"

    def ordered(self, column: str, type_: str) -> str:
        return column

    def listed(self, columns: Sequence[str]) -> str:
        row = columns[0] if len(columns) == 1 else f"json_array({', '.join(columns)})"
        return f"json_group_array({row})"

    def among(self, columns: Sequence[str], types: Sequence[str], lists: Sequence[str]) -> Clause:
        if len(columns) == 1:
            return Clause(f"{columns[0]} IN (SELECT value FROM json_each(%s))", (lists[0],))
        parts = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(len(columns)))
        return Clause(f"({', '.join(columns)}) IN (SELECT {parts} FROM json_each(%s))", (lists[0],))

    def differs(self, column: str, type_: str, value: object) -> Clause:
        return Clause(f"{column} IS NOT %s", (value,))

    def given(self, type_: str, value: object) -> Clause:
        return Clause("%s", (value,))


def _typed(key: str, type_: str) -> str | int:
    return whole(key) if "int" in type_ else key
