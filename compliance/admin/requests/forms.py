"""What staff fill in about a request. Fields check shape; services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.admin.requests.words import REASON_LABELS
from compliance.enums import Action, Channel, Refusal, RequestKind
from compliance.lifecycle import MOVES
from compliance.models import DataCategory, PrivacyRequest
from compliance.services.evidence import Shows
from compliance.services.intake import FORMATS

# Steps whose reason is sent to the requester word for word.
SENT = frozenset({Action.ASK_IDENTITY, Action.ASK, Action.REFUSE, Action.EXTEND})
# By hand a request comes in on these ways; the others file their own.
BY_HAND = (Channel.EMAIL, Channel.PHONE, Channel.LETTER, Channel.REPRESENTATIVE)
BOTH = "both"


class TakeForm(forms.Form):
    """One step: made from the request as it was shown (`version`), so that a stale one is seen."""

    field_order = ("version", "ground", "reason", "reference")

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}), max_length=4000, label=_("Note for the record")
    )
    ground = forms.ChoiceField(choices=Refusal.choices, label=_("Ground"))
    reference = forms.CharField(
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )

    def __init__(self, action: Action, request: PrivacyRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = request.version
        self.fields["reason"].required = MOVES[action].needs_reason
        self.fields["reason"].label = REASON_LABELS.get(action, self.fields["reason"].label)
        if action in SENT:
            self.fields["reason"].help_text = _("The requester reads this word for word.")
        if action != Action.REFUSE:
            del self.fields["ground"]
        if not types_reference(action, request):
            del self.fields["reference"]


def types_reference(action: Action, request: PrivacyRequest) -> bool:
    return action == Action.APPROVE and request.kind == RequestKind.DELETION


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class ReceivedWidget(forms.SplitDateTimeWidget):
    """A day and a time, each with its own name for a screen reader."""

    def __init__(self) -> None:
        super().__init__()
        self.widgets = [DayInput(), TimeInput()]
        self.widgets[0].attrs["aria-label"] = _("Day received")
        self.widgets[1].attrs["aria-label"] = _("Time received")


class IntakeForm(forms.Form):
    """A request that reached us by mail, telephone or letter, entered for whoever made it."""

    kind = forms.ChoiceField(
        label=_("What they ask for"),
        choices=[
            (RequestKind.EXPORT, _("A copy")),
            (RequestKind.DELETION, _("Deletion")),
            (BOTH, _("A copy first, then deletion")),
        ],
        widget=forms.RadioSelect,
        initial=RequestKind.EXPORT,
    )
    seat = forms.CharField(
        label=_("Seat number"),
        max_length=40,
        required=False,
        help_text=_("One person’s data. Leave the contract empty."),
    )
    contract = forms.CharField(
        label=_("Contract number"),
        max_length=40,
        required=False,
        help_text=_("The customer’s instruction for the whole contract. Leave the seat empty."),
    )
    requester = forms.CharField(
        label=_("Who asks"),
        max_length=40,
        required=False,
        help_text=_(
            "The number of a contract’s administrator, such as M-17. Empty: the seat’s holder, or "
            "the customer for the whole contract."
        ),
    )
    categories = forms.MultipleChoiceField(
        label=_("Categories"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None ticked: what the privacy notice promises, which is what most want."),
    )
    format = forms.ChoiceField(
        label=_("Format"), choices=[(name, name.upper()) for name in FORMATS], initial="csv"
    )
    channel = forms.ChoiceField(
        label=_("How it reached us"), choices=[(way, way.label) for way in BY_HAND]
    )
    received_at = forms.SplitDateTimeField(
        label=_("When it reached us"),
        widget=ReceivedWidget,
        help_text=_("The deadline runs from then, whoever read it first."),
    )
    contact_email = forms.EmailField(
        label=_("Answer to"),
        required=False,
        help_text=_("Empty: their address in the product."),
    )
    language = forms.ChoiceField(
        label=_("Language of the answer"),
        required=False,
        choices=[("", _("Theirs or the contract’s")), *settings.LANGUAGES],
    )
    what = forms.ChoiceField(
        label=_("The file shows"), required=False, choices=[("", "—"), *Shows.choices]
    )
    file = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_("PDF, JPEG or PNG, at most 10 MB. Destroyed once the request is closed."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args: Any, attaches: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["categories"].choices = [
            (row.slug, row.said("name")) for row in DataCategory.objects.all()
        ]
        self.fields["received_at"].initial = timezone.localtime()
        if not attaches:
            del self.fields["what"], self.fields["file"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if bool(data.get("seat", "").strip()) == bool(data.get("contract", "").strip()):
            raise forms.ValidationError(_("Give a seat number or a contract number."))
        if data.get("file") and not data.get("what"):
            self.add_error("what", _("Say what the file shows."))
        return data
