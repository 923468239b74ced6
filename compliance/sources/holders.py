"""Whose rows a scope is about."""

from __future__ import annotations

from compliance.sources.base import Reach, Scope, SeatKey
from compliance.sources.clauses import Clause
from compliance.sources.declared import (
    ContractColumn,
    Declared,
    LicenceTable,
    OwnColumns,
    ThroughLinks,
)
from compliance.sources.live import here, live
from compliance.sources.product import fetched


def owner_types(table: Declared) -> tuple[str, str]:
    root = table.owner.links if isinstance(table.owner, ThroughLinks) else table.root
    owner = root.owner
    assert isinstance(owner, OwnColumns)  # noqa: S101 a root or a link names its owner
    names = live(root.name)
    return names.type(owner.seat), names.type(owner.member)


def owners_of(table: Declared, scope: Scope) -> set[SeatKey]:
    """Whose rows the scope is about. For the rest of a contract: whoever has rows there, save the
    seats that are known."""
    match scope.reach:
        case Reach.SEATS:
            return set(scope.seats)
        case Reach.REST:
            return _present(table.root, scope.contract) - set(scope.seats)
        case Reach.CONTRACT:
            raise ValueError(f"{table.name} is reached by seats and rest, not by the contract.")


def _present(root: Declared, contract: str) -> set[SeatKey]:
    owner = root.owner
    if not isinstance(owner, OwnColumns):
        raise ValueError(f"{root.name} has no rest: a contract is reached whole.")
    names = live(root.name)
    seat, member = names.column(owner.seat), names.column(owner.member)
    if isinstance(root.contract, ContractColumn):
        column = root.contract.column
        key = here().value(contract, names.type(column))
        sql = Clause(f"SELECT DISTINCT {seat}, {member}") + f"FROM {names.sql} AS t WHERE"
        return _pairs(sql + f"{names.column(column)} =" + key)
    return _pairs(_licence_by_licence(root.contract, names.sql, seat, member, contract))


def _licence_by_licence(
    licences: LicenceTable, table: str, seat: str, member: str, contract: str
) -> Clause:
    """Jumps from person to person along the index of owner, instead of reading every row."""
    names = live(licences.table)
    key = here().value(contract, names.type(licences.contract))
    next_member = f"(SELECT {member} FROM {table} AS t WHERE {seat} = {{}} ORDER BY 1 LIMIT 1)"
    first = next_member.format(names.column(licences.key, "s"))
    further = next_member.format(f"pair.seat AND {member} > pair.member")
    return (
        Clause("WITH RECURSIVE pair(seat, member) AS (")
        + f"SELECT {names.column(licences.key, 's')}, {first} FROM {names.sql} AS s WHERE"
        + f"{names.column(licences.contract, 's')} ="
        + key
        + f"UNION ALL SELECT pair.seat, {further} FROM pair WHERE pair.member IS NOT NULL)"
        + "SELECT seat, member FROM pair WHERE member IS NOT NULL"
    )


def _pairs(sql: Clause) -> set[SeatKey]:
    return {SeatKey(str(seat), str(member)) for seat, member in fetched(sql)}
