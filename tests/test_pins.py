from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent


def asked_for() -> list[Requirement]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(line) for line in sum(extras, project["dependencies"])]


def constraints() -> dict[str, Requirement]:
    lines = (PROJECT / ".ci" / "constraints.txt").read_text().splitlines()
    return {canonicalize_name(found.name): found for found in map(Requirement, lines)}


def brought_along(requirement: Requirement) -> Iterator[Requirement]:
    """What the installed package needs here, with the extras asked for."""
    for line in metadata.requires(requirement.name) or []:
        found = Requirement(line)
        extras = {"", *requirement.extras}
        if not found.marker or any(found.marker.evaluate({"extra": extra}) for extra in extras):
            yield found


def test_what_is_asked_for_is_pinned_to_the_same_version_as_in_the_constraints() -> None:
    pinned = constraints()
    for requirement in asked_for():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert requirement.specifier == pinned[canonicalize_name(requirement.name)].specifier


def test_what_that_brings_along_is_pinned_too_and_nothing_else() -> None:
    needed: set[str] = set()
    waiting = asked_for()
    seen: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) not in seen:
            seen.add(str(requirement))
            needed.add(canonicalize_name(requirement.name))
            waiting += brought_along(requirement)
    # They come with .venv itself.
    assert needed - {"pip", "setuptools"} == set(constraints())
