"""What is done inside the measured installation's own process, by `manage.py shell`."""

from __future__ import annotations

import json
import sys

from django.contrib.auth.models import Group
from django.db import connections

from compliance import sample
from compliance.services import sample_directory
from seats.models import Contract, StaffUser
from seats.roles import Role

STAFF = {"ana": Role.SUPPORT, "rita": Role.REPRESENTATIVE, "clara": Role.COMPLIANCE}


def fill(contract: int, seats: int, rows_per_seat: int) -> None:
    """InMails of one contract, and who it belongs to on our side; prints number and rows."""
    seeded = sample.seed(
        first=contract,
        contracts=1,
        seats=seats,
        rows_per_seat=rows_per_seat,
        handovers=False,
        only={"inmails"},
    )
    sample_directory.adopt(seeded)
    for name, role in STAFF.items():
        user, _made = StaffUser.objects.get_or_create(username=name, defaults={"is_staff": True})
        user.groups.set([Group.objects.get(name=role)])
    rita = StaffUser.objects.get(username="rita")
    Contract.objects.filter(representative=None).update(representative=rita)
    (made,) = seeded.contracts()
    json.dump({"number": made.number, "rows": seeded.rows["inmails"]}, sys.stdout)


def settle() -> None:
    """Leave the product's tables as a database at rest has them."""
    connection = connections["product"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM (ANALYZE)")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
