"""Agreements on data processing: who has yet to sign, asked and recorded, each on its own page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from compliance.admin.acting import Done, Page, act, show
from compliance.admin.papers.forms import SureForm
from compliance.admin.requests.forms import DayInput
from compliance.services import signing
from compliance.services.errors import NotAllowed, Refused
from consent.enums import AtEnd, DocumentKind
from consent.models import Agreement, DocumentVersion
from consent.services import agreements
from seats.admin.base import ReadOnlyAdmin
from seats.models import Contract, StaffUser

if TYPE_CHECKING:
    from compliance.admin.customers import ContractAdmin

ON_A_PAGE = 50


class SignForm(forms.Form):
    """A signature as it reached us."""

    version = forms.ModelChoiceField(
        label=gettext_lazy("Signed version"), queryset=DocumentVersion.objects.none()
    )
    signed_on = forms.DateField(label=gettext_lazy("Signed on"), widget=DayInput)
    signed_by = forms.CharField(
        label=gettext_lazy("Signed by"),
        max_length=200,
        help_text=gettext_lazy("Name and function in the customer’s company."),
    )
    at_end = forms.ChoiceField(
        label=gettext_lazy("When the contract ends"), choices=AtEnd.choices, initial=AtEnd.DELETE
    )
    evidence = forms.CharField(
        label=gettext_lazy("Signed paper"),
        max_length=200,
        help_text=gettext_lazy("Where it is kept: a file number, such as LEGAL-2026-0417."),
    )

    def __init__(self, contract: Contract, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        signed = Agreement.objects.signed().filter(contract=contract)
        versions = (
            DocumentVersion.objects.published()
            .filter(document__kind=DocumentKind.DPA)
            .exclude(pk__in=signed.values("version"))
            .order_by("document", "-number", "language")
        )
        self.fields["version"].queryset = versions
        self.fields["version"].label_from_instance = _named
        self.fields["signed_on"].widget.attrs["max"] = timezone.now().date().isoformat()


def _named(version: DocumentVersion) -> str:
    facts = {"title": version.title, "number": version.number, "language": version.language}
    return _("%(title)s, version %(number)s, %(language)s") % facts


@admin.register(Agreement)
class AgreementAdmin(ReadOnlyAdmin):
    list_display = ("contract", "version", "asked_at", "signed_on")
    list_select_related = ("contract", "version")
    list_filter = (("signed_on", admin.EmptyFieldListFilter),)
    search_fields = ("contract__number__iexact",)
    search_help_text = gettext_lazy("Contract number")
    ordering = ("contract", "-pk")
    change_list_template = "admin/consent/agreement/change_list.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(AgreementAdmin.outdated_view, self))
        return [path("outdated/", view, name="consent_agreement_outdated"), *super().get_urls()]

    def outdated_view(self, http: HttpRequest) -> HttpResponse:
        """Running contracts that have not signed what is in force, of those the person may see."""
        if not self.has_view_permission(http):
            raise PermissionDenied
        if http.method not in ("GET", "HEAD"):
            raise PermissionDenied
        late = agreements.outdated().visible_to(http.user).order_by("number")
        shown = Paginator(late, ON_A_PAGE).get_page(http.GET.get("p"))
        contracts = list(shown)
        signed, asked = signing.last_signed(contracts), signing.last_asked(contracts)
        every = reverse("admin:consent_agreement_changelist")
        page = Page(
            title=_("Contracts on an outdated agreement"),
            button="",
            crumbs=[(str(self.opts.verbose_name_plural), every)],
            follows=[],
            template="admin/consent/agreement/outdated.html",
            extra={
                "page": shown,
                "rows": [(one, signed.get(one.pk), asked.get(one.pk)) for one in contracts],
                "may_ask": http.user.has_perm("consent.ask_agreement"),
                "may_sign": http.user.has_perm("consent.change_agreement"),
            },
        )
        return show(self, http, page)


def ask(desk: ContractAdmin, http: HttpRequest, pk: str) -> HttpResponse:
    """Ask a customer to sign what is in force."""
    contract = _found(desk, http, pk)
    page = Page(
        title=_("Ask for a signature"),
        button=_("Send the e-mail"),
        crumbs=_crumbs(desk, contract),
        follows=[
            _("Each administrator of the contract gets an e-mail that leads to the agreement."),
            _("What comes back signed is recorded on this contract’s page."),
        ],
        kicker=contract.number,
        lede=contract.customer,
    )

    def send(_data: dict[str, Any]) -> Done:
        asked = signing.ask(contract, actor=http.user)
        said = ngettext("%(n)d administrator is asked.", "%(n)d administrators are asked.", asked)
        return Done(_page_of(contract), said % {"n": asked})

    form = SureForm(http.POST if http.method == "POST" else None)
    why = signing.why_not_ask(contract, actor=http.user)
    return act(desk, http, page, form, send, why=why)


def sign(desk: ContractAdmin, http: HttpRequest, pk: str) -> HttpResponse:
    """Record a signature that reached us."""
    contract = _found(desk, http, pk)
    form = SignForm(contract, http.POST if http.method == "POST" else None)
    page = Page(
        title=_("Record a signature"),
        button=_("Record the signature"),
        crumbs=_crumbs(desk, contract),
        follows=[_("A signature is recorded once, and stays with the contract.")],
        kicker=contract.number,
        lede=contract.customer,
    )

    def record(data: dict[str, Any]) -> Done:
        agreements.sign(contract, actor=http.user, **data)
        return Done(_page_of(contract), _("The signature is recorded."))

    return act(desk, http, page, form, record, why=why_not_sign(http.user))


def why_not_sign(user: StaffUser) -> Refused | None:
    if not user.has_perm("consent.change_agreement"):
        return NotAllowed(_("Your role does not include this."))
    return None


def beside(contract: Contract, user: StaffUser) -> dict[str, Any]:
    """Where a contract stands, and what the person can do about it."""
    return {
        "standing": signing.standing(contract),
        "why_not_ask": str(signing.why_not_ask(contract, actor=user) or ""),
        "why_not_sign": str(why_not_sign(user) or ""),
    }


def _found(desk: ContractAdmin, http: HttpRequest, pk: str) -> Contract:
    if not desk.has_view_permission(http):
        raise PermissionDenied
    contract: Contract | None = desk.get_object(http, unquote(pk))
    if contract is None:
        raise Http404
    return contract


def _page_of(contract: Contract) -> str:
    return reverse("admin:seats_contract_change", args=[contract.pk])


def _crumbs(desk: ContractAdmin, contract: Contract) -> list[tuple[str, str]]:
    every = reverse("admin:seats_contract_changelist")
    return [(str(desk.opts.verbose_name_plural), every), (contract.number, _page_of(contract))]
