from __future__ import annotations

import pytest

from tests.compliance.api.caller import Caller, caller


@pytest.fixture
def product(db: None) -> Caller:
    """With a key that opens everything the API has."""
    return caller()
