"""The shapes of the records receipts are printed from.

A record is plain JSON: text, whole numbers, true and false, null, lists and objects. It is the one
source of its page, is attached to it, signed, and kept. So it names seats and contracts by number
and staff by role: no names, no addresses of people, nothing of the data itself.

Moments are UTC in ISO 8601 ("2026-11-28T10:06:41Z"); days are "2026-12-23" in the controller's time
zone. What the company or the data map words itself (names of categories, notes, grounds) is already
in the document's language.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

SCHEMA: Literal["rightsdesk.receipt/1"] = "rightsdesk.receipt/1"


class Controller(TypedDict):
    """Who answers (Art. 13(1)(a) and (b)), and the supervisory authority to complain to."""

    name: str
    address: str
    email: str
    phone: str
    dpo: str
    authority: str


class Head(TypedDict):
    """What every record begins with.

    `number` is the document's own ("RC-2026-000045"), `reference` its request's. `code` comes from
    `new_code()`, `url` is where anyone checks it. `replaces` names the document it supersedes.
    """

    schema: Literal["rightsdesk.receipt/1"]
    number: str
    reference: str
    code: str
    url: str
    issued_at: str
    language: str
    time_zone: str
    controller: Controller
    replaces: NotRequired[str]


class Asked(TypedDict):
    """What was asked, by whom: the codes of `compliance.enums`, and numbers.

    `seat` is "" for a whole contract; `seats` is how many seats the scope has.
    """

    kind: Literal["export", "deletion"]
    scope: Literal["seat", "contract"]
    contract: str
    seat: str
    seats: int
    capacity: str
    channel: str
    received_at: str


class AskedCategory(TypedDict):
    slug: str
    name: str
    handling: Literal["self-service", "reviewed", "on request", "deletion", "not applicable"]
    expected: str | None


class Acknowledgement(Head):
    """That a request arrived, and what happens now (Art. 12(3)).

    `identity` says how it was confirmed who asks. `cooling_off_hours` is how long an approved
    deletion can still be cancelled, null for a copy. `customer_decides`: the contract's instruction
    says that its administrator confirms (Art. 28(3)(a)).
    """

    kind: Literal["acknowledgement"]
    request: Asked
    identity: Literal["session", "code", "checked", "needed"]
    answer_by: str
    decide_by: str
    cooling_off_hours: int | None
    customer_decides: bool
    categories: list[AskedCategory]


class Ground(TypedDict):
    """Why: a code of `enums.Refusal`, or "complexity" and "number" of requests for an extension."""

    code: str
    reason: str


class DecidedCategory(TypedDict):
    """`ground` is a code of `enums.Refusal` where the category was refused, else null."""

    slug: str
    name: str
    ground: str | None


class Decision(Head):
    """Approval, refusal or extension (Art. 12(3) and (4)).

    `categories` lists what was decided on one by one; empty where one decision covers all.
    `answer_by` is the date of the original month, `extended_to` the new one of an extension,
    `cooling_off_until` the moment up to which an approved deletion can be cancelled.
    """

    kind: Literal["decision"]
    request: Asked
    decision: Literal["approved", "partly", "refused", "extended"]
    decided_by: list[str]
    decided_at: str
    ground: Ground | None
    answer_by: str
    extended_to: str | None
    cooling_off_until: str | None
    categories: list[DecidedCategory]


class CopiedFile(TypedDict):
    name: str
    size: int
    sha256: str


class CopiedCategory(TypedDict):
    """`format` as printed ("CSV", "JSONL", "Files"); it and `note` may be ""."""

    slug: str
    name: str
    state: Literal["included", "not applicable", "on request", "refused"]
    records: int
    format: str
    note: str


class ExportReceipt(Head):
    """What a copy holds, and its files (Art. 15(3), 20).

    `covers_from` is the moment of the oldest record, or null.
    """

    kind: Literal["export_receipt"]
    request: Asked
    cutoff_at: str
    covers_from: str | None
    expires_at: str
    files: list[CopiedFile]
    categories: list[CopiedCategory]


class Approved(TypedDict):
    """`role` is one of `seats.roles.Role`, "deputy", or "policy" where a rule approved."""

    role: str
    at: str


class Kept(TypedDict):
    """Records kept on purpose, the sentence that says why, and until which day, if one is known."""

    records: int
    ground: str
    text: str
    until: str | None


class DeletedCategory(TypedDict):
    """Found = deleted + anonymised + kept. `later` were written after the cut-off."""

    slug: str
    name: str
    applies: bool
    found: int
    deleted: int
    anonymised: int
    kept: list[Kept]
    later: int


class Recount(TypedDict):
    at: str
    remaining: int


class Told(TypedDict):
    """A recipient told to delete as well (Art. 19): a system or company, never a person."""

    name: str
    told_at: str
    confirmed_at: str | None


class Chain(TypedDict):
    """The head of the request's audit chain at completion."""

    event: int
    digest: str


class DeletionCertificate(Head):
    """That data was deleted, by whose decision, what was kept, and what a second count found.

    `history_removed` counts older versions of our own records that went too. `evidence`: where the
    person went as well, what proves what they were told and chose, kept under a bare number.
    """

    kind: Literal["deletion_certificate"]
    request: Asked
    cutoff_at: str
    approvals: list[Approved]
    cooling_off_until: str | None
    started_at: str
    finished_at: str
    recount: Recount
    categories: list[DeletedCategory]
    history_removed: int
    told: list[Told]
    backups_until: str
    evidence: Kept | None
    proof_until: str | None
    audit: Chain


class Choice(TypedDict):
    """`state` with `at`: given or withdrawn then; never has no `at`."""

    purpose: str
    channel: str
    yes: bool
    first_at: str | None
    state: Literal["given", "withdrawn", "never"]
    at: str | None


class ShownText(TypedDict):
    title: str
    version: int
    language: str
    effective_on: str
    sha256: str


class OfMember(Head):
    """With the fields of ISO/IEC TS 27560:2023, for which the member is a number (M-17).

    `seat` and `contract` may be "".
    """

    schema_version: str
    record_id: str
    receipt_id: str
    pii_principal_id: str
    pii_processing: list[dict[str, Any]]
    parties: list[dict[str, Any]]
    events: list[dict[str, Any]]
    seat: str
    contract: str
    kept_years: int


class ConsentReceipt(OfMember):
    """What a member chose about messages, on which words (Art. 7(1))."""

    kind: Literal["consent_receipt"]
    chosen_at: str
    surface: str
    spoken: str
    choices: list[Choice]
    text: ShownText
    withdraw_url: str


class ConfirmationReceipt(OfMember):
    """That a member was told, or accepted terms: never consent (Art. 12 to 14).

    `confirmed_at` is by the device's clock where it was offline, `received_at` by ours.
    """

    kind: Literal["confirmation_receipt"]
    accepted: bool
    confirmed_at: str
    received_at: str
    surface: str
    text: ShownText


Record = (
    Acknowledgement
    | Decision
    | ExportReceipt
    | DeletionCertificate
    | ConsentReceipt
    | ConfirmationReceipt
)
