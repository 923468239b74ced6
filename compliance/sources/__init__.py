"""Where the product keeps each category's data, and how it is counted, read and erased."""

from __future__ import annotations
