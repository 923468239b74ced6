from __future__ import annotations

from django.contrib.auth.models import AbstractUser

from seats.roles import Role


class StaffUser(AbstractUser):
    """Someone who works here. Members never have an account of this kind."""

    class Meta(AbstractUser.Meta):
        permissions = [("reset_second_factor", "Can reset a colleague’s second factor")]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def plays(self, role: Role) -> bool:
        return self.is_superuser or self.groups.filter(name=role).exists()
