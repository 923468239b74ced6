"""The product's directory of customers and people, as it tells us of it: written as told, twice
equals once, and nobody who was erased is brought back.

`put` writes one row, `put_all` many: each whole or not at all, each with its own answer.
"""

from __future__ import annotations

from seats.services.directory.batch import Batch, Failed, put, put_all
from seats.services.directory.finding import find_member
from seats.services.directory.guard import Answer, Candidate, may_import
from seats.services.directory.rows import (
    MOST_ROWS,
    AdministrationRow,
    ContractRow,
    MemberRow,
    Outcome,
    Returned,
    Row,
    SeatRow,
)

__all__ = [
    "MOST_ROWS",
    "AdministrationRow",
    "Answer",
    "Batch",
    "Candidate",
    "ContractRow",
    "Failed",
    "MemberRow",
    "Outcome",
    "Returned",
    "Row",
    "SeatRow",
    "find_member",
    "may_import",
    "put",
    "put_all",
]
