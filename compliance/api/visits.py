"""The product's own, signed-in users come to the privacy pages without another code."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from ninja import Router

from compliance.api.door import ApiRequest, Bearer, asks_only
from compliance.api.fields import Moment, ProductId, Wire
from compliance.enums import ApiScope
from seats.services import directory, signing_in

router = Router(tags=["Privacy pages"], auth=Bearer(ApiScope.LINKS))


class SignInLink(Wire):
    """Send the browser there at once. `?next=/privacy/notices/` and the like lead on to a page."""

    url: str
    works_until: Moment


@router.post(
    "/members/{member}/sign-in-link", response=SignInLink, summary="A link that signs in, once"
)
@asks_only
def sign_in_link(request: ApiRequest, member: ProductId) -> SignInLink:
    """For a user who is signed in to the product. It works for a minute; never put it in a mail.

    Each call makes a new one, whatever name the call has: what is remembered could open a door.
    """
    token, works_until = signing_in.link_from_product(directory.find_member(member))
    return SignInLink(
        url=settings.BASE_URL + reverse("enter", args=[token]), works_until=works_until
    )
