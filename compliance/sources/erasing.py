"""One bounded batch of erasure: rows go, and what hangs on them first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compliance.sources import outright
from compliance.sources.base import Erased
from compliance.sources.clauses import Clause, all_of, joined
from compliance.sources.declared import Anonymise, Child, Orphan, Reference, names
from compliance.sources.live import LiveTable, SchemaMismatch, here, live
from compliance.sources.product import counted, executed, fetched
from compliance.sources.selecting import Selection

EVERYTHING = 2**31


@dataclass(frozen=True, slots=True)
class Picked:
    """Rows of a table, as lists of their keys in the database's own notation: they come and go
    without ever being unpacked here."""

    table: LiveTable
    pk: tuple[str, ...]
    count: int
    lists: tuple[str, ...]
    parents: tuple[str, ...] = ()  # a list of the keys of each kind of rows they share

    def among(self) -> Clause:
        """Whether `t` is one of them."""
        return _among(self.table, self.pk, self.lists)


def erase(selection: Selection, limit: int) -> Erased:
    """Erase at most `limit` rows of the selection, and of what hangs on them at most as many."""
    if outright.possible(selection) and (some := outright.some_of(selection, limit)):
        part, more = some
        done = _erase_outright(part, more=more)
        return done if more else _with_retained(done, selection)
    table = selection.table
    shared = [orphan.column for orphan in table.orphans]
    picked = _pick(selection.live, table.pk, selection.doomed(), limit, shared)
    more = picked.count >= limit
    if selection.shared and picked.count:
        # The lock may have been waited for: who else is tied to them now?
        doomed = selection.doomed() + "AND" + picked.among()
        picked = _pick(selection.live, table.pk, doomed, limit, shared)
    done = Erased(more=more) if not picked.count else _erase(selection, picked, limit, more=more)
    return done if done.more else _with_retained(done, selection)


def _erase_outright(selection: Selection, *, more: bool) -> Erased:
    gone = outright.delete(selection)
    carried = _delete_all_orphans(selection, gone.parents) if gone.count else Counter()
    return Erased(erased=gone.count, more=more, carried=carried)


def _erase(selection: Selection, picked: Picked, limit: int, *, more: bool) -> Erased:
    table = selection.table
    if isinstance(table.erasure, Anonymise):
        return Erased(anonymised=_anonymise(selection, table.erasure, picked), more=more)
    carried: Counter[str] = Counter()
    ties = selection.ties
    others = [child for child in table.children if child.table != ties]
    clears = [reference for reference in table.references if reference.table != ties]
    if not _clear(picked, others, clears, limit, carried):
        return Erased(carried=carried, more=True)
    # All of them, and in the batch in which the row goes: without its ties it is not found again.
    tied = [child for child in table.children if child.table == ties]
    clears = [reference for reference in table.references if reference.table == ties]
    _clear(picked, tied, clears, EVERYTHING, carried)
    gone = executed(Clause(f"DELETE FROM {picked.table.sql} AS t WHERE") + picked.among())
    carried += _delete_all_orphans(selection, picked.parents)
    return Erased(erased=gone, more=more, carried=+carried)


def _with_retained(done: Erased, selection: Selection) -> Erased:
    kept = retained(selection)
    return Erased(done.erased, done.anonymised, kept, more=False, carried=done.carried)


def retained(selection: Selection) -> dict[str, int]:
    """Ground code -> rows kept; one that two grounds keep counts for the first."""
    counts: dict[str, int] = {}
    before: list[Clause] = []
    for ground, condition in selection.kept():
        rows = (
            selection.rows() + "AND" + all_of([condition, *(other.negated() for other in before)])
        )
        counts[ground] = counts.get(ground, 0) + counted(rows)
        before.append(condition)
    return {ground: count for ground, count in counts.items() if count}


def _pick(
    table: LiveTable, pk: Sequence[str], rows: Clause, limit: int, shared: Sequence[str] = ()
) -> Picked:
    """Lock at most `limit` of the rows, and note their keys and those of what they share."""
    columns = [f"{table.column(name)} AS k{place}" for place, name in enumerate((*pk, *shared))]
    keys = [f"k{place}" for place in range(len(pk))]
    lists = [
        here().listed(keys),
        *(here().listed([f"k{len(pk) + place}"]) for place in range(len(shared))),
    ]
    sql = (
        Clause(f"SELECT count(*), {', '.join(lists)} FROM (SELECT {', '.join(columns)}")
        + rows
        + Clause(f"LIMIT %s {here().lock}) AS picked", (limit,))
    )
    ((count, *found),) = fetched(sql)
    own = len(found) - len(shared)
    return Picked(table, tuple(pk), count, tuple(found[:own]), tuple(found[own:]))


def _among(table: LiveTable, columns: Sequence[str], lists: Sequence[str]) -> Clause:
    types = [table.type(name) for name in columns]
    return here().among([table.column(name) for name in columns], types, lists)


def _anonymise(selection: Selection, rule: Anonymise, picked: Picked) -> int:
    table = picked.table
    values = joined(
        ", ",
        (
            Clause(f"{table.bare(name)} =") + selection.here.given(table.type(name), value)
            for name, value in rule.values.items()
        ),
    )
    return executed(Clause(f"UPDATE {table.sql} AS t SET") + values + "WHERE" + picked.among())


def _clear(
    picked: Picked,
    children: Iterable[Child],
    references: Iterable[Reference],
    limit: int,
    carried: Counter[str],
) -> bool:
    """Make the rows free of what points at them; False: there was more than a batch may do."""
    room = limit
    for reference in references:
        pointing = _pointing(picked, reference, room)
        if pointing.count:
            emptied = f"{pointing.table.bare(emptied_of(pointing.table, reference))} = NULL"
            sql = Clause(f"UPDATE {pointing.table.sql} AS t SET {emptied} WHERE")
            room -= executed(sql + pointing.among())
        if room <= 0:
            return False
    for child in children:
        theirs = _pointing(picked, child, room)
        if theirs.count:
            if not _clear(theirs, child.children, child.references, room, carried):
                return False
            sql = Clause(f"DELETE FROM {theirs.table.sql} AS t WHERE") + theirs.among()
            carried[child.table] += executed(sql)
            room -= theirs.count
        if room <= 0:
            return False
    return True


def emptied_of(table: LiveTable, reference: Reference) -> str:
    """The one of its columns that becomes NULL. Raises SchemaMismatch: none may."""
    for name in reversed(names(reference.column)):
        if table.nullable(name):
            return name
    columns = ", ".join(names(reference.column))
    raise SchemaMismatch(f"{table.name}.{columns} may not be NULL: declare it a child.")


def _pointing(picked: Picked, pointer: Reference | Child, limit: int) -> Picked:
    table = live(pointer.table)
    theirs = _among(table, names(pointer.column), picked.lists)
    return _pick(table, names(pointer.pk), Clause(f"FROM {table.sql} AS t WHERE") + theirs, limit)


def _delete_all_orphans(selection: Selection, parents: Sequence[str]) -> Counter[str]:
    carried: Counter[str] = Counter()
    lists = list(zip(selection.table.orphans, parents, strict=True))
    for orphan, shared in lists:
        _lock(orphan, shared)
    for orphan, shared in lists:
        carried[orphan.table] += _delete_orphans(selection, orphan, shared)
    return +carried


def _lock(orphan: Orphan, listed: str) -> None:
    """Lock the shared rows: of two that erase the last children of one parent at the same time,
    the second waits here, and then sees that it is the last."""
    if here().lock:
        key = live(orphan.table).column(orphan.pk)
        rows = _from_parents(orphan, listed) + f"ORDER BY {key} {here().lock}"
        fetched(Clause(f"SELECT count(*) FROM (SELECT {key}") + rows + ") AS locked")


def _from_parents(orphan: Orphan, listed: str) -> Clause:
    parents = live(orphan.table)
    return Clause(f"FROM {parents.sql} AS t WHERE") + _among(parents, [orphan.pk], [listed])


def _delete_orphans(selection: Selection, orphan: Orphan, listed: str) -> int:
    parents = live(orphan.table)
    sql = "DELETE" + _from_parents(orphan, listed)
    if orphan.created:
        type_ = parents.type(orphan.created)
        sql += Clause(f"AND {parents.column(orphan.created)} <=")
        sql += selection.here.moment(selection.scope.cutoff, type_)
    for table, column in ((selection.table.name, orphan.column), *orphan.used_by):
        users = live(table)
        named = f"{users.column(column, 'u')} = {parents.column(orphan.pk)}"
        sql += f"AND NOT EXISTS (SELECT 1 FROM {users.sql} AS u WHERE {named})"
    return executed(sql)
