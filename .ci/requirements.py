"""Prints what pyproject.toml asks for, one a line: to run, and for the extras named (none: all)."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
chosen = [extras[name] for name in sys.argv[1:] or extras]
for requirement in sum(chosen, project["dependencies"]):
    sys.stdout.write(f"{requirement}\n")
