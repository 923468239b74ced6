"""The words in which a data map describes a table: names and rules only, nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from compliance.sources.columns import Kind

Value = str | int | bool
Columns = str | tuple[str, ...]  # one, or those of a composite key, in the key's own order


def names(columns: Columns) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else columns


@dataclass(frozen=True, slots=True)
class OwnColumns:
    """The row names the licence and the person it belongs to."""

    seat: str = "seat_id"
    member: str = "member_id"


@dataclass(frozen=True, slots=True)
class ThroughParent:
    """The row belongs to whom its parent belongs to; `column` names the parent's key.

    The parent need not be a source of the map: it may be the product's own register, such as of
    who held which licence, that no erasure touches.
    """

    parent: Declared
    column: Columns


@dataclass(frozen=True, slots=True)
class ThroughLinks:
    """The row belongs to every seat that a row of `links` ties it to, and stays while it is
    another's too: linked to them, or pointed at by a row of `used_by` that is theirs."""

    links: Declared
    column: str  # of links
    used_by: tuple[tuple[Declared, str], ...] = ()  # tables reached by the same links, and column


Owner = OwnColumns | ThroughParent | ThroughLinks


@dataclass(frozen=True, slots=True)
class ContractColumn:
    """The row names its contract."""

    column: str = "contract_id"


@dataclass(frozen=True, slots=True)
class LicenceTable:
    """The row's licence names its contract, in the product's table of licences."""

    table: str = "seats"
    key: str = "id"
    contract: str = "contract_id"


@dataclass(frozen=True, slots=True)
class Delete:
    pass


@dataclass(frozen=True, slots=True)
class EndOfYear:
    """So many calendar years after the one in which the row was written, as accounting law counts
    (§ 147(4) AO); the years are the controller's time zone's."""

    years: int


Age = timedelta | EndOfYear


@dataclass(frozen=True, slots=True)
class Anonymise:
    """Rows stay, and these columns get these values: after that nobody can be told from them."""

    values: Mapping[str, Value | None]
    ground: str
    until: Age | None = None  # how long they are kept, from their created column on


@dataclass(frozen=True, slots=True)
class Retain:
    """Rows whose columns have one of these values stay as they are (Art. 17(3)); others go.

    With `until`, only while they are younger at the cut-off; then they go too.
    """

    where: Mapping[str, tuple[Value, ...]]  # empty: all rows
    ground: str
    until: Age | None = None


@dataclass(frozen=True, slots=True)
class AsParent:
    """The row stays just when its parent is retained: on the same ground, and as long."""


Erasure = Delete | Anonymise | Retain | AsParent


@dataclass(frozen=True, slots=True)
class Reference:
    """A column of another table that points at these rows and may be NULL: it becomes NULL.

    Of several columns the last that may be NULL does: the row then points nowhere.
    """

    table: str
    column: Columns
    pk: Columns = "id"  # of that other table


@dataclass(frozen=True, slots=True)
class Child:
    """Rows of another table that cannot be without these: they go with them, however new, because
    a part of what is erased is not a thing of its own."""

    table: str
    column: Columns
    pk: Columns = "id"
    children: tuple[Child, ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Orphan:
    """A row that several of these share, and that goes with the last of them."""

    table: str
    column: str  # of these rows, naming its key
    pk: str = "id"
    created: str = ""  # its own created column, where it can be newer than these rows
    used_by: tuple[tuple[str, str], ...] = ()  # other tables' columns that keep it alive


@dataclass(frozen=True, kw_only=True, eq=False)
class Declared:
    """A table of the product in which a category's data is kept."""

    category: str
    name: str
    columns: Mapping[str, Kind]  # what an export shows, in this order
    created: str  # when the row was written: what the cut-off is held against
    owner: Owner = field(default_factory=OwnColumns)
    contract: ContractColumn | LicenceTable = field(default_factory=LicenceTable)
    pk: tuple[str, ...] = ("id",)
    masks: Mapping[str, str] = field(default_factory=dict)  # column -> mask, see columns.Mask
    left_out: frozenset[str] = frozenset()  # columns that no export shows
    erasure: Erasure = field(default_factory=Delete)
    children: tuple[Child, ...] = ()
    references: tuple[Reference, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    editions: frozenset[str] = frozenset()

    @property
    def root(self) -> Declared:
        """The table that names the owner: this one, or the parent's parent's …"""
        return self.owner.parent.root if isinstance(self.owner, ThroughParent) else self

    @property
    def keeper(self) -> Declared:
        """The table whose rule says which of these rows stay: this one, or with AsParent …"""
        if isinstance(self.erasure, AsParent) and isinstance(self.owner, ThroughParent):
            return self.owner.parent.keeper
        return self
