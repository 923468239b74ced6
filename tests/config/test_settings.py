from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config import databases, settings

HOST = "postgres://rightsdesk@db.example.org/rightsdesk"
BOTH = pytest.mark.parametrize("name", ["DATABASE_URL", "PRODUCT_DATABASE_URL"])


def options(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> dict[str, Any]:
    monkeypatch.setenv(name, url)
    config = databases.database(
        settings.env, name, Path("none.sqlite3"), mode="DEFERRED", timeout=20
    )
    found: dict[str, Any] = config["OPTIONS"]
    return found


@BOTH
def test_a_postgresql_out_of_reach_is_noticed_within_a_lease(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    found = options(monkeypatch, name, HOST)
    lease = settings.LEASE.total_seconds()
    assert 0 < found["connect_timeout"] < lease
    assert found["keepalives"] == 1
    silent = found["keepalives_interval"] * found["keepalives_count"]
    assert 0 < found["keepalives_idle"] + silent < lease
    assert 0 < found["tcp_user_timeout"] < lease * 1000  # milliseconds


@BOTH
def test_what_the_url_says_about_the_connection_holds(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    url = f"{HOST}?connect_timeout=30&keepalives=0&sslmode=require"
    found = options(monkeypatch, name, url)
    assert (found["connect_timeout"], found["keepalives"]) == (30, 0)
    assert found["sslmode"] == "require"
    assert found["keepalives_count"]


@BOTH
def test_sqlite_knows_nothing_of_networks(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    found = options(monkeypatch, name, "sqlite:////tmp/none.sqlite3")
    assert set(found) == {"transaction_mode", "timeout", "init_command"}
