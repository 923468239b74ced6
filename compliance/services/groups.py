from __future__ import annotations

from django.contrib.auth.models import Group, Permission

from seats.roles import PERMISSIONS


def match_roles(using: str) -> None:
    """Make the groups what `seats.roles` says, after every migration."""
    if using != "default":
        return
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using).select_related("content_type")
    }
    for role, wanted in PERMISSIONS.items():
        group, _created = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set([known[name] for name in wanted])
