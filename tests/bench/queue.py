"""The queue of a desk with a million requests: the same page of a desk with a thousand."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from tests.bench import installation
from tests.bench.measuring import Measurement, Mismatch, Reading, in_turns

REQUESTS = 1_000_000
FEW = 1_000  # the page is full on both sides
LOOKS = 20  # a run
BAR = 1.5
MOST_QUERIES = 12
# The page as it opens, and others of the queue. The first is what the measurement is named for.
PAGES = {
    "mine": "",
    "unassigned": "?tab=free",
    "for_approval": "?tab=approval",
    "overdue": "?tab=late",
    "open": "?tab=open",
    "all": "?tab=all",
}


def measure(options: Namespace) -> Measurement:
    requests = max(options.rows or REQUESTS, FEW)
    with installation.installed() as small, installation.installed() as large:
        for desk, count in ((small, FEW), (large, requests)):
            if (there := installation.run(desk, f"queueing.fill({count})")) != count:
                raise Mismatch(f"{there} requests are there, not {count}.")
        found: dict[str, tuple[list[Any], list[Any]]] = {name: ([], []) for name in PAGES}

        def look(desk: Any, side: int) -> None:
            for name, one in installation.run(desk, f"queueing.look({PAGES!r}, {LOOKS})").items():
                found[name][side].append(one)

        def forget() -> None:
            for sides in found.values():
                sides[0].clear()
                sides[1].clear()

        in_turns(options.runs, lambda: look(small, 0), lambda: look(large, 1), forget)
    _check(found)
    readings = [
        Reading(name, *([one["seconds"] for one in side] for side in sides), bar=BAR)
        for name, sides in found.items()
    ]
    figures = {"queries": found["mine"][1][0]["queries"], "most_queries": MOST_QUERIES}
    figures["milliseconds_a_page"] = round(1000 * min(readings[0].product), 1)
    return Measurement("queue", installation.database(), requests, readings, figures)


def _check(found: dict[str, tuple[list[Any], list[Any]]]) -> None:
    """A page that failed, or shows less than the other, measures nothing."""
    for name, (few, many) in found.items():
        said = {(one["status"], one["rows"], one["queries"]) for one in (*few, *many)}
        if len(said) != 1:
            raise Mismatch(f"The pages of “{name}” differ: {sorted(said)} (status, rows, queries).")
        ((status, rows, queries),) = said
        if status != 200 or not rows or queries > MOST_QUERIES:
            raise Mismatch(f"“{name}”: status {status}, {rows} rows, {queries} queries.")
