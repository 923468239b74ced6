"""The two statements behind `may_send`, past the ORM, whose building of a query with a thousand
parameters takes longer than the database's answer.

Moments come as the database keeps them, which on SQLite is text: they are for comparing with each
other, which both kinds allow. (A bare column would be parsed there; an expression is not.)
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from django.db import connection

from consent.models import Preference, Suppression
from seats.models import Member

_MEMBERS = (
    "SELECT m.{field}, m.email, m.erased_at IS NOT NULL, "  # noqa: S608 our own names
    "p.act, p.event_id, coalesce(p.since, NULL) "
    f"FROM {Member._meta.db_table} m LEFT JOIN {Preference._meta.db_table} p "
    "ON p.member_id = m.id AND p.purpose = %s AND p.channel = %s WHERE m.{field} {among}"
)
_SUPPRESSED = (
    "SELECT key, max(since) "  # noqa: S608 our own names
    f"FROM {Suppression._meta.db_table} "
    "WHERE purpose IN ('', %s) AND channel IN ('', %s) AND key {among} GROUP BY key"
)
# The same list as one parameter; both databases look its values up in the index.
_AMONG = {
    "postgresql": "= ANY(%s)",
    "sqlite": "IN (SELECT value FROM json_each(%s))",
}


def choices(
    field: str, members: Collection[Any], purpose: str, channel: str
) -> list[tuple[Any, ...]]:
    """For each known member: `field`, address, erased or not, latest act, its event, its moment.

    None where there is none.
    """
    among = _AMONG[connection.vendor]
    return _fetched(_MEMBERS.format(field=field, among=among), purpose, channel, members)


def suppressed(traces: Collection[str], purpose: str, channel: str) -> dict[str, Any]:
    """Those of the addresses' traces that are suppressed for a purpose and channel, since when."""
    statement = _SUPPRESSED.format(among=_AMONG[connection.vendor])
    return dict(_fetched(statement, purpose, channel, traces))


def _fetched(
    statement: str, purpose: str, channel: str, values: Collection[Any]
) -> list[tuple[Any, ...]]:
    listed = list(values)
    among: Any = listed if connection.vendor == "postgresql" else json.dumps(listed)
    with connection.cursor() as cursor:
        cursor.execute(statement, [str(purpose), str(channel), among])
        return list(cursor.fetchall())
