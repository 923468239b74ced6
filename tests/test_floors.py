"""What the layout promises and no linter knows; who may import whom is import-linter's."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

PROJECT = Path(__file__).resolve().parent.parent
PRODUCT = ("config", "compliance", "seats", "consent")
TOP = {
    *("manage.py", "pyproject.toml", "README.md", "Makefile", ".ci", ".gitignore"),
    *("config", "compliance", "seats", "consent", "templates", "tests"),
}
DEPLOYMENT = {"Dockerfile", "compose.yaml", ".dockerignore"}
ONE_WRITER = "compliance/services/requests.py"
TASK = re.compile(r"(?:config|compliance|seats|consent)\.tasks\.\w+")
# Queryset and manager methods that write the fields they are given.
WRITING = {
    *("create", "update", "update_or_create", "bulk_update"),
    *("acreate", "aupdate", "aupdate_or_create", "abulk_update"),
}


@cache
def product_files() -> dict[str, ast.Module]:
    """Every Python file of the product but its migrations, by its path in the project."""
    paths = [PROJECT / "manage.py"]
    for app in PRODUCT:
        paths += sorted((PROJECT / app).rglob("*.py"))
    return {
        str(path.relative_to(PROJECT)): ast.parse(path.read_text())
        for path in paths
        if "migrations" not in path.parts
    }


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def status_writes(tree: ast.Module) -> Iterator[int]:
    """Lines that write a `status`: assigned, set by name, or given to a queryset's writing method.

    Only a request has a status. What else passes through stages calls it `state`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if node.attr == "status":
                yield node.lineno
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in WRITING and (
                any(keyword.arg == "status" for keyword in node.keywords)
                or any(_names_status(argument) for argument in node.args[1:])
            ):
                yield node.lineno
            if name == "setattr" and any(_names_status(argument) for argument in node.args):
                yield node.lineno


def _names_status(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Constant) and part.value == "status" for part in ast.walk(node))


def test_nothing_else_stands_at_the_top() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    top = {name.split("/")[0] for name in listed.stdout.splitlines()}
    assert top - DEPLOYMENT == TOP


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    lengths = {name: len((PROJECT / name).read_text().splitlines()) for name in product_files()}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = {
        f"{name}:{function.name}": lines
        for name, tree in product_files().items()
        for function in functions(tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > 60
    }
    assert long == {}


def test_no_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "helpers", "common", "misc"}
    assert [
        name for name in product_files() if drawers & set(Path(name).with_suffix("").parts)
    ] == []


def test_one_module_alone_writes_the_status_of_a_request() -> None:
    written = {name: list(status_writes(tree)) for name, tree in product_files().items()}
    written.pop(ONE_WRITER, None)
    assert {name: lines for name, lines in written.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    [
        "request.status = x",
        "request.status += x",
        "a, request.status = x, y",
        "setattr(request, 'status', x)",
        "PrivacyRequest.objects.filter(pk=1).update(status=x)",
        "PrivacyRequest.objects.create(status=x)",
        "PrivacyRequest.objects.bulk_update(rows, ['status'])",
    ],
)
def test_a_write_of_a_status_is_seen(code: str) -> None:
    assert list(status_writes(ast.parse(code))) == [1]


def test_reading_a_status_is_not_taken_for_writing_it() -> None:
    reading = "if request.status == x: rows.filter(status=x).update(state=y)"
    assert list(status_writes(ast.parse(reading))) == []


def test_every_task_named_by_a_string_exists() -> None:
    named = {
        node.value
        for tree in product_files().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and TASK.fullmatch(node.value)
    }
    for path in sorted(named):
        assert callable(import_string(path)), path


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len((PROJECT / "README.md").read_text().splitlines()) < 150
