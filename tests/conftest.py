"""What every test stands on: both databases, storages of its own, no way out of this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connections
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from compliance.sample import schema
from tests import triggers

DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
LONG = {"journeys", "bench"}
FLUSHED_FIXTURES = {"transactional_db", "live_server", "django_db_reset_sequences"}

hypothesis.settings.register_profile("steady", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    django_settings.VAR_DIR = django_settings.VAR_DIR / worker
    django_settings.VAR_DIR.mkdir()
    # SQLite in files, as in production: in memory it locks differently.
    for alias, database in django_settings.DATABASES.items():
        if database["ENGINE"].endswith("sqlite3"):
            file = django_settings.VAR_DIR / f"test-{alias}.sqlite3"
            database.setdefault("TEST", {})["NAME"] = str(file)


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test that uses a database uses both, and finds what the migrations put there."""
    marker = item.get_closest_marker("django_db")
    if marker is None and DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
        return
    options: dict[str, Any] = {**(marker.kwargs if marker else {})}
    options["databases"] = ["default", "product"]
    if _is_flushed(item):
        options["serialized_rollback"] = True
    item.add_marker(pytest.mark.django_db(**options), append=False)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long first, so that all processes end together.

    On PostgreSQL, what needs no database is left out: it was tried in the run before.
    """
    items.sort(key=lambda item: LONG.isdisjoint(item.path.parts))
    if "CLUSTER_URL" not in os.environ:
        return
    needed = [item for item in items if item.get_closest_marker("django_db") or _is_a_story(item)]
    kept = set(needed)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = needed


def _is_a_story(item: pytest.Item) -> bool:
    """Journeys bring their own databases; sources and the cluster's own tests open theirs."""
    places = ("journeys", "sources", "bench")
    return any(place in item.path.parts for place in places) or "cluster" in item.path.name


def _is_flushed(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or not FLUSHED_FIXTURES.isdisjoint(
        getattr(item, "fixturenames", ())
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The product's test database gets the product's tables and keeps nothing of ours."""
    with django_db_blocker.unblock():
        with connections["product"].cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS django_migrations")
        schema.create()


@pytest.fixture(autouse=True)
def _emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Around a test that commits: append-only tables hold during it and can be emptied after it.

    Django empties our tables by itself, and knows nothing of the product's.
    """
    if not _is_flushed(request.node):
        yield
        return
    request.getfixturevalue("transactional_db")
    triggers.restore()
    yield
    triggers.lift()
    connections["product"].close()
    with connections["product"].cursor() as cursor:
        for table in reversed(schema.TABLES):
            cursor.execute(f"DELETE FROM {table}")


@pytest.fixture(autouse=True)
def _in_our_language(settings: Settings) -> Iterator[None]:
    """A page asked for in another one leaves that behind, for whichever test comes next."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _unthrottled() -> None:
    """Visits are counted in the cache: those of the tests before are not this one's."""
    cache.clear()


@pytest.fixture(autouse=True)
def storages(settings: Settings, tmp_path: Path) -> Path:
    """The folder of this test's own storages: `exports`, `evidence` and `product_files` in it."""
    folder = tmp_path / "storages"
    settings.STORAGES = {
        **settings.STORAGES,
        # Pages show files by their plain names: nobody collected them.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        **{
            alias: {
                **settings.STORAGES[alias],
                "OPTIONS": {**settings.STORAGES[alias]["OPTIONS"], "location": folder / place},
            }
            for alias, place in {
                "default": "exports",
                "exports": "exports",
                "evidence": "evidence",
                "product_files": "product_files",
            }.items()
        },
    }
    return folder


@pytest.fixture(autouse=True, scope="session")
def _no_way_out() -> Iterator[None]:
    """A test that would connect to another machine fails."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
            raise AssertionError(f"A test tried to connect to {address}.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


def _is_loopback(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host.split("%")[0]).is_loopback
