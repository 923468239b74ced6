"""Reads Prometheus' text format 0.0.4 strictly, by its specification."""

from __future__ import annotations

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r"[a-zA-Z_][a-zA-Z0-9_]*"
VALUE = r"[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf)|NaN"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? ({VALUE})")
PAIR = re.compile(rf'({LABEL})="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Labels = frozenset[tuple[str, str]]


class Malformed(Exception):
    pass


def unescaped(text: str) -> str:
    return re.sub(r"\\.", lambda found: ESCAPES[found[0]], text)


def read(page: str) -> dict[str, dict[Labels, float]]:
    """Family → labels → value. Each family: one HELP, one TYPE, then its samples, each once."""
    if page and not page.endswith("\n"):
        raise Malformed("the last line does not end")
    families: dict[str, dict[Labels, float]] = {}
    helped = typed = ""
    for line in page.splitlines():
        if found := re.fullmatch(rf"# HELP ({NAME}) (\S.*)", line):
            if found[1] in families:
                raise Malformed(f"twice: {line}")
            if re.search(r"\\(?![\\n])", found[2].replace(r"\\", "")):
                raise Malformed(f"not escaped: {line}")
            helped = found[1]
        elif found := re.fullmatch(rf"# TYPE ({NAME}) (gauge|counter|histogram|untyped)", line):
            if found[1] != helped or found[1] in families:
                raise Malformed(f"out of place: {line}")
            typed = found[1]
            families[typed] = {}
        elif found := SAMPLE.fullmatch(line):
            if found[1] != typed:
                raise Malformed(f"out of place: {line}")
            labels = _labels(found[2] or "")
            if labels in families[typed]:
                raise Malformed(f"twice: {line}")
            families[typed][labels] = float(found[3])
        else:
            raise Malformed(line)
    return families


def _labels(text: str) -> Labels:
    at, pairs = 0, []
    while at < len(text):
        found = PAIR.match(text, at)
        if not found:
            raise Malformed(text)
        pairs.append((found[1], unescaped(found[2])))
        at = found.end()
    if len({name for name, _value in pairs}) != len(pairs):
        raise Malformed(text)
    return frozenset(pairs)
