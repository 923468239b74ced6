"""Measurements of what Rightsdesk ships, each against a baseline taken in the same run."""

from __future__ import annotations
