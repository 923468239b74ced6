from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk


@pytest.fixture(scope="session")
def prepared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An installation with empty tables, made once to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    with Desk(folder, os.environ.get("CLUSTER_URL")) as desk:
        desk.prepare()
        yield desk


@pytest.fixture
def desk(prepared_desk: Desk, tmp_path: Path) -> Iterator[Desk]:
    """An installation with empty tables, on the kind of database this run is about."""
    with Desk(tmp_path / "desk", os.environ.get("CLUSTER_URL"), template=prepared_desk) as desk:
        yield desk


@pytest.fixture
def bare_desk(tmp_path: Path) -> Iterator[Desk]:
    """An installation on which no command has run yet."""
    with Desk(tmp_path / "bare", os.environ.get("CLUSTER_URL")) as desk:
        yield desk
