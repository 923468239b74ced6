"""What each kind of staff may do: data, from which the groups are made."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    SUPPORT = "support"
    REPRESENTATIVE = "representative"
    COMPLIANCE = "compliance"
    AUDITOR = "auditor"


SEE = frozenset(
    {
        "seats.view_contract",
        "seats.view_seat",
        "seats.view_member",
        "seats.view_administration",
        "compliance.view_privacyrequest",
        "compliance.view_requestitem",
        "compliance.view_requestevent",
        "compliance.view_approval",
        "compliance.view_hold",
        "compliance.view_archive",
        "compliance.view_receipt",
        "compliance.view_datacategory",
        "compliance.view_extension",
        "compliance.view_pause",
        "compliance.view_message",
        "consent.view_document",
        "consent.view_documentversion",
        "consent.view_confirmation",
        "consent.view_consentevent",
        "consent.view_preference",
        "consent.view_certification",
        "consent.view_subprocessor",
        "consent.view_agreement",
    }
)
HANDLE = frozenset(
    {
        "compliance.intake_request",
        "compliance.review_request",
        "compliance.approve_request",
        "compliance.cancel_request",
        "compliance.answer_request",
        "compliance.view_internalnote",
        "compliance.add_internalnote",
    }
)
OVERSEE = frozenset(
    {
        "seats.see_every_contract",
        "compliance.view_emailmessage",
        "compliance.view_evidence",
        "compliance.view_internalnote",
        "compliance.view_heartbeat",
        "compliance.view_round",
        "compliance.view_seal",
        "compliance.view_deskevent",
        "compliance.view_numberseries",
        "compliance.view_apikey",
        "consent.view_suppression",
        "consent.view_keptevidence",
    }
)

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.SUPPORT: SEE
    | HANDLE
    | {
        "seats.see_every_contract",
        "compliance.view_emailmessage",
        "compliance.view_evidence",
        "compliance.add_evidence",
        "compliance.view_heartbeat",
        "compliance.retry_request",
        "compliance.open_archive",
        "consent.record_on_behalf",
        "consent.remind_documentversion",
    },
    Role.REPRESENTATIVE: SEE
    | HANDLE
    | {"compliance.object_request", "compliance.add_evidence", "compliance.view_evidence"}
    | {"consent.remind_documentversion", "consent.ask_agreement", "consent.change_agreement"},
    Role.COMPLIANCE: SEE
    | HANDLE
    | OVERSEE
    | {
        "seats.change_contract",
        "seats.add_contract",
        "seats.view_staffuser",
        "seats.reset_second_factor",
        "compliance.change_datacategory",
        "compliance.add_evidence",
        "compliance.refuse_request",
        "compliance.extend_request",
        "compliance.expedite_request",
        "compliance.retry_request",
        "compliance.open_archive",
        "compliance.place_hold",
        "compliance.lift_hold",
        "compliance.add_apikey",
        "compliance.change_apikey",
        "consent.add_document",
        "consent.change_document",
        "consent.change_documentversion",
        "consent.publish_documentversion",
        "consent.remind_documentversion",
        "consent.record_on_behalf",
        "consent.add_certification",
        "consent.change_certification",
        "consent.add_subprocessor",
        "consent.change_subprocessor",
        "consent.ask_agreement",
        "consent.change_agreement",
    },
    Role.AUDITOR: SEE | OVERSEE,
}
