"""What a member still has to be told, one text a page, and the button that says they read it.

A GET records nothing, not even that the text was shown: browsers load pages ahead and programs
follow links, so a page that was sent is no page that was seen. What the member answers is recorded.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from compliance.views.personal import surface_of, visitor
from compliance.views.sessions import MemberRequest, signed_in
from consent.services import notices, reading
from consent.services.reading import Reading


@require_safe
@signed_in
def waiting(request: MemberRequest) -> HttpResponse:
    pending = notices.pending(request.member, surface_of(request))
    return render(request, "member/notices.html", {"pending": pending})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def notice(request: MemberRequest, pk: int) -> HttpResponse:
    if request.method == "POST":
        return _answered(request, pk)
    found = reading.of(request.member, pk, surface_of(request))
    if found.instead:
        return redirect("notice", found.instead.pk)
    return _page(request, found)


def _answered(request: MemberRequest, pk: int) -> HttpResponse:
    answer = reading.postpone if "later" in request.POST else reading.confirm
    surface = surface_of(request)
    try:
        noted = answer(
            request.member,
            pk,
            sha256=request.POST.get("sha256", "")[:64],
            surface=surface,
            ip=visitor(request),
        )
    except notices.Superseded as superseded:
        newer = reading.of(request.member, superseded.notice.version.pk, surface)
        return _page(request, newer, replaced=True)
    if answer is reading.postpone:
        return redirect("notices")
    return redirect("record", noted.confirmation.pk)


def _page(request: HttpRequest, found: Reading, *, replaced: bool = False) -> HttpResponse:
    if found.record:
        return redirect("record", found.record.pk)
    context = {"reading": found, "version": found.version, "replaced": replaced}
    return render(request, "member/notice.html", context, status=409 if replaced else 200)
