from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from seats.models import Contract, StaffUser
from seats.roles import Role
from tests import factories


@pytest.fixture
def rep(db: None) -> StaffUser:
    return factories.make_staff(Role.REPRESENTATIVE, first_name="Tomasz", last_name="Wójcik")


@pytest.fixture
def contract(rep: StaffUser) -> Contract:
    return factories.make_contract(representative=rep)


@pytest.fixture
def agent(db: None) -> StaffUser:
    return factories.make_staff(Role.SUPPORT, first_name="Ana", last_name="Kovač")


@pytest.fixture
def officer(db: None) -> StaffUser:
    return factories.make_staff(Role.COMPLIANCE, first_name="Priya", last_name="Raman")


@pytest.fixture
def desk(client: Client, agent: StaffUser) -> Client:
    """A browser in which a support agent is signed in."""
    client.force_login(agent)
    return client


@pytest.fixture
def queries() -> Callable[[Callable[[], Any]], int]:
    """How many queries something costs."""

    def counted(do: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as found:
            do()
        return len(found)

    return counted
