from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentKind(models.TextChoices):
    TERMS = "terms", _("Terms of use")
    PRIVACY_POLICY = "privacy_policy", _("Privacy policy")
    DATA_USE_NOTICE = "data_use_notice", _("Data use notice")
    DPA = "dpa", _("Data processing agreement")


class Audience(models.TextChoices):
    """Whom a document concerns: members and administrators confirm it, contracts sign it."""

    MEMBERS = "members", _("Members")
    ADMINISTRATORS = "administrators", _("Contract administrators")
    CONTRACTS = "contracts", _("Contracts")
    PUBLIC = "public", _("Everybody")


class Surface(models.TextChoices):
    MOBILE = "mobile", _("Mobile app")
    DESKTOP = "desktop", _("Computer")
    EMAIL = "email", _("E-mail")
    OTHER = "other", _("Telephone, letter or in person")


# Where a text can be on a screen: nothing is confirmed, and no product asks, elsewhere.
SCREENS = (Surface.MOBILE, Surface.DESKTOP, Surface.EMAIL)
# The app a confirmation names that was made on our own pages, in a browser.
PRIVACY_PAGES = "privacy pages"


class Shown(models.TextChoices):
    """What a member did with a notice. None of it is consent (Art. 12, 13)."""

    SHOWN = "shown", _("Shown")
    POSTPONED = "postponed", _("Postponed")
    CONFIRMED = "confirmed", _("Confirmed")


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    INMAIL = "inmail", _("InMail")
    IN_PRODUCT = "in_product", _("In the product")


class Purpose(models.TextChoices):
    """Why a promotional message is sent. Ours and our partners' are purposes of their own."""

    PRODUCT_NEWS = "product_news", _("Product news")
    TIPS = "tips", _("Tips for your work")
    SURVEYS = "surveys", _("Invitations to studies")
    EVENTS = "events", _("Invitations to events")
    PARTNER_OFFERS = "partner_offers", _("Offers from partners")
    INMAIL_MARKETING = "inmail_marketing", _("InMail from customers and partners")

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Where messages of this purpose can appear at all."""
        return (Channel.INMAIL,) if self is Purpose.INMAIL_MARKETING else tuple(Channel)


class Act(models.TextChoices):
    """What somebody did. Accepting terms is never consent (Art. 7(2), Rec. 32)."""

    TERMS_ACCEPTED = "terms_accepted", _("Terms accepted")
    GIVEN = "given", _("Given")
    RECONFIRMED = "reconfirmed", _("Given again")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    OBJECTED = "objected", _("Objected")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")


AFFIRMATIVE = frozenset({Act.GIVEN, Act.RECONFIRMED})
# Of one purpose and channel each, or it is no specific answer (Art. 4(11), EDPB 05/2020 3.1.3).
SPECIFIC = AFFIRMATIVE | {Act.DECLINED}
# What the ledger keeps beyond a restore, and the suppressions beyond an erasure.
OPT_OUTS = frozenset({Act.WITHDRAWN, Act.OBJECTED, Act.UNSUBSCRIBED})


class Origin(models.TextChoices):
    JOINING = "joining", _("Joining")
    VERIFICATION_PAGE = "verification_page", _("E-mail verification")
    PREFERENCE_CENTRE = "preference_centre", _("Message choices")
    FOOTER_LINK = "footer_link", _("Link in a message")
    ONE_CLICK = "one_click", _("Unsubscribe button of the mail program")
    API = "api", _("The product")
    SUPPORT = "support", _("Support")
    IMPORT = "import", _("Import")


# Where the member acts in person: only there can they take an objection back.
IN_PERSON = frozenset({Origin.VERIFICATION_PAGE, Origin.PREFERENCE_CENTRE, Origin.FOOTER_LINK})


class AtEnd(models.TextChoices):
    """What happens to the customer's data when the contract ends (Art. 28(3)(g))."""

    DELETE = "delete", _("Delete")
    RETURN = "return", _("Return, then delete")


class KeepingGround(models.TextChoices):
    """Why evidence outlives the person's erasure."""

    CLAIMS = "claims", _("Defence of legal claims (Art. 17(3)(e) GDPR)")


class Reason(StrEnum):
    """Why a message may be sent or not; codes of the API."""

    CONSENTED = "consented"
    NO_CONSENT = "no_consent"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    UNKNOWN_MEMBER = "unknown_member"


PAIRS: tuple[tuple[Purpose, Channel], ...] = tuple(
    (purpose, channel) for purpose in Purpose for channel in purpose.channels
)
