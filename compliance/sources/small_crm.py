"""A worked example: the data map of another product, the small CRM of `small_crm.sql`.

It shows what `navigator.py` has no need of: keys of several columns, rows whose seat is reached
through a join, and rows that accounting law keeps. What it says is held against those tables by
`tests/compliance/sources/test_small_crm.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.sources.base import Source
from compliance.sources.columns import DATE, booleans, decimal, integers, moments, texts
from compliance.sources.declared import (
    AsParent,
    Child,
    ContractColumn,
    EndOfYear,
    LicenceTable,
    OwnColumns,
    Reference,
    Retain,
    ThroughParent,
)
from compliance.sources.files import Files
from compliance.sources.tables import Table

EDITIONS: Mapping[str, str | Promise] = {"team": "Team", "company": "Company"}
GROUNDS: Mapping[str, str | Promise] = {
    "accounting": _("Accounting law requires these records to be kept."),
}
HOLDER = OwnColumns("licence_id", "person_id")
WORKSPACE = LicenceTable("licences", "id", "workspace_id")
NUMBER = ("workspace_id", "number")

# The product's own register: it says whose a deal is, and no source of the map erases it.
ASSIGNMENTS = Table(
    category="",
    name="assignments",
    columns={
        **texts("workspace_id"),
        **integers("number", "licence_id", "person_id"),
        **moments("since"),
    },
    created="since",
    pk=NUMBER,
    owner=HOLDER,
    contract=ContractColumn("workspace_id"),
)
PROFILES = Table(
    category="user-information",
    name="profiles",
    columns={
        **integers("licence_id", "person_id"),
        **texts("signature", "phone"),
        **moments("created_at"),
    },
    created="created_at",
    pk=("licence_id", "person_id"),
    owner=HOLDER,
    contract=WORKSPACE,
)
LEADS = Table(
    category="saved-leads",
    name="leads",
    columns={
        **texts("workspace_id"),
        **integers("number", "licence_id", "person_id"),
        **texts("full_name", "email"),
        **booleans("is_customer"),
        **moments("created_at"),
    },
    created="created_at",
    pk=NUMBER,
    owner=HOLDER,
    contract=WORKSPACE,
    references=(Reference("deals", ("workspace_id", "lead"), pk=NUMBER),),
)
DEALS = Table(
    category="saved-accounts",
    name="deals",
    columns={
        **texts("workspace_id"),
        **integers("number", "assignment", "lead"),
        **texts("title"),
        "worth": decimal(2),
        "closes_on": DATE,
        **moments("opened_at"),
    },
    created="opened_at",
    pk=NUMBER,
    owner=ThroughParent(ASSIGNMENTS, ("workspace_id", "assignment")),
    children=(
        Child("deal_notes", ("workspace_id", "deal"), pk=("workspace_id", "deal", "position")),
    ),
)
DEAL_NOTES = Table(
    category="notes",
    name="deal_notes",
    columns={
        **texts("workspace_id"),
        **integers("deal", "position"),
        **texts("body"),
        **moments("written_at"),
    },
    created="written_at",
    pk=("workspace_id", "deal", "position"),
    owner=ThroughParent(DEALS, ("workspace_id", "deal")),
)
# Drafts go. Invoices and credit notes stay for eight years after theirs (§ 147(3), (4) AO).
INVOICES = Table(
    category="seat-management",
    name="invoices",
    columns={
        **texts("workspace_id"),
        **integers("number", "licence_id", "person_id"),
        **texts("kind"),
        "total": decimal(2),
        **moments("written_at"),
    },
    created="written_at",
    pk=NUMBER,
    owner=HOLDER,
    contract=WORKSPACE,
    erasure=Retain({"kind": ("invoice", "credit note")}, "accounting", until=EndOfYear(8)),
    children=(
        Child(
            "invoice_lines",
            ("workspace_id", "invoice"),
            pk=("workspace_id", "invoice", "position"),
        ),
    ),
)
INVOICE_LINES = Table(
    category="seat-management",
    name="invoice_lines",
    columns={
        **texts("workspace_id"),
        **integers("invoice", "position"),
        **texts("bought"),
        "price": decimal(2),
        **moments("written_at"),
    },
    created="written_at",
    pk=("workspace_id", "invoice", "position"),
    owner=ThroughParent(INVOICES, ("workspace_id", "invoice")),
    erasure=AsParent(),
)
IMPORTS = Files(
    category="account-list-files",
    folder="imports/{seat}/{member}/",
    licences=WORKSPACE,
    stems=frozenset({"raw", "report"}),
)

# Children before what they point at.
SOURCES: tuple[Source, ...] = (
    DEAL_NOTES,
    DEALS,
    LEADS,
    INVOICE_LINES,
    INVOICES,
    IMPORTS,
    PROFILES,
)
