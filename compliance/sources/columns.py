"""What a column can hold and how much of it leaves the house: two closed sets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Form(StrEnum):
    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATETIME = "datetime"  # a moment: written in UTC, to the microsecond
    DATE = "date"
    DECIMAL = "decimal"  # exact, always with all of its digits after the point


@dataclass(frozen=True, slots=True)
class Kind:
    form: Form
    scale: int = 0  # digits after the point, of a decimal

    def field(self, name: str) -> dict[str, Any]:
        """The column as a field of a Frictionless Table Schema."""
        match self.form:
            case Form.TEXT:
                return {"name": name, "type": "string"}
            case Form.DATETIME:
                return {"name": name, "type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"}
            case Form.DECIMAL:
                return {"name": name, "type": "number"}
            case other:
                return {"name": name, "type": other.value}


INTEGER, TEXT, BOOLEAN = Kind(Form.INTEGER), Kind(Form.TEXT), Kind(Form.BOOLEAN)
DATETIME, DATE = Kind(Form.DATETIME), Kind(Form.DATE)


def integers(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, INTEGER)


def texts(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, TEXT)


def booleans(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, BOOLEAN)


def moments(*names: str) -> dict[str, Kind]:
    return dict.fromkeys(names, DATETIME)


def decimal(scale: int) -> Kind:
    return Kind(Form.DECIMAL, scale)


class Mask(StrEnum):
    """What an export shows of a cell about somebody else (Art. 15(4)): redact, do not refuse."""

    EMAIL = "mask_email"  # john@acme.com -> j***@acme.com; without an @, ***
    HIDE = "hide"  # ***
