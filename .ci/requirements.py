"""Prints what pyproject.toml asks for, to run and to develop with every extra, one a line."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
for requirement in sum(project["optional-dependencies"].values(), project["dependencies"]):
    sys.stdout.write(f"{requirement}\n")
