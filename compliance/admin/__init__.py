"""The desk: Django's admin, one module a family of pages. What is done goes through services."""

from __future__ import annotations

from compliance.admin import (
    api_keys,
    categories,
    customers,
    decisions,
    evidence,
    execution,
    holds,
    requests,
)

__all__ = [
    "api_keys",
    "categories",
    "customers",
    "decisions",
    "evidence",
    "execution",
    "holds",
    "requests",
]
