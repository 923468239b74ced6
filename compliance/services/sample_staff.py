"""The people of the sample company: one of each role, and a second where two are needed."""

from __future__ import annotations

from django.contrib.auth.models import Group

from seats.models import Contract, StaffUser
from seats.roles import Role

CAST: dict[str, tuple[str, Role | None]] = {
    "ana": ("Ana Kovač", Role.SUPPORT),
    "ben": ("Ben Okafor", Role.SUPPORT),
    "rita": ("Rita Lindqvist", Role.REPRESENTATIVE),
    "tom": ("Tom Wójcik", Role.REPRESENTATIVE),
    "clara": ("Clara Meunier", Role.COMPLIANCE),
    "otto": ("Otto Brandt", Role.AUDITOR),
    "admin": ("Site Administrator", None),
}


def engage(password: str | None = None) -> dict[str, StaffUser]:
    """Make sure they work here, and give them to contracts that nobody represents.

    With a password all of them get it; without, who is new cannot sign in until they are given one.
    """
    people = {name: _engage(name, password) for name in CAST}
    Contract.objects.filter(representative=None, deputy=None).update(
        representative=people["rita"], deputy=people["tom"]
    )
    return people


def _engage(name: str, password: str | None) -> StaffUser:
    full, role = CAST[name]
    first, _space, last = full.partition(" ")
    user, created = StaffUser.objects.get_or_create(
        username=name,
        defaults={
            "first_name": first,
            "last_name": last,
            "email": f"{name}@larkfield.example",
            "is_staff": True,
            "is_superuser": role is None,
        },
    )
    if created or password:
        user.set_password(password)
        user.save(update_fields=["password"])
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user
