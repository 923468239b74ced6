"""Records as the services make them, for tests of the documents: whole, and true in themselves."""

from __future__ import annotations

from typing import Any

CODE = "EXP-2026-000123-K9D2X-N6TFB-4HQ7M-3V8HY-R5C0WE"
NAMES = {
    "inmails-messages": "InMails and messages",
    "saved-leads": "Saved leads",
    "notes": "Notes",
    "crm-sync": "CRM data",
    "usage-reporting": "Usage reporting",
    "saved-accounts": "Saved accounts",
    "smartlinks-users": "SmartLinks viewers",
    "assistant-messages": "Sales Assistant messages",
    "assistant-preferences": "Sales Assistant preferences",
    "smartlinks-presentations": "SmartLinks presentations",
    "assistant-criteria": "Sales Assistant criteria",
    "account-list-files": "Account list files",
    "user-information": "Navigator profile",
    "seat-management": "Seat management",
}
FILES = {"smartlinks-presentations", "account-list-files"}
COUNTS = dict(
    zip(NAMES, (8930, 2147, 1204, 1036, 418, 312, 260, 187, 22, 14, 9, 6, 1, 0), strict=True)
)


def head(kind: str, **changes: Any) -> dict[str, Any]:
    return {
        "schema": "rightsdesk.receipt/1",
        "kind": kind,
        "number": "RC-2026-000045",
        "reference": "EXP-2026-000123",
        "code": CODE,
        "url": f"https://privacy.larkfield.example/v/{CODE}",
        "issued_at": "2026-11-28T10:06:41Z",
        "language": "en",
        "time_zone": "Europe/Dublin",
        "controller": {
            "name": "Larkfield Software Ltd",
            "address": "14 Hanover Quay, Dublin D02 KX54, Ireland",
            "email": "privacy@larkfield.example",
            "phone": "+353 1 555 0142",
            "dpo": "dpo@larkfield.example",
            "authority": "Data Protection Commission, 6 Pembroke Row, Dublin",
        },
        **changes,
    }


def asked(kind: str = "export", *, seats: int = 0) -> dict[str, Any]:
    """A request for one seat, or with `seats` for a whole contract."""
    return {
        "kind": kind,
        "scope": "contract" if seats else "seat",
        "contract": "K-10482",
        "seat": "" if seats else "S-204417",
        "seats": seats or 1,
        "capacity": "administrator" if seats else "holder",
        "channel": "self_service",
        "received_at": "2026-11-23T10:31:00Z",
    }


def acknowledgement(kind: str = "export", *, seats: int = 0, **changes: Any) -> dict[str, Any]:
    reviewed = {"inmails-messages", "smartlinks-presentations", "smartlinks-users"}
    asked_for = {"user-information", "saved-leads", "crm-sync"}

    def category(slug: str, name: str) -> dict[str, Any]:
        if slug == "seat-management":
            return {"slug": slug, "name": name, "handling": "not applicable", "expected": None}
        if kind == "deletion":
            handling, expected = "deletion", "2026-12-23"
        elif slug in reviewed or slug == "assistant-preferences":
            handling, expected = "reviewed", "2026-11-30"
        elif slug in asked_for or slug.startswith("assistant-"):
            handling, expected = "on request", "2026-12-14"
        else:
            handling, expected = "self-service", "2026-11-23"
        return {"slug": slug, "name": name, "handling": handling, "expected": expected}

    return {
        **head("acknowledgement"),
        "request": asked(kind, seats=seats),
        "identity": "code",
        "answer_by": "2026-12-23",
        "decide_by": "2026-12-18" if kind == "export" else "2026-12-15",
        "cooling_off_hours": None if kind == "export" else 72,
        "customer_decides": False,
        "categories": [category(slug, name) for slug, name in NAMES.items()],
        **changes,
    }


def decision(
    outcome: str = "refused", kind: str = "export", *, seats: int = 0, **changes: Any
) -> dict[str, Any]:
    extended, refused = outcome == "extended", outcome == "refused"
    ground = None
    if refused:
        ground = {"code": "others", "reason": "The messages name people outside your company."}
    elif extended:
        ground = {"code": "complexity", "reason": "The data spans six systems.\nTwo are abroad."}
    return {
        **head("decision"),
        "request": asked(kind, seats=seats),
        "decision": outcome,
        "decided_by": ["compliance"] if refused or extended else ["representative"],
        "decided_at": "2026-11-25T10:00:00Z",
        "ground": ground,
        "answer_by": "2026-12-23",
        "extended_to": "2027-02-23" if extended else None,
        "cooling_off_until": (
            "2026-11-28T10:00:00Z" if kind == "deletion" and not (refused or extended) else None
        ),
        "categories": [],
        **changes,
    }


def export_receipt(*, seats: int = 0, files: int = 1, **changes: Any) -> dict[str, Any]:
    def category(slug: str, name: str) -> dict[str, Any]:
        applies = slug != "seat-management"
        return {
            "slug": slug,
            "name": name,
            "state": "included" if applies else "not applicable",
            "records": COUNTS[slug],
            "format": "Files" if slug in FILES else "CSV",
            "note": "214 addresses of others hidden" if slug == "inmails-messages" else "",
        }

    return {
        **head("export_receipt"),
        "request": asked("export", seats=seats),
        "cutoff_at": "2026-11-25T09:02:00Z",
        "covers_from": "2024-03-04T08:00:00Z",
        "expires_at": "2026-12-03T18:00:00Z",
        "files": [
            {
                "name": "EXP-2026-000123.zip" if files == 1 else f"EXP-2026-000123-{part:04d}.zip",
                "size": 1_331_439_862,
                "sha256": f"{part:064x}",
            }
            for part in range(1, files + 1)
        ],
        "categories": [category(slug, name) for slug, name in NAMES.items()],
        **changes,
    }


def deletion_certificate(*, seats: int = 0, **changes: Any) -> dict[str, Any]:
    def category(slug: str, name: str) -> dict[str, Any]:
        kept = []
        if slug == "crm-sync":
            text = "Belong to no seat; the customer decides"
            kept = [{"records": 45, "ground": "shared", "text": text, "until": None}]
        return {
            "slug": slug,
            "name": name,
            "applies": slug != "seat-management",
            "found": COUNTS[slug],
            "deleted": COUNTS[slug] - sum(each["records"] for each in kept),
            "anonymised": 0,
            "kept": kept,
            "later": 3 if slug == "notes" else 0,
        }

    approvals = [{"role": "representative", "at": "2026-11-25T10:00:00Z"}]
    if seats:
        approvals.append({"role": "compliance", "at": "2026-11-25T14:20:00Z"})
    return {
        **head("deletion_certificate", reference="DEL-2026-000124"),
        "request": asked("deletion", seats=seats),
        "cutoff_at": "2026-11-25T10:00:00Z",
        "approvals": approvals,
        "cooling_off_until": "2026-11-28T10:00:00Z",
        "started_at": "2026-11-28T10:00:10Z",
        "finished_at": "2026-11-28T10:04:55Z",
        "recount": {"at": "2026-11-28T10:06:02Z", "remaining": 0},
        "categories": [category(slug, name) for slug, name in NAMES.items()],
        "history_removed": 7,
        "told": [
            {
                "name": "Tandem CRM",
                "told_at": "2026-11-28T10:04:58Z",
                "confirmed_at": "2026-11-28T10:05:30Z",
            }
        ],
        "backups_until": "2027-01-02",
        "evidence": {
            "records": 12,
            "ground": "claims",
            "text": "Defence of legal claims (Art. 17(3)(e) GDPR)",
            "until": "2029-11-28",
        },
        "proof_until": "2029-12-31",
        "audit": {"event": 41, "digest": "c7d190ae5b3f2e86" * 4},
        **changes,
    }


def consent_receipt(**changes: Any) -> dict[str, Any]:
    def choice(purpose: str, channel: str, first: str | None, at: str | None, state: str) -> Any:
        return {
            "purpose": purpose,
            "channel": channel,
            "yes": state == "given",
            "first_at": first,
            "state": state,
            "at": at,
        }

    now, before = "2026-11-09T14:05:00Z", "2024-03-04T08:00:00Z"
    return {
        **head("consent_receipt", number="RC-2026-004871", reference="", issued_at=now),
        **of_member("RC-2026-004871"),
        "chosen_at": now,
        "surface": "Message choices, on a computer",
        "spoken": "English",
        "choices": [
            choice("Product news", "E-mail", before, now, "withdrawn"),
            choice("Tips for your work", "E-mail", now, now, "given"),
            choice("Offers from partners", "E-mail", None, None, "never"),
            choice("InMail from members", "InMail", before, now, "given"),
            choice("InMail advertising", "InMail", None, None, "never"),
            choice("Invitations to studies", "In the product", now, now, "given"),
        ],
        "text": {
            "title": "Your messages: what each kind is",
            "version": 5,
            "language": "en",
            "effective_on": "2026-09-01",
            "sha256": "77c0e5a14b3d98f60a52d7e4c83f196b5e90a7d231c48fb6e2067d9a94b1f05c",
        },
        "withdraw_url": "https://privacy.larkfield.example/privacy/choices/",
        **changes,
    }


def confirmation_receipt(**changes: Any) -> dict[str, Any]:
    now = "2026-11-23T09:12:00Z"
    return {
        **head("confirmation_receipt", number="RC-2026-004872", reference="", issued_at=now),
        **of_member("RC-2026-004872"),
        "accepted": False,
        "confirmed_at": now,
        "received_at": now,
        "surface": "Privacy pages, on a phone",
        "text": {
            "title": "How Larkfield uses your data",
            "version": 3,
            "language": "de",
            "effective_on": "2026-11-16",
            "sha256": "5c81f0d293ab7e4477c0e5a14b3d98f60a52d7e4c83f196b5e90a7d231c48fb6",
        },
        **changes,
    }


def of_member(number: str) -> dict[str, Any]:
    """What the standard asks for, and whose it is."""
    return {
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": f"{number}/M-17",
        "receipt_id": number,
        "pii_principal_id": "M-17",
        "pii_processing": [],
        "parties": [],
        "events": [],
        "seat": "S-204417",
        "contract": "K-10482",
        "kept_years": 3,
    }
