"""A soft limit on public pages: it keeps one visitor from crowding out the others, no more.

Counted in the cache, so each process may count for itself; the codes need no protection by it, as
128 random bits are not found by trying.
"""

from __future__ import annotations

import time

from django.core.cache import cache

from seats import keys

WINDOW = 60  # seconds
LIMIT = 60  # visits


def wait(visitor: str, page: str, *, limit: int | None = None, now: float | None = None) -> int:
    """Count a visit; seconds until the next is welcome, 0 when this one is.

    `visitor` is a network address, of which the cache sees a keyed pseudonym, or a key of the API;
    `limit` is how many of a minute are welcome.
    """
    at = int(time.time() if now is None else now)
    key = f"throttle:{page}:{keys.pseudonym('address', visitor)[:32]}:{at // WINDOW}"
    cache.add(key, 0, WINDOW)
    try:
        visits = cache.incr(key)
    except ValueError:  # it expired between the two
        return 0
    return WINDOW - at % WINDOW if visits > (limit or LIMIT) else 0
