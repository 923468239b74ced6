"""What staff write of a document, and how they publish it. Services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.admin.requests.forms import DayInput
from consent.enums import Audience
from consent.models import Document

LONGEST_TEXT = 100_000  # letters
MATERIAL, SMALL = "material", "small"


class DraftForm(forms.Form):
    """One language of the next version. `seen` is what the page was made from."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    summary = forms.CharField(
        label=gettext_lazy("In short"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("The points to know, one a line. They stand above the text."),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        widget=forms.Textarea(attrs={"rows": 24}),
        max_length=LONGEST_TEXT,
        strip=False,
        help_text=gettext_lazy("Plain text; an empty line begins a new paragraph."),
    )
    change_summary = forms.CharField(
        label=gettext_lazy("What changed"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("One or two sentences, for those who read the last version."),
    )

    def clean_text(self) -> str:
        """Browsers send CRLF: the fingerprint is of the text as it is shown."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class SureForm(forms.Form):
    """Nothing to fill in: pressing the button is the decision."""


class PublishForm(forms.Form):
    """The decision about the drafts that were on the page (`seen`), not about what came after."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    effective_on = forms.DateField(label=gettext_lazy("Takes effect on"), widget=DayInput)
    weight = forms.ChoiceField(label=gettext_lazy("How much changed"), widget=forms.RadioSelect)

    def __init__(
        self, document: Document, number: int, asked: int, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].initial = timezone.now().date()
        if number == 1:  # the first is always material
            del self.fields["weight"]
        else:
            material, small = weights(document, number, asked)
            self.fields["weight"].choices = [(MATERIAL, material), (SMALL, small)]

    def clean_effective_on(self) -> Any:
        day = self.cleaned_data["effective_on"]
        if day < timezone.now().date():
            raise forms.ValidationError(_("That day is over: a text cannot have been in force."))
        return day


def weights(document: Document, number: int, asked: int) -> tuple[str, str]:
    """What it means to call version `number` material, and to call it a small correction."""
    if document.audience == Audience.CONTRACTS:
        small = _("A small correction: what was signed before holds.")
    elif document.audience == Audience.PUBLIC:
        small = _("A small correction.")
    else:
        small = _("A small correction: nobody is asked again.")
    material = _("Material: %(consequence)s") % {"consequence": put_to(document, number, asked)}
    return material, small


def put_to(document: Document, number: int, asked: int) -> str:
    """What a material version asks of how many."""
    facts = {"n": asked, "number": number}
    if document.audience == Audience.CONTRACTS:
        return (
            ngettext(
                "%(n)d contract will have to sign version %(number)s.",
                "%(n)d contracts will have to sign version %(number)s.",
                asked,
            )
            % facts
        )
    if document.audience == Audience.PUBLIC:
        return _("the public page shows it from its day on.")
    if number == 1:
        said = ngettext(
            "%(n)d active member will be asked to confirm version %(number)s.",
            "%(n)d active members will be asked to confirm version %(number)s.",
            asked,
        )
    else:
        said = ngettext(
            "%(n)d active member will be asked to confirm version %(number)s again.",
            "%(n)d active members will be asked to confirm version %(number)s again.",
            asked,
        )
    return said % facts
