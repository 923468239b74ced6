"""Rows that several seats can share, such as what a CRM sync wrote for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.sources.base import HELD, SHARED, Reach, Scope, SeatKey
from compliance.sources.clauses import Clause, all_of, joined
from compliance.sources.declared import ContractColumn, Declared, OwnColumns, ThroughLinks
from compliance.sources.live import live
from compliance.sources.selecting import Cut, Selection


class SharedSelection(Selection):
    """Rows tied to seats by a table of links; a contract's are all that name it.

    Of a seat's, those that are another's too stay (ground "shared"). Of a contract's, those that
    are also a held seat's (ground "hold").
    """

    shared = True

    def __init__(self, table: Declared, scope: Scope) -> None:
        super().__init__(table, scope)
        if scope.reach is Reach.REST:
            raise ValueError(f"{table.name} has no rest: a contract is reached whole.")
        assert isinstance(table.owner, ThroughLinks)  # noqa: S101 `selection` sees to it
        self._owner = table.owner
        self._links = live(table.owner.links.name)
        self.ties = table.owner.links.name
        self._key = self.live.column(table.pk[0])

    def rows(self, cut: Cut = Cut.UP_TO) -> Clause:
        conditions = all_of(self._conditions(cut))
        return Clause(f"FROM {self.live.sql} AS t WHERE") + conditions

    def by_owner(self) -> Clause:
        count = f"SELECT o.seat, o.member, count(DISTINCT {self._key}) FROM"
        owners = self._owners_as("o", self.owners) + f"CROSS JOIN {self._links.sql} AS l"
        tied = Clause(f"{self._link(self._owner.column)} = {self._key}")
        rows = owners + f"CROSS JOIN {self.live.sql} AS t WHERE"
        rows += all_of([self._same_owner(), tied, self._link_written(), *self.limits(Cut.UP_TO)])
        return count + rows + "GROUP BY o.seat, o.member"

    def _conditions(self, cut: Cut) -> Iterator[Clause]:
        if self.scope.reach is Reach.CONTRACT:
            yield self._in_contract()
            yield from self.limits(cut)
            return
        if cut is Cut.UP_TO:
            yield self._linked(self._link_written())
            yield from self.limits(cut)
            return
        # Linked now, and not in the scope: the row or all of its links are newer.
        yield self._linked(None)
        yield all_of([self._linked(self._link_written()), *self.limits(Cut.UP_TO)]).negated()
        yield from self._range()

    def _in_contract(self) -> Clause:
        contract = self.table.contract
        assert isinstance(contract, ContractColumn)  # noqa: S101 check() reports it
        column = self.live.column(contract.column)
        return Clause(f"{column} =") + self.here.value(
            self.scope.contract, self.live.type(contract.column)
        )

    def _linked(self, written: Clause | None) -> Clause:
        column = self._link(self._owner.column)
        ties = self._owners_as("o", self.owners)
        rows = f"(SELECT {column} FROM" + ties + f"CROSS JOIN {self._links.sql} AS l WHERE"
        rows += all_of(filter(None, (self._same_owner(), written)))
        return Clause(f"{self._key} IN") + rows + ")"

    def kept(self) -> list[tuple[str, Clause]]:
        held = self.scope.held if self.scope.reach is Reach.CONTRACT else None
        ground = SHARED if held is None else HELD
        if held == ():
            return super().kept()
        whether, seats = ("NOT IN", self.owners) if held is None else ("IN", held)
        uses = [self._tied(self._owner.column, self._key, whether, seats)]
        for table, column in self._owner.used_by:
            names = live(table.name)
            pointing = f"EXISTS (SELECT 1 FROM {names.sql} AS u WHERE"
            uses.append(
                Clause(f"{pointing} {names.column(column, 'u')} = {self._key} AND")
                + self._user_stays(table, held).enclosed()
                + ")"
            )
        return [(ground, joined(" OR ", uses).enclosed()), *super().kept()]

    def _user_stays(self, table: Declared, held: tuple[SeatKey, ...] | None) -> Clause:
        """Whether a row that points here is another's too, or no seat's at all."""
        assert isinstance(table.owner, ThroughLinks)  # noqa: S101 check() reports it
        key = live(table.name).column(table.pk[0], "u")
        column = table.owner.column
        if held is not None:
            return self._tied(column, key, "IN", held)
        others = self._tied(column, key, "NOT IN", self.owners)
        return others + "OR NOT" + self._tied(column, key, "IN", self.owners)

    def _tied(self, column: str, key: str, whether: str, seats: tuple[SeatKey, ...]) -> Clause:
        """Whether a link ties the row to a seat that is, or is not, one of these."""
        links = f"EXISTS (SELECT 1 FROM {self._links.sql} AS l WHERE {self._link(column)} = {key}"
        owner = ", ".join(self._link(name) for name in self._names)
        owners = "(SELECT o.seat, o.member FROM" + self._owners_as("o", seats) + ")"
        return Clause(f"{links} AND ({owner}) {whether}") + owners + ")"

    def _link(self, column: str) -> str:
        return self._links.column(column, "l")

    @property
    def _names(self) -> tuple[str, str]:
        named = self._owner.links.owner
        assert isinstance(named, OwnColumns)  # noqa: S101 check() reports it
        return named.seat, named.member

    def _same_owner(self) -> Clause:
        seat, member = (self._link(name) for name in self._names)
        return Clause(f"{seat} = o.seat AND {member} = o.member")

    def _link_written(self) -> Clause:
        created = self._owner.links.created
        moment = self.here.moment(self.scope.cutoff, self._links.type(created))
        return Clause(f"{self._link(created)} <=") + moment

    def _owners_as(self, alias: str, keys: tuple[SeatKey, ...]) -> Clause:
        return self.here.owners(keys, self.types) + f"AS {alias}"


def selection(table: Declared, scope: Scope) -> Selection:
    if isinstance(table.owner, ThroughLinks):
        return SharedSelection(table, scope)
    return Selection(table, scope)
