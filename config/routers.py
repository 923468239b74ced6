from __future__ import annotations

from typing import Any


class ProductRouter:
    """Keeps our migrations out of the product's database: its tables are not ours."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == "product" else None
