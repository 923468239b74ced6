from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from compliance.sample import Seeded, seed
from tests.compliance.sample.product import empty


@pytest.fixture(scope="module")
def committed(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Seeded]:
    """The sample in the product's database while a module's tests run: written once."""
    location = tmp_path_factory.mktemp("product_files")
    files = {**settings.STORAGES["product_files"], "OPTIONS": {"location": location}}
    with (
        django_db_blocker.unblock(),
        override_settings(STORAGES={**settings.STORAGES, "product_files": files}),
    ):
        made = seed()
    yield made
    with django_db_blocker.unblock():
        empty()


@pytest.fixture
def shared_sample(committed: Seeded, db: None) -> Seeded:
    """The sample product, for tests that only look at it."""
    return committed


@pytest.fixture
def sample(db: None) -> Seeded:
    """The sample product as `seed` makes it when asked for nothing special."""
    return seed()
