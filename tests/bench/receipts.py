"""A deletion certificate, signed and sealed: WeasyPrint alone, on the same page."""

from __future__ import annotations

import base64
from argparse import Namespace

from tests.bench import installation
from tests.bench.measuring import Measurement, Mismatch, Reading

RECEIPTS = 20  # a run
BAR = 1.2
# Signs on the day of the measured record too.
KEY = {"SIGNING_KEYS": f"s-bench:{base64.b64encode(bytes(range(32))).decode()}:2020-01-01"}


def measure(options: Namespace) -> Measurement:
    receipts = options.rows or RECEIPTS
    with installation.installed(KEY) as desk:
        found = installation.run(desk, f"printing.compare({receipts}, {options.runs})")
    if found["problems"]:
        raise Mismatch(" ".join(found["problems"]))
    reading = Reading("time", found["baseline"], found["product"], BAR)
    figures = {
        "milliseconds_a_receipt": round(1000 * min(found["product"]) / receipts, 1),
        "pages": found["pages"],
    }
    return Measurement("receipts", installation.database(), receipts, [reading], figures)
