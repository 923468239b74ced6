from __future__ import annotations

from compliance.admin.requests.pages import PrivacyRequestAdmin

__all__ = ["PrivacyRequestAdmin"]
