from __future__ import annotations

from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from compliance.pdf import NotCertain, UnknownCode, page_html
from tests.compliance.pdf import records
from tests.compliance.pdf.printed import LANGUAGES, MAKERS, record


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def said(page: dict[str, Any]) -> str:
    """A page's words on one line, no-break spaces as spaces."""
    words = Words()
    words.feed(page_html(page, record_sha256="ab" * 32, key_id="s-test"))
    return " ".join(unescape(" ".join(words.said)).split())


def certificate(**category: Any) -> dict[str, Any]:
    """A certificate about one category of ten records."""
    one = {
        "slug": "notes",
        "name": "Notes",
        "applies": True,
        "found": 10,
        "deleted": 10,
        "anonymised": 0,
        "kept": [],
        "later": 0,
        **category,
    }
    return records.deletion_certificate(categories=[one], evidence=None)


def kept(number: int, until: str | None = None) -> dict[str, Any]:
    return {"records": number, "ground": "hold", "text": "A legal hold", "until": until}


def test_a_certificate_says_what_was_deleted_and_up_to_when() -> None:
    assert (
        "We certify that 10 records of seat S-204417, written up to 25 November 2026, 10:00 (UTC), "
        "were deleted. A second count found none left to delete. This cannot be undone."
    ) in said(certificate())


def test_a_certificate_says_what_was_kept_why_and_until_when() -> None:
    page = said(certificate(deleted=6, anonymised=1, kept=[kept(2, "2029-12-31"), kept(1)]))
    assert "1 record was made anonymous. 3 records were kept, for the reasons given below." in page
    assert "2: A legal hold, until 31 December 2029 1: A legal hold" in page
    assert "About what was kept you may complain to a supervisory authority (Article 77)" in page
    assert "About what was kept" not in said(certificate())


def test_a_certificate_names_the_evidence_that_outlives_the_person() -> None:
    evidence = {
        "records": 12,
        "ground": "claims",
        "text": "Defence of legal claims (Art. 17(3)(e) GDPR)",
        "until": "2029-11-28",
    }
    page = said({**certificate(), "evidence": evidence})
    assert (
        "12 proofs of notices and choices are kept under a number until 28 November 2029: "
        "Defence of legal claims (Art. 17(3)(e) GDPR)."
    ) in page
    assert "About what was kept you may complain to a supervisory authority (Article 77)" in page
    assert "proofs of notices" not in said(certificate())


def test_a_certificate_where_everything_is_kept_does_not_say_it_was_deleted() -> None:
    page = said(certificate(deleted=0, kept=[kept(10)]))
    assert "No record of seat S-204417 was deleted. 10 records were kept" in page
    assert "cannot be undone" not in page


def test_a_certificate_of_nothing_says_so_and_prints_zeros() -> None:
    page = said(certificate(found=0, deleted=0))
    assert "nothing was held for seat S-204417" in page
    assert "Notes 0 0 0" in page


def test_a_certificate_of_a_contract_names_its_seats_and_both_approvals() -> None:
    page = said(records.deletion_certificate(seats=10_000))
    assert "14,501 records of contract K-10482 (10,000 seats)" in page
    assert "Account representative Compliance officer" in page


def test_what_was_written_later_is_counted_and_named() -> None:
    assert "Written after that moment and not deleted: Notes (7)." in said(certificate(later=7))


@pytest.mark.parametrize(
    "category", [{"deleted": 9}, {"found": 11}, {"kept": [kept(1)]}, {"anonymised": 1}]
)
def test_no_certificate_is_issued_on_counts_that_do_not_add_up(category: dict[str, Any]) -> None:
    with pytest.raises(NotCertain, match=r"notes: \d+ found, but"):
        said(certificate(**category))


def test_no_certificate_is_issued_while_anything_remains() -> None:
    left = {"at": "2026-11-28T10:06:02Z", "remaining": 1}
    with pytest.raises(NotCertain, match="1 records remained"):
        said(records.deletion_certificate(recount=left))


def test_an_export_receipt_tells_what_is_in_the_copy_from_what_is_not() -> None:
    def category(name: str, state: str, number: int = 0) -> dict[str, Any]:
        return {
            "slug": name,
            "name": name,
            "state": state,
            "records": number,
            "format": "CSV",
            "note": "",
        }

    categories = [
        category("Notes", "included", 1_200),
        category("Leads", "included"),
        category("Seats", "not applicable"),
        category("CRM", "on request"),
    ]
    page = said(records.export_receipt(categories=categories))
    assert "Notes 1,200 CSV Leads 0 Nothing held Seats – Does not apply to this edition" in page
    assert "CRM – Not in this copy; can be asked for Together 1,200" in page
    assert "is ready to download. Nothing was deleted." in page
    assert "ask your account representative or write to privacy@larkfield.example" in page


def test_an_export_that_found_nothing_says_so() -> None:
    none = [{**each, "records": 0} for each in records.export_receipt()["categories"]]
    page = said(records.export_receipt(categories=none))
    assert "and found none. Nothing was deleted." in page


def test_of_many_files_a_dozen_are_printed_and_the_rest_counted() -> None:
    page = said(records.export_receipt(files=1_200))
    assert page.count(".zip") == 12
    assert "1,188 more files are listed with their fingerprints in the attached record." in page
    assert "1 more file is listed" in said(records.export_receipt(files=13))


def test_an_acknowledgement_gives_dates_steps_and_the_way_to_complain() -> None:
    page = said(records.acknowledgement("deletion"))
    assert "You will have our answer by 23 December 2026. Nothing is deleted before" in page
    assert "For 72 hours after the approval you can still cancel." in page
    assert "Data Protection Commission, 6 Pembroke Row, Dublin. And you may go to court" in page


def test_an_acknowledgement_tells_who_decides_and_when_identity_is_open() -> None:
    page = said(records.acknowledgement(customer_decides=True, identity="needed"))
    assert "Your company decides about most of this data." in page
    assert "We make sure who is asking" in page
    assert "Still to be confirmed" in page


def test_categories_without_a_date_leave_no_empty_column() -> None:
    undated = [{**each, "expected": None} for each in records.acknowledgement()["categories"]]
    assert "Expected" not in said(records.acknowledgement(categories=undated))


@pytest.mark.parametrize("kind", ["export", "deletion"])
@pytest.mark.parametrize("seats", [0, 3])
def test_a_refusal_gives_its_ground_the_month_and_both_remedies(kind: str, seats: int) -> None:
    page = said(records.decision("refused", kind, seats=seats))
    assert "We refused the request" in page
    assert "It would harm the rights of others (Art. 15(4))" in page
    assert "The messages name people outside your company." in page
    assert "within one month of receipt: that is until 23 December 2026" in page
    assert "supervisory authority (Article 77)" in page
    assert "go to court (Article 79)" in page


def test_an_extension_gives_both_dates_and_the_reason() -> None:
    page = said(records.decision("extended"))
    assert "by 23 February 2027, not by 23 December 2026" in page
    assert "The data spans six systems. Two are abroad." in page


def test_an_approved_deletion_says_until_when_it_can_be_cancelled() -> None:
    page = said(records.decision("approved", "deletion"))
    assert "You can cancel until 28 November 2026, 10:00" in page
    assert "Article 77" not in page


@pytest.mark.parametrize(
    "changes", [{"ground": None}, {"decision": "extended", "extended_to": None}]
)
def test_no_refusal_without_a_ground_and_no_extension_without_a_date(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(ValueError, match=r"gives its ground|says until when"):
        said(records.decision(**changes))


def test_a_decision_by_category_groups_what_was_decided_alike() -> None:
    categories = [
        {"slug": "notes", "name": "Notes", "ground": None},
        {"slug": "views", "name": "Viewers", "ground": "others"},
        {"slug": "leads", "name": "Leads", "ground": None},
    ]
    page = said(records.decision("partly", categories=categories))
    assert "Notes, Leads Approved Viewers Refused It would harm" in page


def test_a_consent_receipt_tells_yes_from_no_and_given_from_withdrawn() -> None:
    page = said(records.consent_receipt())
    assert "Product news E-mail No 4 March 2024 Withdrawn 9 November 2026" in page
    assert "Offers from partners E-mail No – Never given" in page


def test_who_holds_no_seat_is_a_number_on_a_receipt_too() -> None:
    nothing = {"seat": "", "contract": ""}
    assert "what member M-17 chose" in said(records.consent_receipt(**nothing))
    assert "Member M-17" in said(records.confirmation_receipt(**nothing))
    assert "a member under contract K-10482" in said(records.consent_receipt(seat=""))


def test_a_confirmation_receipt_says_that_it_is_no_consent_and_names_the_text() -> None:
    page = said(records.confirmation_receipt())
    assert "the member behind seat S-204417 was shown the text named below" in page
    assert "It is no consent, and allows no advertising." in page
    assert "How Larkfield uses your data, version 3, Deutsch" in page
    assert "5c81f0d2 93ab7e44" in page
    assert "Articles 12 to 14" in page
    assert "Reached us" not in page


def test_a_confirmation_of_a_device_that_was_offline_gives_both_clocks() -> None:
    page = said(records.confirmation_receipt(received_at="2026-11-25T10:00:00Z"))
    assert "Confirmed 23 November 2026, 09:12" in page
    assert "Reached us 25 November 2026, 10:00" in page


def test_terms_are_accepted_and_are_no_consent_either() -> None:
    page = said(records.confirmation_receipt(accepted=True))
    assert "accepted the terms named below. It is no consent to promotional messages" in page
    assert "Article 6(1)(b)" in page
    assert "Articles 12 to 14" not in page


def test_a_time_on_the_other_side_of_a_clock_change_says_its_distance_from_utc() -> None:
    page = records.acknowledgement()
    page["request"]["received_at"] = "2026-10-24T22:30:00Z"
    assert "24 October 2026, 23:30 (UTC+1)" in said(page)


def test_times_are_the_controllers_whatever_their_zone() -> None:
    page = records.deletion_certificate(time_zone="Asia/Kolkata")
    assert "issued 28 November 2026, 15:36 in Kolkata (UTC+5:30)" in said(page)
    assert "28 November 2026, 15:30 to 15:34" in said(page)
    assert "issued 28 November 2026, 10:06 (UTC)" in said({**page, "time_zone": "UTC"})


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "14.501 Datensätze zur Lizenz S-204417, geschrieben bis 25. November 2026, 10:00"),
        ("fr", "14 501 enregistrements de la licence S-204417, écrits jusqu’au 25 novembre 2026"),
        (
            "es",
            "14 501 registros de la licencia S-204417, escritos hasta el 25 de noviembre de 2026",
        ),
    ],
)
def test_words_dates_and_figures_are_in_the_requesters_language(language: str, words: str) -> None:
    assert words in said(record("deletion_certificate", language))


@pytest.mark.parametrize("kind", MAKERS)
def test_every_language_has_words_of_its_own(kind: str) -> None:
    pages = {language: set(said(record(kind, language)).split(". ")) for language in LANGUAGES}
    for language in LANGUAGES[1:]:
        same = pages["en"] & pages[language]
        assert not [sentence for sentence in same if len(sentence.split()) > 6]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("acknowledgement", {"identity": "guessed"}),
        ("decision", {"decided_by": ["oracle"]}),
        ("decision", {"ground": {"code": "because", "reason": ""}}),
    ],
)
def test_a_code_without_words_is_refused(kind: str, changes: dict[str, Any]) -> None:
    with pytest.raises((UnknownCode, ValueError), match=r"guessed|oracle|because"):
        said({**record(kind), **changes})


def test_free_text_is_printed_as_text_and_cannot_turn_lines_round() -> None:
    page = records.decision()
    page["ground"]["reason"] = "<img src='file:///etc/hostname'>\x07 \u202eevil\u202c & so"
    html = page_html(page, record_sha256="ab" * 32, key_id="k")
    assert "<bdi>&lt;img src=&#x27;file:///etc/hostname&#x27;&gt; evil &amp; so</bdi>" in html


def test_a_document_that_replaces_another_names_it() -> None:
    page = records.deletion_certificate(replaces="RC-2026-000040")
    assert "This document replaces RC-2026-000040." in said(page)
