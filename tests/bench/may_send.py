"""May a message be sent to 1,000 members: the one SQL query that says what they chose last."""

from __future__ import annotations

from argparse import Namespace

from tests.bench import installation
from tests.bench.measuring import Measurement, Mismatch, Reading

MEMBERS = 20_000  # of whom a thousand are asked about at a time
FEWEST = 2_000
BAR = 2.0


def measure(options: Namespace) -> Measurement:
    members = max(options.rows or MEMBERS, FEWEST)
    with installation.installed() as desk:
        found = installation.run(desk, f"asking.compare({members}, {options.runs})")
    if found["problems"]:
        raise Mismatch(" ".join(found["problems"]))
    reading = Reading("time", found["baseline"], found["product"], BAR)
    figures = {
        "milliseconds_a_thousand": round(1000 * min(found["product"]) / found["batches"], 2),
        "allowed": found["allowed"],
        "suppressed": found["suppressed"],
    }
    return Measurement("may_send", installation.database(), members, [reading], figures)
