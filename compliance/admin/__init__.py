"""The desk: Django's admin, one module a family of pages. What is done goes through services."""

from __future__ import annotations

from compliance.admin import (
    agreements,
    api_keys,
    categories,
    customers,
    decisions,
    evidence,
    execution,
    holds,
    members,
    papers,
    requests,
)

__all__ = [
    "agreements",
    "api_keys",
    "categories",
    "customers",
    "decisions",
    "evidence",
    "execution",
    "holds",
    "members",
    "papers",
    "requests",
]
