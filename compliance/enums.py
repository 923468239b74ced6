from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestKind(models.TextChoices):
    """What is asked: a copy (Art. 15, 20) or deletion (Art. 17, 28(3)(g)). Never both in one."""

    EXPORT = "export", _("Export")
    DELETION = "deletion", _("Deletion")

    @property
    def prefix(self) -> str:
        return "EXP" if self is RequestKind.EXPORT else "DEL"


class ScopeKind(models.TextChoices):
    SEAT = "seat", _("Seat")
    CONTRACT = "contract", _("Contract")


class Status(models.TextChoices):
    RECEIVED = "received", _("Received")
    IDENTITY = "identity", _("Awaiting identity")
    IN_REVIEW = "in_review", _("In review")
    WAITING = "waiting", _("Waiting for requester")
    AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
    APPROVED = "approved", _("Approved")
    COOLING_OFF = "cooling_off", _("Scheduled")
    RUNNING = "running", _("Running")
    ATTENTION = "attention", _("Needs attention")
    COMPLETED = "completed", _("Completed")
    REJECTED = "rejected", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class Action(models.TextChoices):
    """Every step a request can take; `lifecycle.MOVES` says from where, to where and by whom."""

    ASK_IDENTITY = "ask_identity", _("Ask for proof of identity")
    VERIFY = "verify", _("Confirm identity and authority")
    ASK = "ask", _("Ask the requester")
    ANSWER = "answer", _("Answer")
    SUBMIT = "submit", _("Send for approval")
    APPROVE = "approve", _("Approve")
    OBJECT = "object", _("Object")
    ESCALATE = "escalate", _("Escalate to compliance")
    EXTEND = "extend", _("Extend the deadline")
    REFUSE = "refuse", _("Refuse")
    CANCEL = "cancel", _("Cancel")
    ABORT = "abort", _("Stop the export")
    EXPIRE = "expire", _("Close without an answer")
    LAPSE = "lapse", _("Close without the right to ask")
    WAIVE_COPY = "waive_copy", _("Go without a copy")
    EXPEDITE = "expedite", _("End the cooling-off early")
    SCHEDULE = "schedule", _("Begin the cooling-off")
    STOP = "stop", _("Stop and ask again")
    START = "start", _("Start")
    FAIL = "fail", _("Report a failure")
    RETRY = "retry", _("Try again")
    COMPLETE = "complete", _("Complete")
    RESUME = "resume", _("Resume after a hold")


class Capacity(models.TextChoices):
    """In what capacity somebody asks: from our own records, never from what they claim."""

    HOLDER = "holder", _("The seat’s holder")
    ADMINISTRATOR = "administrator", _("A contract administrator")
    COMPANY = "company", _("The customer, through us")


class DecidesAs(models.TextChoices):
    """In what role somebody approves: theirs on the contract (`actors.role_on`), or the rule."""

    REPRESENTATIVE = "representative", _("account representative")
    DEPUTY = "deputy", _("deputy")
    COMPLIANCE = "compliance", _("compliance")
    SUPPORT = "support", _("support")
    ADMINISTRATOR = "administrator", _("contract administrator")
    POLICY = "policy", _("rule")


class Channel(models.TextChoices):
    SELF_SERVICE = "self_service", _("Privacy pages")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")
    LETTER = "letter", _("Letter")
    REPRESENTATIVE = "representative", _("Account representative")
    API = "api", _("The product")


class ExportRule(models.TextChoices):
    """How a category gets into an export."""

    SELF_SERVICE = "self-service", _("At once")
    REVIEWED = "reviewed", _("After review")
    ON_REQUEST = "on request", _("When asked for")


class DataRole(models.TextChoices):
    CONTROLLER = "controller", _("We decide")
    PROCESSOR = "processor", _("The customer decides")


class ItemState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    HELD = "held", _("Kept under a hold")
    ATTENTION = "attention", _("Needs attention")


class Work(models.TextChoices):
    """What an item does. A request's items run in stages: all of one before any of the next."""

    PLAN = "plan", _("Plan")
    EXPORT = "export", _("Read")
    ASSEMBLE = "assemble", _("Put together")
    ERASE = "erase", _("Delete")
    RECOUNT = "recount", _("Count again")
    OWN_SIDE = "own_side", _("Delete on our side")


class PauseKind(models.TextChoices):
    """The only two reasons a clock may be paused (EDPB 01/2022 s. 5.3)."""

    IDENTITY = "identity", _("Proof of identity")
    SPECIFICATION = "specification", _("A question to the requester")


class Refusal(models.TextChoices):
    """The grounds on which a request may be refused, each with its article."""

    UNFOUNDED = "unfounded", _("Manifestly unfounded or excessive (Art. 12(5))")
    UNIDENTIFIED = "unidentified", _("We could not establish who asked (Art. 12(2))")
    OBLIGATION = "obligation", _("The law obliges us to keep the data (Art. 17(3)(b))")
    CLAIMS = "claims", _("The data is needed for legal claims (Art. 17(3)(e))")
    OTHERS = "others", _("It would harm the rights of others (Art. 15(4))")
    AUTHORITY = "authority", _("Whoever asked may not ask for this data")
    INSTRUCTION = "instruction", _("The customer, who decides on this data, said no")


class HoldGround(models.TextChoices):
    CLAIMS = "claims", _("Legal claims (Art. 17(3)(e))")
    OBLIGATION = "obligation", _("Legal obligation (Art. 17(3)(b))")
    AUTHORITY = "authority", _("Order of an authority")


class ReceiptKind(models.TextChoices):
    ACKNOWLEDGEMENT = "acknowledgement", _("Acknowledgement")
    DECISION = "decision", _("Decision")
    EXPORT = "export_receipt", _("Export receipt")
    DELETION = "deletion_certificate", _("Deletion certificate")
    CONSENT = "consent_receipt", _("Consent receipt")
    # That somebody was told is no consent, so it is a document of its own.
    CONFIRMATION = "confirmation_receipt", _("Confirmation receipt")


OF_MEMBERS = frozenset({ReceiptKind.CONSENT, ReceiptKind.CONFIRMATION})


class MailState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not delivered")
    FILED = "filed", _("No address: filed")


class ApiScope(models.TextChoices):
    """What a key of the HTTP API opens; no scope opens an archive."""

    DIRECTORY = "directory", _("Contracts, seats and people")
    NOTICES = "notices", _("Notices and their confirmations")
    CONSENT = "consent", _("Choices about messages")
    PERMISSION = "permission", _("Whether a message may be sent")
    REQUESTS = "requests", _("Requests for a copy or deletion")
    LINKS = "links", _("Sign-in links to the privacy pages")


class ActorKind(models.TextChoices):
    STAFF = "staff", _("Staff")
    MEMBER = "member", _("Member")
    API = "api", _("The product")
    SYSTEM = "system", _("Rightsdesk")


class Chore(models.TextChoices):
    """What the supervisor does in its rounds, again and again."""

    SWEEP = "sweep", _("Start what is ready, pick up what was left")
    BEAT = "beat", _("Ask the workers for a sign of life")
    MAILS = "mails", _("Send letters")
    EXPIRE = "expire", _("Destroy expired archives")
    SEAL = "seal", _("Seal the chain of events")
    PARTS = "parts", _("Clear the parts of finished copies")
    REMIND = "remind", _("Remind and escalate before dates pass")
    RETAIN = "retain", _("Erase what is kept for no longer")
    FILES = "files", _("Clear files that belong to nothing")
