"""Holds a table's declaration against the live database: what is wrong, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from django.db import connections

from compliance.sources.clauses import Clause, joined
from compliance.sources.columns import Form, Mask
from compliance.sources.declared import (
    Anonymise,
    AsParent,
    Child,
    Columns,
    ContractColumn,
    Declared,
    LicenceTable,
    OwnColumns,
    Reference,
    Retain,
    ThroughLinks,
    ThroughParent,
    names,
)
from compliance.sources.erasing import emptied_of
from compliance.sources.live import LiveTable, SchemaMismatch, here, look
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
    for part in (_columns, _keys, _owner, _contract, _rules, _pointers, _foreign_keys):
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
        for constraint in _constraints(table.name).values()
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
            yield from _index(table.name, (seat, member))
        case ThroughParent(parent, column):
            for name in names(column):
                if live.nullable(name):
                    yield f".{name} may be NULL: such a row would belong to nobody."
            yield from _index(table.name, names(column))
            yield from _match(table.name, column, parent.name, parent.pk)
            # It may be in no map by itself.
            yield from (f": {parent.name}{wrong}" for wrong in _primary(parent))
            yield from (f": {parent.name}{wrong}" for wrong in _owner(parent, look(parent.name)))
            yield from (f": {parent.name}{wrong}" for wrong in _contract(parent, look(parent.name)))
        case ThroughLinks(links, column, used_by):
            if not isinstance(links.owner, OwnColumns):
                yield f" is linked by {links.name}, which does not name the seat itself."
            look(links.name).type(column)
            yield from _index(links.name, (column,))
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
            yield from _index(table.name, (column,))
        case LicenceTable(licences, key, contract):
            names = look(licences)
            names.type(key)
            names.type(contract)
            yield from _index(licences, (contract,))


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


def _pointers(table: Declared, live: LiveTable) -> Iterator[str]:
    pointing = _pointing(table.name, table.pk, table.references, table.children)
    yield from (f": {wrong}" for wrong in pointing)
    for orphan in table.orphans:
        live.type(orphan.column)
        look(orphan.table).type(orphan.created or orphan.pk)
        yield from _index(table.name, (orphan.column,))
        known = {(name, (column,)) for name, column in orphan.used_by}
        known.add((table.name, (orphan.column,)))
        for name, columns in sorted(_references_to(orphan.table, (orphan.pk,)) - known):
            listed = ", ".join(columns)
            yield f": {name}.{listed} keeps rows of {orphan.table} alive and is not declared."


def _pointing(
    target: str, key: Sequence[str], references: Sequence[Reference], children: Sequence[Child]
) -> Iterator[str]:
    pointers: tuple[Reference | Child, ...] = (*references, *children)
    for pointer in pointers:
        live = look(pointer.table)
        for name in (*names(pointer.pk), *names(pointer.column)):
            live.type(name)
        columns = names(pointer.column)
        yield from (f"{pointer.table}{wrong}" for wrong in _index(pointer.table, columns))
        yield from (
            f"{pointer.table}{wrong}" for wrong in _match(pointer.table, columns, target, key)
        )
        if isinstance(pointer, Reference):
            try:
                emptied_of(live, pointer)
            except SchemaMismatch as mismatch:
                yield str(mismatch)
    for child in children:
        pk = names(child.pk)
        yield from _pointing(child.table, pk, child.references, child.children)
        yield from _undeclared(child.table, pk, child.references, child.children)


def _match(table: str, columns: Columns, target: str, key: Sequence[str]) -> Iterator[str]:
    """Nothing, when the columns point at the key's: as many, and in the order of the foreign key
    that they are, if they are one."""
    declared = names(columns)
    if len(declared) != len(key):
        yield f".{', '.join(declared)} must name as many columns as the key {', '.join(key)}."
        return
    for name, pointing in sorted(_references_to(target, key)):
        if name == table and set(pointing) == set(declared) and pointing != declared:
            yield f".{', '.join(declared)} must be in the order {', '.join(pointing)}."


def _foreign_keys(table: Declared, live: LiveTable) -> Iterator[str]:
    undeclared = _undeclared(table.name, table.pk, table.references, table.children)
    yield from (f": {wrong}" for wrong in undeclared)


def _undeclared(
    name: str, key: Sequence[str], references: Sequence[Reference], children: Sequence[Child]
) -> Iterator[str]:
    pointers: tuple[Reference | Child, ...] = (*references, *children)
    declared = {(pointer.table, names(pointer.column)) for pointer in pointers}
    for table, columns in sorted(_references_to(name, key) - declared):
        yield (
            f"{table}.{', '.join(columns)} points at {name}, which is erased, and is declared "
            "neither a reference nor a child of it."
        )


def _references_to(name: str, key: Sequence[str]) -> set[tuple[str, tuple[str, ...]]]:
    """The tables and columns of foreign keys that point here, in the order of this table's key."""
    rows = fetched(Clause(*here().references_to(name)))
    found = set()
    for (table, _), columns in groupby(rows, lambda row: row[:2]):
        pairs = [(column, target) for _, _, column, target in columns]
        if {target for _, target in pairs} == set(key):
            pairs.sort(key=lambda pair: key.index(pair[1]))
        found.add((table, tuple(column for column, _ in pairs)))
    return found


def _constraints(table: str) -> Mapping[str, Mapping[str, object]]:
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        return dict(connection.introspection.get_constraints(cursor, table))


def _index(table: str, columns: Sequence[str]) -> Iterator[str]:
    """Nothing, when some index begins with these columns, in whatever order."""
    for constraint in _constraints(table).values():
        listed = constraint["columns"]
        serves = constraint["index"] or constraint["unique"] or constraint["primary_key"]
        if serves and isinstance(listed, list) and set(listed[: len(columns)]) == set(columns):
            return
    yield f" has no index that begins with {', '.join(columns)}: whole tables would be read."
