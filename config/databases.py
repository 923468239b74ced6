from __future__ import annotations

from pathlib import Path
from typing import Any

import environ

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
    "PRAGMA temp_store=MEMORY;"
)
# A PostgreSQL that fell silent is noticed in half a minute, well within a lease: libpq by itself
# waits for a connection for minutes, and for an answer for hours.
POSTGRESQL_NETWORK = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


def database(
    env: environ.Env, name: str, default: Path, *, mode: str, timeout: int
) -> dict[str, Any]:
    """One connection's settings, from the URL in `env` under `name`, else a SQLite file.

    PostgreSQL is used as its URL says, SQLite is made safe to share; `timeout` in seconds.
    """
    config: dict[str, Any] = env.db_url(name, default=f"sqlite:///{default}")
    if "sqlite" in config["ENGINE"]:
        config.setdefault("OPTIONS", {}).update(
            transaction_mode=mode, timeout=timeout, init_command=SQLITE_PRAGMAS
        )
    else:
        config["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
        config["CONN_HEALTH_CHECKS"] = True
        config["OPTIONS"] = {**POSTGRESQL_NETWORK, **config.get("OPTIONS", {})}
    return config
