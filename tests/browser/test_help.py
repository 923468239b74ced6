from __future__ import annotations

from collections.abc import Callable

import pytest

from seats.roles import Role
from tests.browser.conftest import Visit
from tests.browser.test_desk import check, colleague, go, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_guide_to_ones_own_product(visit: Callable[..., Visit]) -> None:
    seen = sign_in(visit, colleague(Role.SUPPORT))
    go(seen.page, "compliance_datacategory_changelist")
    check(seen, "categories")
    seen.page.get_by_role("link", name="Connect your own product").click()
    seen.page.get_by_role("heading", name="Prove it").wait_for()
    check(seen, "guide")
