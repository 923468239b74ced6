from __future__ import annotations

import pytest

from compliance.sample import Seeded, seed
from compliance.sources import live
from tests.compliance.sources import specimens


@pytest.fixture(autouse=True)
def _looked_at_anew() -> None:
    live.forget()


@pytest.fixture
def specimens_table(db: None) -> None:
    specimens.create()


@pytest.fixture
def sample(db: None) -> Seeded:
    return seed(contracts=2, seats=10, rows_per_seat=40)
