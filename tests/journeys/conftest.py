from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.journeys.company import Company
from tests.journeys.office import Office

pytest.register_assert_rewrite("tests.journeys.endings", "tests.journeys.product")


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


@pytest.fixture(scope="session")
def stocked_desk(prepared_desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An installation with two contracts of four seats each, made once to be copied."""
    folder = tmp_path_factory.mktemp("stocked")
    with Desk(folder, os.environ.get("CLUSTER_URL"), template=prepared_desk) as desk:
        desk.manage("seed_sample", "--contracts", 2, "--seats", 4, "--rows-per-seat", 150)
        yield desk


@pytest.fixture
def company(stocked_desk: Desk, tmp_path: Path) -> Iterator[Company]:
    """An installation with the sample in it, and doors at which its workers can be met."""
    with Desk(tmp_path / "desk", os.environ.get("CLUSTER_URL"), template=stocked_desk) as desk:
        yield Company(desk)


@pytest.fixture(scope="session")
def opened_desk(prepared_desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An installation with three contracts of three licences and all the staff, to be copied."""
    folder = tmp_path_factory.mktemp("opened")
    with Desk(folder, os.environ.get("CLUSTER_URL"), template=prepared_desk) as desk:
        Office(desk).inside("open_for_business", 3, 3, 60)
        yield desk


@pytest.fixture
def office(opened_desk: Desk, tmp_path: Path) -> Iterator[Office]:
    """An office with three customers, whose workers a test starts itself."""
    with Desk(tmp_path / "desk", os.environ.get("CLUSTER_URL"), template=opened_desk) as desk:
        yield Office(desk)
