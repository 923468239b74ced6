"""What a service refuses, in a sentence that can be shown as it is."""

from __future__ import annotations


class Refused(Exception):
    """Nothing was done. `str()` says why and what to do; `code` is stable for callers."""

    code = "refused"
    status = 409


class IllegalMove(Refused):
    code = "illegal_move"


class NotAllowed(Refused):
    code = "not_allowed"
    status = 403


class Stale(Refused):
    """Somebody else decided meanwhile."""

    code = "stale"


class BadInput(Refused):
    code = "bad_input"
    status = 400


class NotFound(Refused):
    """Unknown and foreign references answer alike."""

    code = "not_found"
    status = 404
