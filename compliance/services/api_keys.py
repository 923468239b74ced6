"""Keys of the HTTP API: made, rotated with an overlap, revoked, and recognised."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.enums import ApiScope
from compliance.models import ApiKey
from compliance.models.api import new_prefix
from compliance.services.errors import BadInput, IllegalMove, NotAllowed, NotFound
from seats.models import StaffUser

_TOKEN = re.compile(r"rk_([0-9a-f]{8})_([\w-]{43})", re.ASCII)


def create(
    name: str,
    scopes: Collection[str],
    *,
    expires_at: datetime | None = None,
    actor: StaffUser | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is never to be seen again.

    `actor` is None on the command line, where whoever may run it may do everything. Raises
    NotAllowed or BadInput.
    """
    _must(actor, "compliance.add_apikey")
    if not name.strip() or len(name.strip()) > 80:
        raise BadInput(_("Give the key a name of up to 80 characters."))
    if not scopes:
        raise BadInput(_("Say what the key opens."))
    if unknown := sorted(set(scopes) - set(ApiScope.values)):
        raise BadInput(
            _("“%(name)s” is no scope: %(all)s.")
            % {"name": unknown[0][:40], "all": ", ".join(ApiScope.values)}
        )
    _check_future(expires_at)
    key = ApiKey(
        name=name.strip(),
        prefix=new_prefix(),
        scopes=[scope for scope in ApiScope.values if scope in scopes],
        expires_at=expires_at,
        created_by=actor,
    )
    token, key.secret_sha256 = _secret(key.prefix)
    _save(key, "created")
    return key, token


@transaction.atomic
def rotate(prefix: str, *, until: datetime, actor: StaffUser | None = None) -> tuple[ApiKey, str]:
    """A new secret for the key; the present one holds until then, one before it no longer.

    Raises NotAllowed, NotFound, BadInput or IllegalMove.
    """
    _must(actor, "compliance.change_apikey")
    key = _locked(prefix)
    if not key.is_valid:
        raise IllegalMove(_("This key is revoked or expired: create another."))
    _check_future(until)
    key.former_sha256, key.former_until = key.secret_sha256, until
    token, key.secret_sha256 = _secret(key.prefix)
    _save(key, "rotated")
    return key, token


@transaction.atomic
def revoke(prefix: str, *, actor: StaffUser | None = None) -> ApiKey:
    """End a key at once, with all its secrets; a second time changes nothing."""
    _must(actor, "compliance.change_apikey")
    key = _locked(prefix)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        _save(key, "revoked")
    return key


def recognised(token: str) -> ApiKey | None:
    """The valid key a secret belongs to, noting the day of its use."""
    shape = _TOKEN.fullmatch(token)
    if not shape:
        return None
    key = ApiKey.objects.filter(prefix=shape[1]).first()
    if key is None or not key.is_valid:
        return None
    digest = _digest(token)
    former = key.former_sha256 if key.former_until and key.former_until > timezone.now() else ""
    # Both compared always, so that the time taken tells nothing.
    found = [hmac.compare_digest(digest, known) for known in (key.secret_sha256, former)]
    if not any(found):
        return None
    today = timezone.now().date()
    if key.last_used_on != today:
        unused = ApiKey.objects.filter(Q(last_used_on=None) | Q(last_used_on__lt=today), pk=key.pk)
        unused.update(last_used_on=today)
    return key


def _save(key: ApiKey, what: str) -> None:
    key._change_reason = what  # type: ignore[attr-defined]
    key.save()


def _secret(prefix: str) -> tuple[str, str]:
    token = f"rk_{prefix}_{secrets.token_urlsafe(32)}"
    return token, _digest(token)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _locked(prefix: str) -> ApiKey:
    key: ApiKey | None = (
        ApiKey.objects.select_for_update(of=("self",)).filter(prefix=prefix).first()
    )
    if key is None:
        raise NotFound(_("There is no such key."))
    return key


def _check_future(moment: datetime | None) -> None:
    if moment and moment <= timezone.now():
        raise BadInput(_("That moment is over: name a later one."))


def _must(actor: StaffUser | None, permission: str) -> None:
    if actor is not None and not actor.has_perm(permission):
        raise NotAllowed(_("Your role may not do this."))
