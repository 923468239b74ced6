from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.enums import Capacity
from compliance.pdf.pages.page import ROLES, Page, named, subject, whole, word
from compliance.pdf.phrases import NONE, Fact, Phrases
from compliance.pdf.records import DeletedCategory, DeletionCertificate, Kept


class NotCertain(ValueError):
    """A certificate would say more than is known: counts do not add up, or something remains."""


def page(record: DeletionCertificate, say: Phrases) -> Page:
    _make_certain(record)
    rows = record["categories"]
    return Page(
        title=_("Deletion certificate"),
        statement=_statement(record, say),
        foot=_("keep this certificate for your records"),
        facts=_facts(record, say),
        body={
            "rows": [_row(category, say) for category in rows],
            "anonymised": any(category["anonymised"] for category in rows),
            "totals": {
                "found": say.count(sum(category["found"] for category in rows)),
                "deleted": say.count(_deleted(record)),
                "anonymised": say.count(_anonymised(record)),
                "kept": say.count(_kept(record)),
            },
            "notes": _notes(record, say),
            "event": say.count(record["audit"]["event"]),
            "digest": _grouped(record["audit"]["digest"][:16]),
        },
    )


def _make_certain(record: DeletionCertificate) -> None:
    if record["recount"]["remaining"]:
        raise NotCertain(
            f"{record['recount']['remaining']} records remained: a certificate says none did."
        )
    for category in record["categories"]:
        kept = sum(each["records"] for each in category["kept"])
        if category["found"] != category["deleted"] + category["anonymised"] + kept:
            counts = "{slug}: {found} found, but {deleted} deleted, {anonymised} made anonymous"
            raise NotCertain(f"{counts.format_map(category)} and {kept} kept.")


def _statement(record: DeletionCertificate, say: Phrases) -> str:
    deleted, anonymised, kept = _deleted(record), _anonymised(record), _kept(record)
    sentences = [_deleted_sentence(record, deleted, say) if deleted else _nothing(record, say)]
    if anonymised:
        text = ngettext(
            "%(count)s record was made anonymous.",
            "%(count)s records were made anonymous.",
            anonymised,
        )
        sentences.append(text % {"count": say.count(anonymised)})
    if kept:
        text = ngettext(
            "%(count)s record was kept, for the reason given below.",
            "%(count)s records were kept, for the reasons given below.",
            kept,
        )
        sentences.append(text % {"count": say.count(kept)})
    if deleted or anonymised:
        sentences.append(_("A second count found none left to delete. This cannot be undone."))
    return " ".join(sentences)


def _deleted_sentence(record: DeletionCertificate, deleted: int, say: Phrases) -> str:
    asked = record["request"]
    words = named(asked, say) | {
        "count": say.count(deleted),
        "moment": say.exactly(record["cutoff_at"]),
    }
    if whole(asked):
        text = ngettext(
            "We certify that %(count)s record of contract %(contract)s (%(seats)s), written up to "
            "%(moment)s, was deleted.",
            "We certify that %(count)s records of contract %(contract)s (%(seats)s), written up to "
            "%(moment)s, were deleted.",
            deleted,
        )
    else:
        text = ngettext(
            "We certify that %(count)s record of seat %(seat)s, written up to %(moment)s, "
            "was deleted.",
            "We certify that %(count)s records of seat %(seat)s, written up to %(moment)s, "
            "were deleted.",
            deleted,
        )
    return text % words


def _nothing(record: DeletionCertificate, say: Phrases) -> str:
    asked = record["request"]
    words = named(asked, say) | {"moment": say.exactly(record["cutoff_at"])}
    if sum(category["found"] for category in record["categories"]):
        if whole(asked):
            text = _("No record of contract %(contract)s (%(seats)s) was deleted.")
        else:
            text = _("No record of seat %(seat)s was deleted.")
    elif whole(asked):
        text = _(
            "We certify that nothing was held for contract %(contract)s (%(seats)s), written up to "
            "%(moment)s. There was nothing to delete."
        )
    else:
        text = _(
            "We certify that nothing was held for seat %(seat)s, written up to %(moment)s. "
            "There was nothing to delete."
        )
    return text % words


def _facts(record: DeletionCertificate, say: Phrases) -> list[Fact]:
    asked, cancel = record["request"], record["cooling_off_until"]
    could_cancel = say.moment(cancel) if cancel is not None else NONE
    return [
        subject(asked, say),
        Fact(_("Asked by"), [str(Capacity(asked["capacity"]).label)]),
        Fact(_("Received"), [say.moment(asked["received_at"])]),
        Fact(_("Could cancel until"), [could_cancel]),
        Fact(_("Approved by"), [word(ROLES, each["role"]) for each in record["approvals"]]),
        Fact(_("Approved"), [say.moment(each["at"]) for each in record["approvals"]]),
        Fact(_("Deleted"), [say.span(record["started_at"], record["finished_at"])]),
        Fact(_("Counted again"), [f"{say.moment(record['recount']['at'])}:"], strong=_("0 left")),
    ]


def _row(category: DeletedCategory, say: Phrases) -> dict[str, object]:
    if not category["applies"]:
        absent = _("Does not apply to this edition")
        blank = dict.fromkeys(("found", "deleted", "anonymised", "kept"), NONE)
        return {"name": category["name"], "absent": absent, "why": [], **blank}
    kept = sum(each["records"] for each in category["kept"])
    return {
        "name": category["name"],
        "found": say.count(category["found"]),
        "deleted": say.count(category["deleted"]),
        "anonymised": say.count(category["anonymised"]),
        "kept": say.count(kept),
        "any_kept": bool(kept),
        "why": [_why(each, category["kept"], say) for each in category["kept"] if each["records"]],
        "absent": "",
    }


def _why(kept: Kept, all_kept: list[Kept], say: Phrases) -> str:
    said = kept["text"]
    if len(all_kept) > 1:
        said = f"{say.count(kept['records'])}: {said}"
    if kept["until"] is not None:
        said = _("%(why)s, until %(day)s") % {"why": said, "day": say.day(kept["until"])}
    return said


def _notes(record: DeletionCertificate, say: Phrases) -> list[str]:
    """What stays, for how long, who else was told, and what was not part of this."""
    notes = []
    if evidence := record["evidence"]:
        notes.append(_evidence(evidence, say))
    if record["proof_until"] is not None:
        proof = {"day": say.day(record["proof_until"])}
        notes.append(_("The request itself is kept without a name until %(day)s.") % proof)
    backups = {"day": say.day(record["backups_until"])}
    notes.append(
        _("Backups hold the data until %(day)s; after any restore it is deleted again.") % backups
    )
    for told in record["told"]:
        words = {"name": told["name"], "told": say.moment(told["told_at"])}
        if told["confirmed_at"] is not None:
            words["confirmed"] = say.moment(told["confirmed_at"])
            notes.append(_("Told to delete: %(name)s, confirmed %(confirmed)s.") % words)
        else:
            notes.append(_("Told to delete on %(told)s: %(name)s.") % words)
    if history := record["history_removed"]:
        text = ngettext(
            "%(count)s older version of our own records was removed with it.",
            "%(count)s older versions of our own records were removed with it.",
            history,
        )
        notes.append(text % {"count": say.count(history)})
    later = [category for category in record["categories"] if category["later"]]
    if later:
        names = say.listing(f"{c['name']} ({say.count(c['later'])})" for c in later)
        notes.append(_("Written after that moment and not deleted: %(names)s.") % {"names": names})
    if _kept(record) or evidence:
        # What is kept is refused, and a refusal names its remedies (Art. 12(4)).
        text = _(
            "About what was kept you may complain to a supervisory authority (Article 77), "
            "such as %(authority)s, or go to court (Article 79)."
        )
        notes.append(text % {"authority": record["controller"]["authority"]})
    return notes


def _evidence(kept: Kept, say: Phrases) -> str:
    text = ngettext(
        "%(count)s proof of notices and choices is kept under a number until %(day)s: %(why)s.",
        "%(count)s proofs of notices and choices are kept under a number until %(day)s: %(why)s.",
        kept["records"],
    )
    until = say.day(kept["until"]) if kept["until"] else NONE
    return text % {"count": say.count(kept["records"]), "why": kept["text"], "day": until}


def _deleted(record: DeletionCertificate) -> int:
    return sum(category["deleted"] for category in record["categories"])


def _anonymised(record: DeletionCertificate) -> int:
    return sum(category["anonymised"] for category in record["categories"])


def _kept(record: DeletionCertificate) -> int:
    return sum(each["records"] for category in record["categories"] for each in category["kept"])


def _grouped(digest: str) -> str:
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
