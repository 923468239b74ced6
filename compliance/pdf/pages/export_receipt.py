from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.enums import Capacity
from compliance.pdf.pages.page import Page, named, subject, whole
from compliance.pdf.phrases import NONE, Fact, Phrases
from compliance.pdf.records import CopiedCategory, CopiedFile, ExportReceipt

# More would fill pages with fingerprints; the attached record has them all.
FILES_SHOWN = 12


def page(record: ExportReceipt, say: Phrases) -> Page:
    asked, start = record["request"], record["covers_from"]
    last = say.day(record["cutoff_at"])
    covers = _("%(start)s to %(end)s") % {"start": say.day(start), "end": last} if start else ""
    total = sum(category["records"] for category in record["categories"])
    return Page(
        title=_("Export receipt"),
        statement=_statement(record, total, say),
        foot=_("keep this receipt with the copy"),
        facts=[
            subject(asked, say),
            Fact(_("Asked by"), [str(Capacity(asked["capacity"]).label)]),
            Fact(_("Received"), [say.moment(asked["received_at"])]),
            Fact(_("Data as of"), [say.moment(record["cutoff_at"])]),
            Fact(_("Covers"), [covers or _("All data up to %(day)s") % {"day": last}]),
            Fact(_("Download until"), [], strong=say.moment(record["expires_at"])),
        ],
        body={
            "rows": [_row(category, say) for category in record["categories"]],
            "total": say.count(total),
            "files": [_file(each, say) for each in record["files"][:FILES_SHOWN]],
            "more_files": _more(record, say),
            "on_request": any(c["state"] == "on request" for c in record["categories"]),
        },
    )


def _statement(record: ExportReceipt, total: int, say: Phrases) -> str:
    asked = record["request"]
    words = named(asked, say) | {"moment": say.exactly(record["cutoff_at"])}
    if whole(asked):
        found = _(
            "A copy of the data held for contract %(contract)s (%(seats)s), as it stood on "
            "%(moment)s, is ready to download. Nothing was deleted."
        )
        empty = _(
            "We looked for data held for contract %(contract)s (%(seats)s), as it stood on "
            "%(moment)s, and found none. Nothing was deleted."
        )
    else:
        found = _(
            "A copy of the data held for seat %(seat)s, as it stood on %(moment)s, "
            "is ready to download. Nothing was deleted."
        )
        empty = _(
            "We looked for data held for seat %(seat)s, as it stood on %(moment)s, "
            "and found none. Nothing was deleted."
        )
    return (found if total else empty) % words


def _row(category: CopiedCategory, say: Phrases) -> dict[str, object]:
    included = category["state"] == "included"
    notes = {
        "included": "" if category["records"] else _("Nothing held"),
        "not applicable": _("Does not apply to this edition"),
        "on request": _("Not in this copy; can be asked for"),
        "refused": _("Refused"),
    }
    return {
        "name": category["name"],
        "records": say.count(category["records"]) if included else NONE,
        "format": category["format"] if included and category["records"] else "",
        "absent": notes[category["state"]],
        "note": category["note"],
    }


def _file(copied: CopiedFile, say: Phrases) -> dict[str, object]:
    digest = copied["sha256"]
    return {
        "name": copied["name"],
        "size": say.size(copied["size"]),
        "sha256": [digest[start : start + 8] for start in range(0, len(digest), 8)],
    }


def _more(record: ExportReceipt, say: Phrases) -> str:
    more = len(record["files"]) - FILES_SHOWN
    if more <= 0:
        return ""
    text = ngettext(
        "%(count)s more file is listed with its fingerprint in the attached record.",
        "%(count)s more files are listed with their fingerprints in the attached record.",
        more,
    )
    return text % {"count": say.count(more)}
