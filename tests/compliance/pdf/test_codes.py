from __future__ import annotations

import re

import pytest

from compliance.pdf import new_code, read_code


def test_a_code_is_26_letters_and_digits_nobody_confuses_in_five_groups() -> None:
    for _ in range(200):
        code = new_code()
        assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{6}", code)
        assert read_code(code) == code


def test_codes_use_all_of_their_128_bits_and_do_not_repeat() -> None:
    codes = [new_code() for _ in range(2_000)]
    assert len(set(codes)) == 2_000
    for place in range(len(codes[0]) - 1):  # the last letter carries three bits
        assert len({code[place] for code in codes}) in (1, 32)


@pytest.mark.parametrize(
    "typed",
    [
        "k9d2x-n6tfb-4hq7m-3v8hy-r5c0we",
        " K9D2X N6TFB 4HQ7M 3V8HY R5C0WE\n",
        "K9D2XN6TFB4HQ7M3V8HYR5C0WE",
        "K9D2X–N6TFB–4HQ7M–3V8HY–R5COWE",
    ],
)
def test_what_is_typed_from_paper_is_read_kindly(typed: str) -> None:
    assert read_code(typed) == "K9D2X-N6TFB-4HQ7M-3V8HY-R5C0WE"


def test_a_reference_in_front_stays_in_front() -> None:
    code = "EXP-2026-000123-K9D2X-N6TFB-4HQ7M-3V8HY-R5C0WE"
    assert read_code(code) == code
    assert read_code("exp2026000123k9d2xn6tfb4hq7m3v8hyr5cowe") == code


@pytest.mark.parametrize(
    "typed",
    ["", "x", "K9D2X", "U" * 26, "1" * 27, "E1P-2026-000123-" + "1" * 26, "é" * 26, "١" * 26],
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None
