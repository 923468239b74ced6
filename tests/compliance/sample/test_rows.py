from __future__ import annotations

import unicodedata

from compliance.sample import Seeded, schema
from compliance.sample.texts import HURTING
from tests.compliance.sample.product import column, query

SCRIPTS = (
    "LATIN",
    "GREEK",
    "CYRILLIC",
    "ARABIC",
    "HEBREW",
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "THAI",
    "DEVANAGARI",
)
HOLDER = "CAST(seat_id AS text) || '-' || CAST(member_id AS text)"


def cells() -> list[object]:
    return [
        cell for table in schema.TABLES for row in query(f"SELECT * FROM {table}") for cell in row
    ]


def test_both_mailboxes_of_a_conversation_hold_the_same_messages_seen_from_either_side(
    shared_sample: Seeded,
) -> None:
    pairs = query(
        "SELECT a.direction, b.direction, a.subject, b.subject, a.body, b.body, a.contract_id, "
        "b.contract_id, a.counterpart_email, b.counterpart_email, a.own, b.own FROM "
        f"(SELECT i.*, s.contract_id, {HOLDER} AS holder, m.email AS own FROM inmails i "
        "JOIN seats s ON s.id = seat_id JOIN members m ON m.id = member_id) a JOIN "
        f"(SELECT i.*, s.contract_id, {HOLDER} AS holder, m.email AS own FROM inmails i "
        "JOIN seats s ON s.id = seat_id JOIN members m ON m.id = member_id) b "
        "ON a.conversation_id = b.conversation_id AND a.sent_at = b.sent_at "
        "AND a.holder < b.holder"
    )
    assert len(pairs) >= 60
    assert any(pair[6] != pair[7] for pair in pairs), "none across contracts"
    for mine, theirs, subject, same_subject, body, same_body, _, _, to, by, own, their_own in pairs:
        assert {mine, theirs} == {"sent", "received"}
        assert (subject, body) == (same_subject, same_body)
        assert (to, by) == (their_own, own)


def test_a_former_and_a_present_holder_share_a_conversation(shared_sample: Seeded) -> None:
    assert column(
        "SELECT count(*) FROM (SELECT 1 FROM inmails GROUP BY conversation_id, seat_id "
        "HAVING count(DISTINCT member_id) = 2) found"
    ) == [12]


def test_crm_contacts_belong_to_one_holder_to_two_or_to_none(shared_sample: Seeded) -> None:
    found = dict(
        query(
            "SELECT holders, count(*) FROM (SELECT count(DISTINCT CASE WHEN seat_id IS NOT NULL "
            f"THEN {HOLDER} END) AS holders FROM crm_contacts c "
            "LEFT JOIN crm_links l ON l.contact_id = c.id GROUP BY c.id) counted GROUP BY holders"
        )
    )
    assert found.keys() == {0, 1, 2}
    assert min(found.values()) >= 10
    for table, key in (("crm_accounts", "account_id"), ("crm_activities", "activity_id")):
        assert query(
            f"SELECT 1 FROM {table} WHERE id NOT IN "
            f"(SELECT {key} FROM crm_links WHERE {key} IS NOT NULL) LIMIT 1"
        )


def test_no_crm_row_is_linked_to_a_seat_of_another_contract(shared_sample: Seeded) -> None:
    for table, key in (
        ("crm_contacts", "contact_id"),
        ("crm_accounts", "account_id"),
        ("crm_activities", "activity_id"),
    ):
        assert column(
            f"SELECT count(*) FROM {table} c JOIN crm_links l ON l.{key} = c.id "
            "JOIN seats s ON s.id = l.seat_id WHERE s.contract_id <> c.contract_id"
        ) == [0]
    assert column(
        "SELECT count(*) FROM crm_links "
        "WHERE contact_id IS NULL AND account_id IS NULL AND activity_id IS NULL"
    ) == [0]


def test_activities_hang_on_own_shared_foreign_contacts_or_on_none(shared_sample: Seeded) -> None:
    assert column("SELECT count(*) FROM crm_activities WHERE contact_id IS NULL")[0] > 0
    of_who = column(
        "SELECT count(DISTINCT CASE WHEN k.seat_id = l.seat_id AND k.member_id = l.member_id "
        "THEN 'own' WHEN k.seat_id IS NOT NULL THEN 'other' END) "
        "FROM crm_links l JOIN crm_activities a ON a.id = l.activity_id "
        "JOIN crm_links k ON k.contact_id = a.contact_id GROUP BY a.id"
    )
    assert set(of_who) == {1, 2}
    foreign = column(
        "SELECT count(*) FROM crm_links l JOIN crm_activities a ON a.id = l.activity_id "
        "WHERE a.contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM crm_links k WHERE "
        "k.contact_id = a.contact_id AND k.seat_id = l.seat_id AND k.member_id = l.member_id)"
    )
    assert foreign[0] > 0


def test_notes_are_on_leads_on_accounts_on_both_and_on_nothing_of_the_same_holder(
    shared_sample: Seeded,
) -> None:
    kinds = query("SELECT DISTINCT lead_id IS NOT NULL, account_id IS NOT NULL FROM notes")
    assert {tuple(map(bool, kind)) for kind in kinds} == {
        (True, False),
        (False, True),
        (True, True),
        (False, False),
    }
    for table, key in (("saved_leads", "lead_id"), ("saved_accounts", "account_id")):
        assert column(
            f"SELECT count(*) FROM notes n JOIN {table} o ON o.id = n.{key} "
            "WHERE (o.seat_id, o.member_id) <> (n.seat_id, n.member_id)"
        ) == [0]


def test_messages_have_generated_and_edited_drafts(shared_sample: Seeded) -> None:
    found = query("SELECT version, is_generated FROM assistant_drafts GROUP BY 1, 2 ORDER BY 1")
    assert [(version, bool(generated)) for version, generated in found] == [(1, True), (2, False)]


def test_every_cell_that_hurts_is_there_beside_null_and_the_empty_string(
    shared_sample: Seeded,
) -> None:
    found = cells()
    texts = {cell for cell in found if isinstance(cell, str)}
    assert set(HURTING) <= texts
    for table, name in (
        ("inmails", "subject"),
        ("saved_leads", "list_name"),
        ("seat_profiles", "territory"),
    ):
        values = column(f"SELECT DISTINCT {name} FROM {table}")
        assert {None, ""} <= set(values), table


def test_text_is_in_many_scripts_and_holds_no_nul(shared_sample: Seeded) -> None:
    text = "".join(cell for cell in cells() if isinstance(cell, str))
    names = {unicodedata.name(sign, "").split(" ")[0] for sign in set(text)}
    assert set(SCRIPTS) <= names
    assert "\0" not in text
    assert "\N{ZERO WIDTH JOINER}" in text
    text.encode()


def test_a_few_cells_are_longer_than_a_hundred_kilobytes(shared_sample: Seeded) -> None:
    for table in ("inmails", "notes"):
        sizes = [len(body.encode()) for body in column(f"SELECT body FROM {table}") if body]
        assert sum(size > 100_000 for size in sizes) == 1
