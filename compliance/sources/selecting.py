"""Which rows of a table are in a scope: SQL over the table as `t`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings

from compliance.sources import ranges
from compliance.sources.base import FOREVER, Reach, Scope, SeatKey
from compliance.sources.clauses import Clause, all_of, joined
from compliance.sources.declared import (
    Age,
    Anonymise,
    AsParent,
    ContractColumn,
    Declared,
    Delete,
    EndOfYear,
    OwnColumns,
    Retain,
    ThroughParent,
    names,
)
from compliance.sources.dialects import whole
from compliance.sources.holders import owner_types, owners_of
from compliance.sources.live import here, live

NO_ROWS = Clause("1 = 0")
NOBODY = Clause("SELECT 0, 0, 0 WHERE 1 = 0")


class Cut(Enum):
    UP_TO = "<="  # written up to the cut-off: the scope
    AFTER = ">"  # the same owners' rows written later


class Selection:
    """Rows that name their owner, themselves or through their parents."""

    shared = False  # whether several owners can have the same row
    ties: str | None = None  # the table that then says who they are

    def __init__(self, table: Declared, scope: Scope) -> None:
        self.table, self.scope = table, scope
        self.here, self.live = here(), live(table.name)

    @cached_property
    def owners(self) -> tuple[SeatKey, ...]:
        """In the order in which an export has them: numbers by size, texts by code point."""
        return tuple(sorted(owners_of(self.table, self.scope), key=self._rank))

    def _rank(self, key: SeatKey) -> list[int | str]:
        parts = zip((key.seat, key.member), self.types, strict=True)
        return [whole(part) if "int" in type_ else part for part, type_ in parts]

    @cached_property
    def types(self) -> tuple[str, str]:
        """Of the two columns that name an owner."""
        return owner_types(self.table)

    def rows(self, cut: Cut = Cut.UP_TO) -> Clause:
        """FROM … WHERE …, each row once."""
        if not self.owners:
            return "FROM" + joined(" CROSS JOIN ", self._tables()) + "WHERE" + NO_ROWS
        listed = self.here.owners(self.owners, self.types)
        return self._from(listed + "AS o", Clause("o.seat"), Clause("o.member"), cut)

    def by_owner(self) -> Clause:
        """SELECT of seat, member and how many rows they have."""
        count = Clause("SELECT o.seat, o.member, count(*)")
        return count + self.rows() + "GROUP BY o.seat, o.member" if self.owners else NOBODY

    def of_owner(self, seat: Clause, member: Clause) -> Clause:
        """FROM … WHERE … of one owner, in which an index can give the order."""
        return self._from(None, seat, member, Cut.UP_TO)

    def doomed_of_owner(self, seat: Clause, member: Clause) -> Clause:
        """FROM … WHERE … of what is to go of one owner."""
        return self._without_kept(self.of_owner(seat, member))

    def of(self, owners: tuple[SeatKey, ...]) -> Selection:
        """What some of the owners have of it."""
        part = type(self)(self.table, self.scope)
        part.owners = owners
        return part

    def deletion(self) -> Clause:
        """DELETE of the doomed rows, in PostgreSQL's words. Needs an owner."""
        listed = self.here.owners(self.owners, self.types) + "AS o"
        conditions = self._belonging(Clause("o.seat"), Clause("o.member"), Cut.UP_TO)
        others = joined(", ", [listed, *self._tables()[:-1]])
        head = Clause(f"DELETE FROM {self.live.sql} AS t USING") + others
        return self._without_kept(head + "WHERE" + all_of(conditions))

    def _from(self, first: Clause | None, seat: Clause, member: Clause, cut: Cut) -> Clause:
        items = [*([first] if first else []), *self._tables()]
        # In this order for SQLite, which keeps to it; PostgreSQL takes the one it likes best.
        rows = Clause("FROM") + joined(" CROSS JOIN ", items)
        return rows + "WHERE" + all_of(self._belonging(seat, member, cut))

    def _tables(self) -> list[Clause]:
        """From the one that names the owner to this one, `t`."""
        return [Clause(f"{live(table.name).sql} AS {alias}") for table, alias, _ in self._path]

    def _belonging(self, seat: Clause, member: Clause, cut: Cut) -> Iterator[Clause]:
        yield from self._matches(seat, member)
        for table, alias, parent in self._path:
            if parent and isinstance(table.owner, ThroughParent):
                child, above = live(table.name), live(table.owner.parent.name)
                pointing = zip(names(table.owner.column), table.owner.parent.pk, strict=True)
                for column, key in pointing:
                    yield Clause(f"{child.column(column, alias)} = {above.column(key, parent)}")
        yield from self.limits(cut)

    @cached_property
    def _path(self) -> list[tuple[Declared, str, str]]:
        return _path(self.table)

    def _matches(self, seat: Clause, member: Clause) -> Iterator[Clause]:
        root = live(self.table.root.name)
        alias = self._path[0][1]
        owner = self.table.root.owner
        assert isinstance(owner, OwnColumns)  # noqa: S101 others have a Selection of their own
        yield Clause(f"{root.column(owner.seat, alias)} =") + seat
        yield Clause(f"{root.column(owner.member, alias)} =") + member
        contract = self.table.root.contract
        if self.scope.reach is Reach.REST and isinstance(contract, ContractColumn):
            column = root.column(contract.column, alias)
            value = self.here.value(self.scope.contract, root.type(contract.column))
            yield Clause(f"{column} =") + value

    def limits(self, cut: Cut) -> list[Clause]:
        """The cut-off, and the ends of the scope's key range."""
        endless = self.scope.cutoff == FOREVER and cut is Cut.UP_TO
        return [*([] if endless else [self._written(cut)]), *self._range()]

    def _written(self, cut: Cut) -> Clause:
        type_ = self.live.type(self.table.created)
        moment = self.here.moment(self.scope.cutoff, type_)
        return Clause(f"{self.live.column(self.table.created)} {cut.value}") + moment

    def _range(self) -> Iterator[Clause]:
        types = [self.live.type(name) for name in self.table.pk]
        columns = Clause(", ".join(self.ordered_key)).enclosed()
        for end, sign in ((self.scope.low, ">"), (self.scope.high, "<=")):
            if end is not None:
                key = zip(ranges.key(end, len(types)), types, strict=True)
                values = joined(", ", (self.here.value(part, type_) for part, type_ in key))
                yield columns + sign + values.enclosed()

    @property
    def ordered_key(self) -> list[str]:
        """The key's columns, to sort by: an export's order within an owner, and of ranges."""
        return [
            self.here.ordered(self.live.column(name), self.live.type(name))
            for name in self.table.pk
        ]

    def doomed(self) -> Clause:
        """The scope's rows without what is kept on purpose, or is anonymised already."""
        return self._without_kept(self.rows())

    def _without_kept(self, rows: Clause) -> Clause:
        kept = self.kept()
        if not kept:
            return rows
        return rows + "AND (" + joined(" OR ", (clause for _, clause in kept)) + ") IS NOT TRUE"

    def kept(self) -> list[tuple[str, Clause]]:
        """Ground codes, and the condition on which a row of the scope is kept."""
        match self.table.keeper.erasure:
            case Delete() | AsParent():
                return []
            case Anonymise() as rule:
                return [(rule.ground, joined(" OR ", self._differences(rule)).enclosed().negated())]
            case Retain() as rule:
                return [(rule.ground, self._retained(rule).enclosed())]

    def _differences(self, rule: Anonymise) -> Iterator[Clause]:
        for name, value in rule.values.items():
            yield self.here.differs(self.live.column(name), self.live.type(name), value)

    def _retained(self, rule: Retain) -> Clause:
        conditions = [
            Clause(f"{self._keepers(name)} IN ({', '.join(['%s'] * len(values))})", values)
            for name, values in rule.where.items()
        ]
        if rule.until is not None:
            conditions.append(self._younger(rule.until))
        return all_of(conditions) if conditions else Clause("1 = 1")

    def _younger(self, age: Age) -> Clause:
        type_ = live(self.table.keeper.name).type(self.table.keeper.created)
        if isinstance(age, EndOfYear):
            year = self.scope.cutoff.astimezone(zone()).year - age.years
            first = datetime(year, 1, 1, tzinfo=zone())
            return Clause(f"{self.kept_since} >=") + self.here.moment(first, type_)
        return Clause(f"{self.kept_since} >") + self.here.moment(self.scope.cutoff - age, type_)

    @property
    def kept_since(self) -> str:
        """The column from which the time is counted that a row is kept."""
        return self._keepers(self.table.keeper.created)

    def _keepers(self, name: str) -> str:
        """A column of the table whose rule says which rows are kept."""
        (alias,) = (alias for table, alias, _ in self._path if table is self.table.keeper)
        return live(self.table.keeper.name).column(name, alias)


def zone() -> ZoneInfo:
    """Whose calendar years count."""
    return ZoneInfo(settings.CONTROLLER["time_zone"])


def _path(table: Declared) -> list[tuple[Declared, str, str]]:
    """From the table that names the owner to this one: each with its alias and its parent's."""
    tables = [table]
    while isinstance(tables[0].owner, ThroughParent):
        tables.insert(0, tables[0].owner.parent)
    aliases = [f"p{place}" for place in range(len(tables) - 1)] + ["t"]
    return list(zip(tables, aliases, ["", *aliases], strict=False))
