"""What points at what: foreign keys, their columns' order, and the indexes that find them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from django.db import connections

from compliance.sources.clauses import Clause
from compliance.sources.declared import Child, Columns, Declared, Reference, names
from compliance.sources.erasing import emptied_of
from compliance.sources.live import LiveTable, SchemaMismatch, here, look
from compliance.sources.product import ALIAS, fetched


def pointers(table: Declared, live: LiveTable) -> Iterator[str]:
    pointing = _pointing(table.name, table.pk, table.references, table.children)
    yield from (f": {wrong}" for wrong in pointing)
    for orphan in table.orphans:
        live.type(orphan.column)
        look(orphan.table).type(orphan.created or orphan.pk)
        yield from index(table.name, (orphan.column,))
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
        yield from (f"{pointer.table}{wrong}" for wrong in index(pointer.table, columns))
        yield from (
            f"{pointer.table}{wrong}" for wrong in match(pointer.table, columns, target, key)
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


def match(table: str, columns: Columns, target: str, key: Sequence[str]) -> Iterator[str]:
    """Nothing, when the columns point at the key's: as many, and in the order of the foreign key
    that they are, if they are one."""
    declared = names(columns)
    if len(declared) != len(key):
        yield f".{', '.join(declared)} must name as many columns as the key {', '.join(key)}."
        return
    for name, pointing in sorted(_references_to(target, key)):
        if name == table and set(pointing) == set(declared) and pointing != declared:
            yield f".{', '.join(declared)} must be in the order {', '.join(pointing)}."


def foreign_keys(table: Declared, live: LiveTable) -> Iterator[str]:
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


def constraints(table: str) -> Mapping[str, Mapping[str, object]]:
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        return dict(connection.introspection.get_constraints(cursor, table))


def index(table: str, columns: Sequence[str]) -> Iterator[str]:
    """Nothing, when some index begins with these columns, in whatever order."""
    for constraint in constraints(table).values():
        listed = constraint["columns"]
        serves = constraint["index"] or constraint["unique"] or constraint["primary_key"]
        if serves and isinstance(listed, list) and set(listed[: len(columns)]) == set(columns):
            return
    yield f" has no index that begins with {', '.join(columns)}: whole tables would be read."
