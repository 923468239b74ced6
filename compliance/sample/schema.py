"""The sample product's tables: a Sales-Navigator-like product, as such a company would have them.

Every row a member made carries the licence (`seat_id`) and the person (`member_id`), because a
licence can be handed on and the next holder must not inherit the last one's rows.
"""

from __future__ import annotations

from django.db import connections, transaction

# {pk} {ref} {time} {flag} {text} {amount} {score}: the words in which the two databases differ.
TYPES = {
    "postgresql": {
        "pk": "bigint PRIMARY KEY",
        "ref": "bigint",
        "time": "timestamptz",
        "flag": "boolean",
        "text": "text",
        "amount": "numeric(14,2)",
        "score": "numeric(5,2)",
        "day": "date",
    },
    "sqlite": {
        "pk": "integer PRIMARY KEY",
        "ref": "integer",
        "time": "text",
        "flag": "boolean",
        "text": "text",
        "amount": "numeric(14,2)",
        "score": "numeric(5,2)",
        "day": "date",
    },
}
OWNER = (
    "seat_id {ref} NOT NULL REFERENCES seats(id), member_id {ref} NOT NULL REFERENCES members(id)"
)

TABLES: dict[str, str] = {
    "contracts": "id {pk}, number {text} NOT NULL, company {text} NOT NULL, "
    "edition {text} NOT NULL, created_at {time} NOT NULL",
    "members": "id {pk}, name {text} NOT NULL, email {text} NOT NULL, locale {text} NOT NULL, "
    "created_at {time} NOT NULL",
    "seats": "id {pk}, contract_id {ref} NOT NULL REFERENCES contracts(id), "
    "created_at {time} NOT NULL",
    "seat_profiles": f"id {{pk}}, {OWNER}, headline {{text}}, territory {{text}}, "
    "time_zone {text}, bio {text}, settings {text}, created_at {time} NOT NULL",
    "saved_leads": f"id {{pk}}, {OWNER}, full_name {{text}}, title {{text}}, company {{text}}, "
    "profile_url {text}, list_name {text}, is_starred {flag}, created_at {time} NOT NULL",
    "saved_accounts": f"id {{pk}}, {OWNER}, name {{text}}, website {{text}}, industry {{text}}, "
    "employees {ref}, list_name {text}, created_at {time} NOT NULL",
    "conversations": "id {pk}, started_at {time} NOT NULL",
    "inmails": f"id {{pk}}, {OWNER}, "
    "conversation_id {ref} NOT NULL REFERENCES conversations(id), direction {text} NOT NULL, "
    "counterpart_name {text}, counterpart_email {text}, "
    "subject {text}, body {text}, is_read {flag}, sent_at {time} NOT NULL",
    "notes": f"id {{pk}}, {OWNER}, lead_id {{ref}} REFERENCES saved_leads(id), "
    "account_id {ref} REFERENCES saved_accounts(id), body {text}, is_shared {flag}, "
    "created_at {time} NOT NULL",
    "smartlinks_presentations": f"id {{pk}}, {OWNER}, title {{text}}, file_key {{text}} NOT NULL, "
    "media_type {text}, size_bytes {ref}, created_at {time} NOT NULL",
    "smartlinks_views": "id {pk}, presentation_id {ref} NOT NULL "
    "REFERENCES smartlinks_presentations(id), viewer_name {text}, viewer_email {text}, "
    "viewer_company {text}, seconds {ref}, viewed_at {time} NOT NULL",
    "seat_events": "id {pk}, contract_id {ref} NOT NULL REFERENCES contracts(id), "
    f"{OWNER}, kind {{text}} NOT NULL, detail {{text}}, actor_name {{text}}, "
    "happened_at {time} NOT NULL",
    "usage_daily": f"{OWNER}, day {{day}} NOT NULL, searches {{ref}}, profiles_viewed {{ref}}, "
    "inmails_sent {ref}, score {score}, recorded_at {time} NOT NULL, "
    "PRIMARY KEY (seat_id, member_id, day)",
    "crm_contacts": "id {pk}, contract_id {ref} NOT NULL REFERENCES contracts(id), "
    "external_id {text}, full_name {text}, email {text}, phone {text}, title {text}, "
    "synced_at {time} NOT NULL",
    "crm_accounts": "id {pk}, contract_id {ref} NOT NULL REFERENCES contracts(id), "
    "external_id {text}, name {text}, website {text}, annual_revenue {amount}, "
    "synced_at {time} NOT NULL",
    "crm_activities": "id {pk}, contract_id {ref} NOT NULL REFERENCES contracts(id), "
    "contact_id {ref} REFERENCES crm_contacts(id), kind {text}, subject {text}, body {text}, "
    "synced_at {time} NOT NULL",
    "crm_links": f"id {{pk}}, {OWNER}, contact_id {{ref}} REFERENCES crm_contacts(id), "
    "account_id {ref} REFERENCES crm_accounts(id), "
    "activity_id {ref} REFERENCES crm_activities(id), linked_at {time} NOT NULL",
    "account_imports": f"id {{pk}}, {OWNER}, list_name {{text}}, raw_key {{text}} NOT NULL, "
    "report_key {text} NOT NULL, rows_total {ref}, rows_matched {ref}, created_at {time} NOT NULL",
    "assistant_messaging_preferences": f"id {{pk}}, {OWNER}, tone {{text}}, signature {{text}}, "
    "language {text}, options {text}, created_at {time} NOT NULL",
    "assistant_lead_preferences": f"id {{pk}}, {OWNER}, industries {{text}}, regions {{text}}, "
    "seniorities {text}, created_at {time} NOT NULL",
    "assistant_criteria": f"id {{pk}}, {OWNER}, name {{text}}, rule {{text}}, weight {{ref}}, "
    "created_at {time} NOT NULL",
    "assistant_messages": f"id {{pk}}, {OWNER}, lead_id {{ref}} REFERENCES saved_leads(id), "
    "subject {text}, final_text {text}, created_at {time} NOT NULL",
    "assistant_drafts": "id {pk}, message_id {ref} NOT NULL REFERENCES assistant_messages(id), "
    "version {ref} NOT NULL, body {text}, is_generated {flag}, created_at {time} NOT NULL",
}
OWNED = tuple(name for name, columns in TABLES.items() if OWNER in columns)
INDEXES: dict[str, tuple[str, ...]] = {
    **{name: ("seat_id, member_id, id",) for name in OWNED if name != "usage_daily"},
    "seats": ("contract_id",),
    "inmails": ("seat_id, member_id, id", "conversation_id"),
    "notes": ("seat_id, member_id, id", "lead_id", "account_id"),
    "smartlinks_views": ("presentation_id",),
    "seat_events": ("seat_id, member_id, id", "contract_id"),
    "crm_contacts": ("contract_id",),
    "crm_accounts": ("contract_id",),
    "crm_activities": ("contract_id", "contact_id"),
    "crm_links": ("seat_id, member_id, id", "contact_id", "account_id", "activity_id"),
    "assistant_messages": ("seat_id, member_id, id", "lead_id"),
    "assistant_drafts": ("message_id",),
}


def create() -> None:
    """Create the tables that are not there yet, in the order their foreign keys ask for."""
    connection = connections["product"]
    words = TYPES[connection.vendor]
    with transaction.atomic("product"), connection.cursor() as cursor:
        for name, columns in TABLES.items():
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns.format(**words)})")
        for name, indexes in INDEXES.items():
            for number, columns in enumerate(indexes):
                cursor.execute(
                    f"CREATE INDEX IF NOT EXISTS {name}_{number}_idx ON {name} ({columns})"
                )
