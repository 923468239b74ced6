"""Rows that nothing hangs on go owner by owner, along the index that finds them.

Their keys need be neither noted nor locked first: the statement that deletes them looks at all
conditions itself, also of a row that somebody changed while it waited.
"""

from __future__ import annotations

from dataclasses import dataclass

from compliance.sources.clauses import Clause
from compliance.sources.declared import Anonymise
from compliance.sources.product import fetched
from compliance.sources.selecting import Selection


@dataclass(frozen=True, slots=True)
class Gone:
    count: int
    parents: tuple[str, ...]  # a list of the keys of each kind of rows they shared, see `Picked`


def possible(selection: Selection) -> bool:
    """Whether nothing has to be done before the rows go, and the database has the words for it."""
    table = selection.table
    return (
        selection.here.deletes_joined
        and not selection.shared
        and not isinstance(table.erasure, Anonymise)
        and not table.children
        and not table.references
    )


def some_of(selection: Selection, limit: int) -> tuple[Selection, bool] | None:
    """What the first owners have, at most `limit` rows together, and whether others have more.

    None when the first one alone has more than that.
    """
    if not selection.owners:
        return selection, False
    counts = _counts(selection, limit + 1)
    more = sum(counts.values()) > limit
    if more:
        # What the last one has was not counted to its end.
        counts.pop(max(counts))
        if not counts:
            return None
    return selection.of(tuple(selection.owners[place - 1] for place in sorted(counts))), more


def _counts(selection: Selection, most: int) -> dict[int, int]:
    """Rows of the first owners that have any, by the owner's place; at most so many are counted."""
    owners = selection.here.owners(selection.owners, selection.types)
    numbered = "(SELECT key.*, row_number() OVER () AS place FROM" + owners + "AS key) AS o"
    owned = selection.doomed_of_owner(Clause("o.seat"), Clause("o.member"))
    # OFFSET keeps the planner from looking at the rows in another order than their owners'.
    rows = Clause("SELECT o.place FROM") + numbered
    rows += "CROSS JOIN LATERAL (SELECT 1" + owned + "OFFSET 0) AS one"
    sql = "SELECT place, count(*) FROM (" + rows + Clause("LIMIT %s) AS few", (most,))
    return dict(fetched(sql + "GROUP BY place"))


def delete(selection: Selection) -> Gone:
    """All of it."""
    if not selection.owners:
        return Gone(0, ())
    columns = [orphan.column for orphan in selection.table.orphans]
    keys = [f"k{place}" for place in range(len(columns))]
    returned = [
        f"{selection.live.column(column)} AS {key}"
        for column, key in zip(columns, keys, strict=True)
    ]
    lists = [selection.here.listed([f"DISTINCT {key}"]) for key in keys]
    sql = "WITH gone AS (" + selection.deletion() + f"RETURNING {', '.join(['1', *returned])})"
    sql += f"SELECT {', '.join(['count(*)', *lists])} FROM gone"
    ((count, *parents),) = fetched(sql)
    return Gone(count, tuple(parents))
