"""Two sides of a comparison, timed in turns so that what slows the machine slows both."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MB = 1_000_000


class Mismatch(Exception):
    """What came out is not what went in: no figure counts."""


class Stuck(Exception):
    """A request did not come to its end; says where it stands."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One quantity of the two sides, run by run; the bar is a ratio of the medians."""

    name: str
    baseline: list[float]
    product: list[float]
    bar: float | None = None
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return round(statistics.median(self.product) / statistics.median(self.baseline), 3)

    def row(self) -> list[str]:
        sides = [
            f"{statistics.median(side):.2f} ({min(side):.2f}–{max(side):.2f}) {self.unit}"
            for side in (self.baseline, self.product)
        ]
        bar = f"≤ {self.bar:g} ×" if self.bar else ""
        return [self.name, *sides, f"{self.ratio:.2f} ×", bar]


@dataclass
class Measurement:
    """What a measurement found. The first reading is the one the measurement is named for."""

    name: str
    database: str
    rows: int
    readings: list[Reading]
    figures: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        first = self.readings[0]
        return {
            "name": self.name,
            "database": self.database,
            "rows": self.rows,
            "runs": len(first.product),
            "ratio": first.ratio,
            "bar": first.bar,
            "baseline_seconds": round(statistics.median(first.baseline), 3),
            "seconds": round(statistics.median(first.product), 3),
            "verified": True,
            **{f"{reading.name}_ratio": reading.ratio for reading in self.readings[1:]},
            **self.figures,
            "readings": {
                reading.name: {
                    "unit": reading.unit,
                    "baseline": [round(value, 3) for value in reading.baseline],
                    "product": [round(value, 3) for value in reading.product],
                }
                for reading in self.readings
            },
        }

    def as_table(self) -> str:
        rows = [["", "baseline", "Rightsdesk", "ratio", "bar"]]
        rows += [reading.row() for reading in self.readings]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [f"{self.name}: {self.rows:,} rows, {self.database}; median (min–max), verified"]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        lines += [f"{name.replace('_', ' ')}: {value}" for name, value in self.figures.items()]
        return "\n".join(lines)


def in_turns(
    runs: int, baseline: Callable[[], None], product: Callable[[], None], forget: Callable[[], None]
) -> None:
    """Warm both up, forget what they took, then run them alternately."""
    for run in range(runs + 1):
        if run == 1:
            forget()
        tell(f"run {run} of {runs}" if run else "warming up")
        baseline()
        product()
    tell("")


def tell(line: str) -> None:
    """Where a long measurement stands, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{line:40}\r")
        sys.stderr.flush()
