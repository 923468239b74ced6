"""The guide for whoever connects a product: to be read at the desk, without the network.

It is in English only, and says so to screen readers: what it teaches to read, the code and what
`check_data_map` answers, is English too. Its samples are cut out of the worked example itself.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from compliance.sources import small_crm

MAP = Path(small_crm.__file__)
SCHEMA = MAP.with_suffix(".sql")


def your_own_product(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """For everybody who works here."""
    context = {
        **site.each_context(request),
        "title": _("Connect your own product"),
        "map": declarations(),
        "schema": tables(),
    }
    request.current_app = site.name
    return TemplateResponse(request, "help/your_own_product.html", context)


def declarations() -> dict[str, str]:
    """What the example assigns to each of its names, as it is written there."""
    source = MAP.read_text(encoding="utf-8")
    found = {}
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = ast.get_source_segment(source, node) or ""
    return found


def tables() -> dict[str, str]:
    """How the example's product creates each of its tables."""
    statements = re.finditer(r"CREATE TABLE (\w+) \(.*?\);", SCHEMA.read_text("utf-8"), re.DOTALL)
    return {statement[1]: statement[0] for statement in statements}
