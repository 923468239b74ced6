"""Prints what pyproject.toml asks for, to run and to develop, one requirement a line."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
for requirement in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
    sys.stdout.write(f"{requirement}\n")
