from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.cluster import Cluster

PROJECT = Path(__file__).resolve().parent.parent
SHOW = "import os; print(os.environ['CLUSTER_URL'], os.environ['DATABASE_URL'], flush=True)"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        yield cluster


def started(code: str) -> subprocess.Popen[str]:
    """`tests.cluster` with a Python program as its command."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cluster", "--", sys.executable, "-c", code],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def folder_in(url: str) -> Path:
    return Path(psycopg.conninfo.conninfo_to_dict(url)["host"])


def test_a_command_finds_two_empty_databases_and_its_exit_code_is_passed_on() -> None:
    code = (
        "import os, psycopg\n"
        "for name in ('DATABASE_URL', 'PRODUCT_DATABASE_URL'):\n"
        "    with psycopg.connect(os.environ[name]) as connection:\n"
        '        print(connection.execute("select count(*) from pg_tables "\n'
        "              \"where schemaname = 'public'\").fetchone(), flush=True)\n"
        "raise SystemExit(7)"
    )
    with started(code) as process:
        out, _ = process.communicate(timeout=60)

    assert out == "(0,)\n(0,)\n"
    assert process.returncode == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_a_cluster_whose_run_is_ended(number: int) -> None:
    with started(f"{SHOW}; import time; time.sleep(600)") as process:
        assert process.stdout
        url = process.stdout.readline().split()[0]
        assert folder_in(url).exists()
        process.send_signal(number)
        process.communicate(timeout=120)

    assert process.returncode != 0
    assert not folder_in(url).exists()


def test_nobody_else_on_the_machine_can_reach_it(cluster: Cluster) -> None:
    assert cluster.folder.stat().st_mode & 0o077 == 0
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_what_was_committed_is_there_after_a_stop_and_a_start(cluster: Cluster) -> None:
    url = cluster.create_database("product")
    with psycopg.connect(url) as connection:
        connection.execute("create table leads as select 42 as id")

    cluster.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    cluster.start()

    with psycopg.connect(url) as connection:
        assert connection.execute("select id from leads").fetchone() == (42,)
