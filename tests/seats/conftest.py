from __future__ import annotations

import pytest
from pytest_django import Settings


@pytest.fixture
def bucket(settings: Settings) -> None:
    """Evidence in a storage that is no file system."""
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {"BACKEND": "tests.seats.bucket.Bucket", "OPTIONS": {"location": "/bucket"}},
    }


@pytest.fixture(params=["files", "bucket"])
def either_storage(request: pytest.FixtureRequest) -> None:
    if request.param == "bucket":
        request.getfixturevalue("bucket")
