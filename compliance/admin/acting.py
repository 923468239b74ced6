"""Pages that act: GET says what would follow, POST asks a service, and what it refuses is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from compliance.services.errors import BadInput, Refused, Stale

TEMPLATE = "admin/act.html"


class Done(NamedTuple):
    """Where to go afterwards, and the sentence to say there."""

    url: str
    said: str


class Page(NamedTuple):
    """What an acting page shows beside its form.

    `crumbs` are the pages above it (words, address), the last of which is where “Back” leads;
    `follows` says what pressing `button` does; `extra` is for a `template` of its own.
    """

    title: str
    button: str
    crumbs: list[tuple[str, str]]
    follows: list[str]
    kicker: str = ""
    lede: str = ""
    danger: bool = False
    template: str = TEMPLATE
    extra: dict[str, Any] | None = None


def act(
    desk: admin.ModelAdmin,
    http: HttpRequest,
    page: Page,
    form: forms.Form,
    do: Callable[[dict[str, Any]], Done],
    *,
    why: Refused | None = None,
) -> HttpResponse:
    """Show the page, or do it. `why` is what already speaks against it: then there is no form.

    What can be put right in the form is said in it, and what was typed stays.
    """
    if http.method != "POST":
        return show(desk, http, page, form, refused=why)
    if why:
        return show(desk, http, page, form, refused=why, status=why.status)
    if not form.is_valid():
        return show(desk, http, page, form, status=BadInput.status)
    try:
        done = do(form.cleaned_data)
    except (BadInput, Stale) as error:
        form.add_error(None, str(error))
        return show(desk, http, page, form, status=error.status)
    except Refused as error:
        return show(desk, http, page, form, refused=error, status=error.status)
    messages.success(http, done.said)
    return HttpResponseRedirect(done.url)


def show(
    desk: admin.ModelAdmin,
    http: HttpRequest,
    page: Page,
    form: forms.Form | None = None,
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **desk.admin_site.each_context(http),
        **page._asdict(),
        **(page.extra or {}),
        "back": page.crumbs[-1][1],
        "form": form,
        "refused": str(refused or ""),
        "opts": desk.opts,
    }
    http.current_app = desk.admin_site.name
    return TemplateResponse(http, page.template, context, status=status)
