from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Edition(models.TextChoices):
    CORE = "core", _("Core")
    ADVANCED = "advanced", _("Advanced")
    ADVANCED_PLUS = "advanced_plus", _("Advanced Plus")


class Instruction(models.TextChoices):
    """Who decides on data of which the customer is the controller (Art. 28(3)(a))."""

    MEMBERS = "members", _("Members may ask directly")
    ADMINISTRATOR = "administrator", _("The administrator decides")


class Return(models.TextChoices):
    """How an erased person came back, by their own act and no other."""

    JOINED = "joined", _("Joined again")
    INVITED = "invited", _("Accepted an invitation")
    ASKED = "asked", _("Asked to come back")


class TombstoneKind(models.TextChoices):
    MEMBER = "member", _("Member")
    SEAT = "seat", _("Seat")
    EMAIL = "email", _("E-mail address")


class Entry(models.TextChoices):
    """How a member came in to the privacy pages."""

    PRODUCT = "product", _("The product")
    EMAIL = "email", _("A code by e-mail")
