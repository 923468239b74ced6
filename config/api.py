"""The HTTP API as it is mounted; what it does is in `compliance.api`."""

from __future__ import annotations

from compliance.api.contract import Api

api = Api()
