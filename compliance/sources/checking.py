"""Holds a table's declaration against the live database: what is wrong, as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections

from compliance.sources.clauses import Clause, joined
from compliance.sources.columns import Form, Mask
from compliance.sources.declared import (
    Anonymise,
    AsParent,
    ContractColumn,
    Declared,
    LicenceTable,
    OwnColumns,
    Retain,
    ThroughLinks,
    ThroughParent,
    names,
)
from compliance.sources.live import LiveTable, SchemaMismatch, here, look
from compliance.sources.pointing import constraints, foreign_keys, index, match, pointers
from compliance.sources.product import ALIAS, fetched

# Moments as SQLite must keep them: sorted as texts, they are in the order of time.
MOMENT = "____-__-__T__:__:__.______Z"


def check_database() -> list[str]:
    """What is wrong with the product's database as such."""
    if connections[ALIAS].vendor != "postgresql":
        return []
    ((encoding,),) = fetched(Clause("SHOW server_encoding"))
    return [] if encoding == "UTF8" else [f"The product's database is in {encoding}, not in UTF8."]


def check(table: Declared) -> list[str]:
    """Raises what the database raises when it is away: whatever else is wrong is a sentence."""
    try:
        live = look(table.name)
    except SchemaMismatch as mismatch:
        return [str(mismatch)]
    wrong: list[str] = []
    for part in (_columns, _keys, _owner, _contract, _rules, pointers, foreign_keys):
        try:
            wrong += [f"{table.name}{sentence}" for sentence in part(table, live)]
        except SchemaMismatch as mismatch:
            wrong.append(str(mismatch))
    return list(dict.fromkeys(wrong))


def _columns(table: Declared, live: LiveTable) -> Iterator[str]:
    for name, kind in table.columns.items():
        if not here().fits(kind, live.type(name)):
            form = f"decimal({kind.scale})" if kind.form is Form.DECIMAL else kind.form
            yield f".{name} is declared {form}, but it is {live.type(name)}."
    for name in sorted(live.columns.keys() - table.columns.keys() - table.left_out):
        yield f".{name} is not in the map: declare it, or leave it out on purpose."
    for name, mask in table.masks.items():
        if mask not in set(Mask):
            yield f".{name} has a mask that does not exist: “{mask}”."
        if name not in table.columns or table.columns[name].form is not Form.TEXT:
            yield f".{name} is masked, but it is no text in the export."
    if connections[ALIAS].vendor == "sqlite":
        yield from _moments(table, live)


def _moments(table: Declared, live: LiveTable) -> Iterator[str]:
    names = [name for name, kind in table.columns.items() if kind.form is Form.DATETIME]
    columns = [live.column(name) for name in names]
    odd = joined(" OR ", (Clause(f"{column} NOT LIKE %s", (MOMENT,)) for column in columns))
    if names and fetched(Clause(f"SELECT 1 FROM {live.sql} AS t WHERE") + odd + "LIMIT 1"):
        yield (
            f" has moments in {', '.join(names)} that are not like 2026-01-31T23:59:59.000000Z: "
            "neither compared with a cut-off nor exported rightly."
        )


def _keys(table: Declared, live: LiveTable) -> Iterator[str]:
    for name in (*table.pk, table.created):
        if name not in table.columns:
            yield f".{name} is a key or the created column: it must be among the columns."
    if table.created in table.columns and table.columns[table.created].form is not Form.DATETIME:
        yield f".{table.created} is no moment: a cut-off cannot be held against it."
    if live.nullable(table.created):
        yield f".{table.created} may be NULL: such a row would never be in a scope."
    yield from _primary(table)
    if isinstance(table.owner, ThroughLinks) and len(table.pk) > 1:
        yield " is linked to seats, so its key must be a single column."


def _primary(table: Declared) -> Iterator[str]:
    primary = [
        constraint["columns"]
        for constraint in constraints(table.name).values()
        if constraint["primary_key"] or constraint["unique"]
    ]
    if list(table.pk) not in primary:
        yield f" has no primary key of {', '.join(table.pk)}."


def _owner(table: Declared, live: LiveTable) -> Iterator[str]:
    match table.owner:
        case OwnColumns(seat, member):
            for name in (seat, member):
                if live.nullable(name):
                    yield f".{name} may be NULL: such a row would belong to nobody."
            yield from index(table.name, (seat, member))
        case ThroughParent(parent, column):
            for name in names(column):
                if live.nullable(name):
                    yield f".{name} may be NULL: such a row would belong to nobody."
            yield from index(table.name, names(column))
            yield from match(table.name, column, parent.name, parent.pk)
            # It may be in no map by itself.
            yield from (f": {parent.name}{wrong}" for wrong in _primary(parent))
            yield from (f": {parent.name}{wrong}" for wrong in _owner(parent, look(parent.name)))
            yield from (f": {parent.name}{wrong}" for wrong in _contract(parent, look(parent.name)))
        case ThroughLinks(links, column, used_by):
            if not isinstance(links.owner, OwnColumns):
                yield f" is linked by {links.name}, which does not name the seat itself."
            look(links.name).type(column)
            yield from index(links.name, (column,))
            if not isinstance(table.contract, ContractColumn):
                yield " is shared between seats, so it must name its contract itself."
            for user, pointing in used_by:
                look(user.name).type(pointing)
                if not isinstance(user.owner, ThroughLinks):
                    yield f" is used by {user.name}, which is not reached through links."


def _contract(table: Declared, live: LiveTable) -> Iterator[str]:
    if isinstance(table.owner, ThroughParent):
        return
    match table.contract:
        case ContractColumn(column):
            if live.nullable(column):
                yield f".{column} may be NULL: such a row would belong to no contract."
            yield from index(table.name, (column,))
        case LicenceTable(licences, key, contract):
            names = look(licences)
            names.type(key)
            names.type(contract)
            yield from index(licences, (contract,))


def _rules(table: Declared, live: LiveTable) -> Iterator[str]:
    fixed = {*table.pk, table.created}
    if isinstance(table.owner, OwnColumns):
        fixed |= {table.owner.seat, table.owner.member}
    if isinstance(table.owner, ThroughParent):
        fixed |= {*names(table.owner.column)}
    match table.erasure:
        case Anonymise(values):
            for name, value in values.items():
                if name in fixed:
                    yield f".{name} is a key: it cannot be anonymised and found again."
                if not live.nullable(name) and value is None:
                    yield f".{name} cannot be anonymised to NULL: it may not be NULL."
        case Retain(where):
            for name in where:
                live.type(name)
        case AsParent() if table.keeper is table:
            yield " stays as its parent does, but it has none."
        case AsParent() if isinstance(table.keeper.erasure, Anonymise):
            yield " stays as its parent does, which is anonymised: say what becomes of its columns."
    if isinstance(table.erasure, Anonymise | Retain) and not table.erasure.ground:
        yield " keeps rows without a ground."
