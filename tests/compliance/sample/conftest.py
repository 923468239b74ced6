from __future__ import annotations

import pytest

from compliance.sample import Seeded, seed


@pytest.fixture
def sample(db: None) -> Seeded:
    """The sample product as `seed` makes it when asked for nothing special."""
    return seed()
