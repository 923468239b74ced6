from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.compliance.api.caller import Caller, caller


@pytest.fixture(autouse=True)
def _fresh_pace() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def product(db: None) -> Caller:
    """With a key that opens everything the API has."""
    return caller()
