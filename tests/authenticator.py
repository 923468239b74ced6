"""What an authenticator app on a telephone does: it is told a secret, and shows codes."""

from __future__ import annotations

import base64
import re
import time

from django_otp.oath import TOTP

from seats.models import StaffUser
from seats.services import second_factor

PASSWORD = "a long enough password"
SECRET = re.compile(r'class="rd-secret"><code>([A-Z2-7 ]+)</code>')
RECOVERY = re.compile(r"<li><code>([a-z2-9]{5}-[a-z2-9]{5})</code></li>")


def code(secret: bytes, *, ahead: int = 0) -> str:
    """What the app shows now, or `ahead` times 30 seconds from now."""
    app = TOTP(secret, step=30, digits=6)
    app.time = time.time() + 30 * ahead
    return f"{app.token():06}"


def wrong(secret: bytes) -> str:
    """Six digits that it shows neither now nor around now."""
    shown = {code(secret, ahead=ahead) for ahead in range(-3, 4)}
    return next(digits for n in range(9) if (digits := f"{n:06}") not in shown)


def shown_on(page: str) -> bytes:
    """The secret that a page shows as text."""
    found = SECRET.search(page)
    assert found, page
    return base64.b32decode(found[1].replace(" ", ""))


def enrolled(user: StaffUser) -> tuple[bytes, list[str]]:
    """Somebody who set one up a minute ago: their secret, and their recovery codes."""
    secret = second_factor.new_secret()
    made = second_factor.enrol(user, secret, code(secret, ahead=-1))
    assert made
    return secret, made[1]
