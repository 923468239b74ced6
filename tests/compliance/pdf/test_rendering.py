from __future__ import annotations

import io
import json
import subprocess
from base64 import b64decode
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.exceptions import InvalidSignature
from pytest_django import Settings

from compliance.pdf import canonical, fingerprint, render, typesetting
from compliance.pdf.signatures import FILE_PREFIX, RECORD_PREFIX
from seats.keys import verifying_keys
from tests.compliance.pdf import records
from tests.compliance.pdf.printed import LANGUAGES, MAKERS, printed, record, text_of

KINDS = list(MAKERS)
WITHOUT_A_TABLE = {"decision", "confirmation_receipt"}


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def tags(element: Any) -> list[str]:
    """The names of an element's structure and all below it."""
    if isinstance(element, pikepdf.Array):
        return [tag for each in element for tag in tags(each)]
    if not isinstance(element, pikepdf.Dictionary) or "/K" not in element:
        return []
    own = [str(element["/S"])] if "/S" in element else []
    return own + tags(element["/K"])


def test_the_same_record_gives_the_same_bytes_whenever_and_wherever_printed() -> None:
    first = {kind: printed(kind) for kind in KINDS}
    typesetting._desk.clear()
    again = {kind: render(record(kind), language="en") for kind in reversed(KINDS)}
    assert [kind for kind in KINDS if again[kind] != first[kind]] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_document_fits_one_page_in_every_language(
    kind: str, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(printed(kind, language).pdf) as pdf:
        assert len(pdf.pages) == 1
        assert str(pdf.Root.Lang) == language
    assert not caplog.records  # the typesetter had nothing to complain of


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_tagged_pdf_a_3_with_its_fonts_inside(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "receipt.pdf"
    file.write_bytes(printed(kind).pdf)
    subprocess.run(["qpdf", "--check", str(file)], check=True, capture_output=True)
    with pikepdf.open(file) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "3"
            assert metadata["pdfaid:conformance"] == "A"
            assert metadata["dc:title"] == str(pdf.docinfo["/Title"])
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        found = tags(pdf.Root.StructTreeRoot["/K"])
        assert found.count("/H1") == 1
        assert {"/Document", "/H2", "/P", "/L", "/Figure"} <= set(found)
        assert kind in WITHOUT_A_TABLE or {"/Table", "/TH", "/TD"} <= set(found)
        for font in pdf.pages[0].Resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())
            assert "/ToUnicode" in font


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_falls_back_to_an_unnamed_font(kind: str) -> None:
    with opened(printed(kind).pdf) as pdf:
        fonts = {
            str(font.BaseFont).partition("+")[2] for font in pdf.pages[0].Resources.Font.values()
        }
    assert {font for font in fonts if not font.startswith("Linux-")} == {"DejaVu-Sans-Mono"}


def test_the_record_and_its_signature_are_attached_as_they_are() -> None:
    made = printed()
    with opened(made.pdf) as pdf:
        attached = {str(each.UF): each for each in pdf.Root.AF}
        assert list(attached) == ["receipt.json", "receipt.json.sig"]
        assert [str(each.AFRelationship) for each in attached.values()] == ["/Data", "/Supplement"]
        assert {str(each.EF.F.Subtype) for each in attached.values()} == {"/application/json"}
        assert attached["receipt.json"].EF.F.read_bytes() == made.record
        for each in attached.values():
            assert str(each.EF.F.Params.CreationDate) == "D:20261128100641Z"
    assert made.record == canonical(record("deletion_certificate"))


def test_both_signatures_are_valid_under_the_key_named_and_only_for_their_use() -> None:
    made = printed()
    key = verifying_keys()[made.key_id].public
    key.verify(made.record_signature, RECORD_PREFIX + made.record)
    key.verify(made.pdf_signature, FILE_PREFIX + made.pdf)
    with pytest.raises(InvalidSignature):
        key.verify(made.record_signature, FILE_PREFIX + made.record)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_shows_the_fingerprint_of_the_attached_bytes(kind: str, tmp_path: Path) -> None:
    made = printed(kind)
    shown = text_of(made.pdf, tmp_path)
    groups = [made.record_sha256[start : start + 8] for start in range(0, 64, 8)]
    assert " ".join(groups[:4]) in shown
    assert " ".join(groups[4:]) in shown
    assert fingerprint(made.record) == made.record_sha256
    assert fingerprint(made.pdf) == made.pdf_sha256
    assert made.key_id in shown


@pytest.mark.parametrize("kind", KINDS)
def test_a_scan_of_paper_at_150_dpi_reads_the_address(kind: str, tmp_path: Path) -> None:
    (tmp_path / "receipt.pdf").write_bytes(printed(kind).pdf)
    page = str(tmp_path / "page")
    subprocess.run(
        [
            "pdftoppm",
            "-r",
            "150",
            "-gray",
            "-png",
            "-singlefile",
            str(tmp_path / "receipt.pdf"),
            page,
        ],
        check=True,
    )
    scanned = subprocess.run(
        ["zbarimg", "--quiet", "--raw", f"{page}.png"], capture_output=True, check=True, text=True
    )
    assert scanned.stdout.strip() == record(kind)["url"]


def test_an_address_too_long_for_its_line_keeps_the_code_whole(tmp_path: Path) -> None:
    site = "https://privacy.a-company-with-rather-a-long-name.example.com/en/desk/v/"
    made = render(records.export_receipt(url=site + records.CODE), language="en")
    assert records.CODE in text_of(made.pdf, tmp_path)


def test_what_does_not_fit_goes_on_another_page_with_the_last_words(tmp_path: Path) -> None:
    many = records.export_receipt(seats=10_000, files=1_200)
    made = render(many, language="en")
    with opened(made.pdf) as pdf:
        assert len(pdf.pages) == 2
    second = text_of(made.pdf, tmp_path).partition("page 1 of 2")[2]
    assert "1,188 more files" in second
    assert "Check this document" in second
    assert made.record.count(b'"sha256"') == 1_200


def test_long_words_and_many_grounds_stay_on_the_paper(tmp_path: Path) -> None:
    name = "Verkaufsassistentennachrichtenvorlageneinstellungen und Zuordnungsprotokolle"
    kept = [
        {
            "records": 1,
            "ground": str(number),
            "text": "Aufbewahrungspflicht nach § 147 der Abgabenordnung",
            "until": "2036-12-31",
        }
        for number in range(4)
    ]
    page = {**records.deletion_certificate(), "language": "de"}
    page["categories"] = [
        {
            **each,
            "name": f"{name} {place}",
            "found": 98_765_432 + 4,
            "deleted": 98_765_432,
            "kept": kept,
        }
        for place, each in enumerate(page["categories"])
    ]
    made = render(page, language="de")
    shown = text_of(made.pdf, tmp_path)
    assert shown.count("98.765.432") == 13  # one of the fourteen does not apply
    boxes = subprocess.run(
        ["pdftotext", "-bbox", str(tmp_path / "printed.pdf"), "-"],
        capture_output=True,
        check=True,
        text=True,
    )
    rights = [float(part.split('"')[0]) for part in boxes.stdout.split('xMax="')[1:]]
    assert max(rights) <= (210 - 22) / 25.4 * 72 + 1


def test_a_document_names_no_person_and_no_address_but_the_controllers(tmp_path: Path) -> None:
    shown = text_of(printed("acknowledgement").pdf, tmp_path)
    assert {word for word in shown.split() if "@" in word} == {
        "privacy@larkfield.example",
        "dpo@larkfield.example",
        "dpo@larkfield.example.",
    }


def test_a_document_is_signed_with_the_key_of_its_day(settings: Settings) -> None:
    [old] = settings.SIGNING_KEYS
    seed = old.split(":")[1]
    settings.SIGNING_KEYS = [f"s-late:{seed}:2026-12-01", f"s-early:{seed}:2026-01-01:2026-11-30"]
    early = render(records.consent_receipt(), language="en")
    late = render(records.consent_receipt(issued_at="2026-12-01T00:00:00Z"), language="en")
    assert (early.key_id, late.key_id) == ("s-early", "s-late")
    assert verifying_keys()["s-late"].valid_from == date(2026, 12, 1)


@pytest.mark.parametrize("language", ["de", "tlh"])
def test_a_document_is_printed_in_its_records_language_or_not_at_all(language: str) -> None:
    with pytest.raises(ValueError, match=language):
        render(records.consent_receipt(language="tlh"), language=language)


def test_the_attached_signature_says_how_to_check_it() -> None:
    with opened(printed().pdf) as pdf:
        content = pdf.attachments["receipt.json.sig"].get_file().read_bytes()
    said = json.loads(content)
    assert said["algorithm"] == "Ed25519"
    assert said["record_sha256"] == printed().record_sha256
    assert b64decode(said["signature"]) == printed().record_signature
