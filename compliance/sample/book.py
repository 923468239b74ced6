"""What the generators of rows work from: one holder, how many rows of each table, and a clock."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from compliance.sample.draws import draws
from compliance.sample.plan import Holding, Pair, scattered

Value = str | int | bool | None
Row = tuple[Value, ...]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - arithmetic without an offset to print
MICROSECOND = timedelta(microseconds=1)
# Multiples of the golden ratio, less their whole part, fill an interval evenly in any number.
GOLDEN = 0.618_033_988_749_894_9
SECOND = 1_000_000
DAY = 86_400 * SECOND


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def stamp(moment: int) -> str:
    """Microseconds since 1970 as both databases take them: `YYYY-MM-DDTHH:MM:SS.ffffffZ`."""
    return (NAIVE_EPOCH + timedelta(microseconds=moment)).isoformat(timespec="microseconds") + "Z"


@dataclass(frozen=True)
class Book:
    holding: Holding
    pairs: tuple[Pair, ...]
    counts: Mapping[str, int]
    begins: int
    lasts: int
    """The time of the first row and for how long rows follow, in microseconds."""
    phase: float
    """Lets no two holders' rows fall on the same parts of their time."""

    @classmethod
    def of(cls, holding: Holding, pairs: tuple[Pair, ...], counts: Mapping[str, int]) -> Book:
        begins = micros(holding.since)
        lasts = micros(holding.last) - begins
        return cls(holding, pairs, counts, begins, lasts, scattered(holding.number, 997) / 997)

    @property
    def owner(self) -> tuple[int, int]:
        return self.holding.seat, self.holding.member

    def count(self, table: str) -> int:
        return self.counts.get(table, 0)

    def id(self, number: int) -> int:
        return self.holding.block + number

    def rng(self, table: str) -> Random:
        """The same draws for the same holder and table, whatever else is filled."""
        return draws(self.holding.number * 1_000_003 + zlib.crc32(table.encode()))

    def at(self, number: int, phase: float = 0.0) -> str:
        """When row `number` was made: spread over the holder's time, in no order."""
        return stamp(self.begins + int(self.lasts * ((number * GOLDEN + self.phase + phase) % 1.0)))
