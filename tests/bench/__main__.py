"""`python -m tests.bench NAME [--rows N] [--runs N] [--json]`: a measurement against its baseline.

Under `python -m tests.cluster --durable --` it measures on PostgreSQL, else on SQLite. Exits 1 when
what came out is not what went in; a missed bar is no failure, as it says as much about the machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from tests.bench.measuring import Measurement, Mismatch, Stuck, tell

NAMES = ("export", "erase", "queue", "receipts", "may_send")


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--rows", type=_whole, help="rows, or receipts a run")
    parser.add_argument("--runs", type=_whole, default=5, help="of each side, after a warm-up")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--memory", action="store_true", help="export: also peaks of memory, at few and many rows"
    )
    parser.add_argument(
        "--workers", type=int, choices=(1, 2), default=1, help="export: 2 against 1, on a slow line"
    )
    options = parser.parse_args(words)
    measure: Callable[[argparse.Namespace], Measurement]
    measure = import_module(f"tests.bench.{options.name}").measure
    try:
        measured = measure(options)
    except (Mismatch, Stuck) as wrong:
        tell("")
        if options.json:
            answer = {"name": options.name, "verified": False, "error": str(wrong)}
            sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stderr.write(f"{wrong}\n")
        return 1
    answer = measured.as_json()
    sys.stdout.write(f"{json.dumps(answer) if options.json else measured.as_table()}\n")
    return 0


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("Give a number of at least 1.")
    return number


if __name__ == "__main__":
    sys.exit(main())
