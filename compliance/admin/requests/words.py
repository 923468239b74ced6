"""What the steps of a request's life say to staff before they take them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from compliance.enums import Action, RequestKind

FOLLOWS: dict[Action, Any] = {
    Action.ASK_IDENTITY: gettext_lazy(
        "Only where there is real doubt (Art. 12(6)). The requester is asked at once, in their "
        "language; without an answer the request is closed when it is due."
    ),
    Action.VERIFY: gettext_lazy(
        "You say that whoever asks is who they say they are, and may ask for this. The request "
        "goes to review."
    ),
    Action.ASK: gettext_lazy(
        "The requester is asked at once, in their language. The request waits for the answer; the "
        "date it is due on stays."
    ),
    Action.ANSWER: gettext_lazy("You record what the requester answered. Review goes on."),
    Action.SUBMIT: gettext_lazy(
        "The account representative, or compliance where there is none, is asked to decide."
    ),
    Action.OBJECT: gettext_lazy(
        "A right cannot be refused by the account: your objection goes to compliance, who decide."
    ),
    Action.EXTEND: gettext_lazy(
        "By two months, once, with the reason (Art. 12(3)). The requester is told at once."
    ),
    Action.REFUSE: gettext_lazy(
        "The request ends. The requester is sent your reason, and how to complain (Art. 12(4)). As "
        "unfounded or excessive, two people refuse: nothing is sent before the second does."
    ),
    Action.CANCEL: gettext_lazy("The request ends; nothing is handed over or deleted."),
    Action.ABORT: gettext_lazy("The export ends; what was read so far is destroyed."),
    Action.WAIVE_COPY: gettext_lazy(
        "The deletion no longer waits until the copy was fetched or its time is over."
    ),
    Action.EXPEDITE: gettext_lazy(
        "The deletion begins at once: the requester can no longer cancel it."
    ),
    Action.RETRY: gettext_lazy("What failed is tried again from where it stands."),
}
APPROVING: dict[str, Any] = {
    RequestKind.EXPORT: gettext_lazy(
        "The copy is made as soon as the last approval needed is given."
    ),
    RequestKind.DELETION: gettext_lazy(
        "The next page shows what is lost, and asks for the reference. Nothing is deleted yet."
    ),
}
BACK: dict[Action, Any] = {
    Action.EXPEDITE: gettext_lazy("Keep the cooling-off"),
    Action.ABORT: gettext_lazy("Let it run"),
    Action.CANCEL: gettext_lazy("Keep the request"),
}
REASON_LABELS: dict[Action, Any] = {
    Action.ASK_IDENTITY: gettext_lazy("What you need from them, and why you doubt"),
    Action.ASK: gettext_lazy("Your question"),
    Action.ANSWER: gettext_lazy("What they answered, and how"),
    Action.REFUSE: gettext_lazy("Reason"),
    Action.EXTEND: gettext_lazy("Why more time is needed"),
    Action.OBJECT: gettext_lazy("The objection, and whose it is"),
    Action.WAIVE_COPY: gettext_lazy("How they said that they want no copy"),
}


def follows(action: Action, kind: str) -> str:
    """What comes of a step, in a sentence or two."""
    return str(APPROVING[kind] if action == Action.APPROVE else FOLLOWS[action])
