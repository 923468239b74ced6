"""How many rows of which table a holder has."""

from __future__ import annotations

from collections.abc import Set

from compliance.sample.plan import WITH_SEAT_ADMINISTRATION, Holding

# Share of a holder's rows, and at most how many.  What is left over is mail.
MIX: dict[str, tuple[float, int | None]] = {
    "inmails": (0, None),
    "seat_profiles": (0, 1),
    "saved_leads": (0.09, None),
    "saved_accounts": (0.05, None),
    "notes": (0.07, None),
    "smartlinks_presentations": (0.01, 2),  # each is a file
    "smartlinks_views": (0.04, None),
    "seat_events": (0.02, None),
    "usage_daily": (0.08, None),
    "crm_contacts": (0.04, None),
    "crm_accounts": (0.02, None),
    "crm_activities": (0.05, None),
    "crm_links": (0.08, None),
    "account_imports": (0.01, 1),  # each is two files
    "assistant_messaging_preferences": (0, 1),
    "assistant_lead_preferences": (0.005, 3),
    "assistant_criteria": (0.02, None),
    "assistant_messages": (0.04, None),
    "assistant_drafts": (0.07, None),
}
# Tables whose rows cannot be without one of another.
NEEDS = {
    "smartlinks_views": "smartlinks_presentations",
    "assistant_drafts": "assistant_messages",
    "crm_links": "crm_contacts",
}


def days_of_use(holding: Holding) -> int:
    """Usage has one row a day: as many whole days as the licence was held."""
    return max(0, (holding.last - holding.since).days - 1)


def allotted(holding: Holding, rows: int, only: Set[str]) -> dict[str, int]:
    """Rows a table, in sum `rows` (fewer when every table in `only` is capped)."""
    tables = [
        table
        for table in MIX
        if table in only and (table != "seat_events" or holding.edition in WITH_SEAT_ADMINISTRATION)
    ]
    counts = dict.fromkeys(tables, 0)
    left = rows
    # One row of each first, mail before all; then each its share; then what is left over.
    for table in tables[:rows]:
        counts[table] = 1
        left -= 1
    for table in tables:
        share, cap = MIX[table]
        more = min(int(share * rows), most(table, cap, holding, rows)) - counts[table]
        if 0 < more <= left:
            counts[table] += more
            left -= more
    for table in tables:
        cap = most(table, MIX[table][1], holding, rows)
        more = min(left, cap - counts[table])
        if more > 0:
            counts[table] += more
            left -= more
    return {table: count for table, count in counts.items() if count}


def most(table: str, cap: int | None, holding: Holding, rows: int) -> int:
    if table == "usage_daily":
        return days_of_use(holding)
    return rows if cap is None else cap
