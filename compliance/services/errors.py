"""What a service refuses; `seats.services.errors` has them, so that every app refuses alike."""

from __future__ import annotations

from seats.services.errors import BadInput, IllegalMove, NotAllowed, NotFound, Refused, Stale

__all__ = ["BadInput", "IllegalMove", "NotAllowed", "NotFound", "Refused", "Stale"]
