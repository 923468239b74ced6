"""The data map of the sample product: the fourteen categories, table by table.

The sources come in an order in which erasing respects the foreign keys between them. A company
connects its own product with a module like this one, named in `DATA_MAP`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.sources.base import HELD, SHARED, Source
from compliance.sources.columns import DATE, booleans, decimal, integers, moments, texts
from compliance.sources.declared import (
    Child,
    ContractColumn,
    Orphan,
    Reference,
    ThroughLinks,
    ThroughParent,
)
from compliance.sources.files import Files
from compliance.sources.tables import Table

EDITIONS: Mapping[str, str | Promise] = {
    "core": "Core",
    "advanced": "Advanced",
    "advanced_plus": "Advanced Plus",
}
WITH_SEAT_ADMINISTRATION = frozenset({"advanced", "advanced_plus"})
GROUNDS: Mapping[str, str | Promise] = {
    SHARED: _("Another seat of the contract holds them too."),
    HELD: _("A legal hold keeps them."),
}
ROW = integers("id", "seat_id", "member_id")

ASSISTANT_MESSAGES = Table(
    category="assistant-messages",
    name="assistant_messages",
    columns={
        **ROW,
        **integers("lead_id"),
        **texts("subject", "final_text"),
        **moments("created_at"),
    },
    created="created_at",
    children=(Child("assistant_drafts", "message_id"),),
)
ASSISTANT_DRAFTS = Table(
    category="assistant-messages",
    name="assistant_drafts",
    columns={
        **integers("id", "message_id", "version"),
        **texts("body"),
        **booleans("is_generated"),
        **moments("created_at"),
    },
    created="created_at",
    owner=ThroughParent(ASSISTANT_MESSAGES, "message_id"),
)
NOTES = Table(
    category="notes",
    name="notes",
    columns={
        **ROW,
        **integers("lead_id", "account_id"),
        **texts("body"),
        **booleans("is_shared"),
        **moments("created_at"),
    },
    created="created_at",
)
SAVED_LEADS = Table(
    category="saved-leads",
    name="saved_leads",
    columns={
        **ROW,
        **texts("full_name", "title", "company", "profile_url", "list_name"),
        **booleans("is_starred"),
        **moments("created_at"),
    },
    created="created_at",
    references=(Reference("notes", "lead_id"), Reference("assistant_messages", "lead_id")),
)
SAVED_ACCOUNTS = Table(
    category="saved-accounts",
    name="saved_accounts",
    columns={
        **ROW,
        **texts("name", "website", "industry"),
        **integers("employees"),
        **texts("list_name"),
        **moments("created_at"),
    },
    created="created_at",
    references=(Reference("notes", "account_id"),),
)
# A conversation is its two sides' mailbox copies: it goes with the last of them.
INMAILS = Table(
    category="inmails-messages",
    name="inmails",
    columns={
        **ROW,
        **integers("conversation_id"),
        **texts("direction", "counterpart_name", "counterpart_email", "subject", "body"),
        **booleans("is_read"),
        **moments("sent_at"),
    },
    created="sent_at",
    masks={"counterpart_email": "mask_email"},
    orphans=(Orphan("conversations", "conversation_id"),),
)
PRESENTATIONS = Table(
    category="smartlinks-presentations",
    name="smartlinks_presentations",
    columns={
        **ROW,
        **texts("title", "file_key", "media_type"),
        **integers("size_bytes"),
        **moments("created_at"),
    },
    created="created_at",
    children=(Child("smartlinks_views", "presentation_id"),),
)
PRESENTATION_FILES = Files(
    category="smartlinks-presentations", folder="smartlinks/{seat}/{member}/"
)
VIEWS = Table(
    category="smartlinks-users",
    name="smartlinks_views",
    columns={
        **integers("id", "presentation_id"),
        **texts("viewer_name", "viewer_email", "viewer_company"),
        **integers("seconds"),
        **moments("viewed_at"),
    },
    created="viewed_at",
    owner=ThroughParent(PRESENTATIONS, "presentation_id"),
)
SEAT_EVENTS = Table(
    category="seat-management",
    name="seat_events",
    columns={
        **integers("id", "contract_id", "seat_id", "member_id"),
        **texts("kind", "detail", "actor_name"),
        **moments("happened_at"),
    },
    created="happened_at",
    contract=ContractColumn(),
    editions=WITH_SEAT_ADMINISTRATION,
)
USAGE = Table(
    category="usage-reporting",
    name="usage_daily",
    columns={
        **integers("seat_id", "member_id"),
        "day": DATE,
        **integers("searches", "profiles_viewed", "inmails_sent"),
        "score": decimal(2),
        **moments("recorded_at"),
    },
    created="recorded_at",
    pk=("seat_id", "member_id", "day"),
)
IMPORTS = Table(
    category="account-list-files",
    name="account_imports",
    columns={
        **ROW,
        **texts("list_name", "raw_key", "report_key"),
        **integers("rows_total", "rows_matched"),
        **moments("created_at"),
    },
    created="created_at",
)
IMPORT_FILES = Files(
    category="account-list-files",
    folder="imports/{seat}/{member}/",
    stems=frozenset({"raw", "report"}),
)
MESSAGING_PREFERENCES = Table(
    category="assistant-preferences",
    name="assistant_messaging_preferences",
    columns={**ROW, **texts("tone", "signature", "language", "options"), **moments("created_at")},
    created="created_at",
)
LEAD_PREFERENCES = Table(
    category="assistant-preferences",
    name="assistant_lead_preferences",
    columns={**ROW, **texts("industries", "regions", "seniorities"), **moments("created_at")},
    created="created_at",
)
CRITERIA = Table(
    category="assistant-criteria",
    name="assistant_criteria",
    columns={**ROW, **texts("name", "rule"), **integers("weight"), **moments("created_at")},
    created="created_at",
)
PROFILES = Table(
    category="user-information",
    name="seat_profiles",
    columns={
        **ROW,
        **texts("headline", "territory", "time_zone", "bio", "settings"),
        **moments("created_at"),
    },
    created="created_at",
)
# Two seats that part with a row at the same time each find it shared with the other: the second
# one's last link then takes it along.
CRM_LINKS = Table(
    category="crm-sync",
    name="crm_links",
    columns={**ROW, **integers("contact_id", "account_id", "activity_id"), **moments("linked_at")},
    created="linked_at",
    orphans=(
        Orphan("crm_activities", "activity_id", created="synced_at"),
        Orphan(
            "crm_contacts",
            "contact_id",
            created="synced_at",
            used_by=(("crm_activities", "contact_id"),),
        ),
        Orphan("crm_accounts", "account_id", created="synced_at"),
    ),
)
CRM_ACTIVITIES = Table(
    category="crm-sync",
    name="crm_activities",
    columns={
        **integers("id", "contract_id", "contact_id"),
        **texts("kind", "subject", "body"),
        **moments("synced_at"),
    },
    created="synced_at",
    owner=ThroughLinks(CRM_LINKS, "activity_id"),
    contract=ContractColumn(),
    references=(Reference("crm_links", "activity_id"),),
)
CRM_CONTACTS = Table(
    category="crm-sync",
    name="crm_contacts",
    columns={
        **integers("id", "contract_id"),
        **texts("external_id", "full_name", "email", "phone", "title"),
        **moments("synced_at"),
    },
    created="synced_at",
    owner=ThroughLinks(CRM_LINKS, "contact_id", used_by=((CRM_ACTIVITIES, "contact_id"),)),
    contract=ContractColumn(),
    references=(Reference("crm_activities", "contact_id"), Reference("crm_links", "contact_id")),
)
CRM_ACCOUNTS = Table(
    category="crm-sync",
    name="crm_accounts",
    columns={
        **integers("id", "contract_id"),
        **texts("external_id", "name", "website"),
        "annual_revenue": decimal(2),
        **moments("synced_at"),
    },
    created="synced_at",
    owner=ThroughLinks(CRM_LINKS, "account_id"),
    contract=ContractColumn(),
    references=(Reference("crm_links", "account_id"),),
)

SOURCES: tuple[Source, ...] = (
    PROFILES,
    ASSISTANT_DRAFTS,
    ASSISTANT_MESSAGES,
    NOTES,
    SAVED_LEADS,
    SAVED_ACCOUNTS,
    INMAILS,
    VIEWS,
    PRESENTATION_FILES,
    PRESENTATIONS,
    SEAT_EVENTS,
    USAGE,
    IMPORT_FILES,
    IMPORTS,
    MESSAGING_PREFERENCES,
    LEAD_PREFERENCES,
    CRITERIA,
    CRM_ACTIVITIES,
    CRM_CONTACTS,
    CRM_ACCOUNTS,
    CRM_LINKS,
)
