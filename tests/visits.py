"""Members who are signed in."""

from __future__ import annotations

from django.test import Client

from compliance.views.sessions import cookie_name
from seats.models import Member
from seats.services import signing_in


def key_of(member: Member) -> str:
    """What the session cookie of a member who came from the product holds."""
    return signing_in.enter(signing_in.link_from_product(member)[0]).key


def signed_in(client: Client, member: Member) -> Client:
    client.cookies[cookie_name()] = key_of(member)
    return client
