from __future__ import annotations

import pytest

from compliance.sources import live
from tests.compliance.sources import specimens


@pytest.fixture(autouse=True)
def _looked_at_anew() -> None:
    live.forget()


@pytest.fixture
def specimens_table(db: None) -> None:
    specimens.create()
