from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser
from datetime import timedelta
from typing import Any

from django.utils import timezone

from compliance.enums import ApiScope
from compliance.management.base import DeskCommand
from compliance.models import ApiKey
from compliance.services import api_keys

DAYS: dict[str, Any] = {"type": int, "choices": range(1, 3651), "metavar": "N"}


class Command(DeskCommand):
    help = "Makes a key of the HTTP API, rotates its secret, or revokes it; --json shows it too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        steps = parser.add_subparsers(dest="step", required=True)
        create = steps.add_parser("create", help="prints the secret, once")
        create.add_argument("name")
        create.add_argument("--scopes", required=True, metavar=",".join(ApiScope.values))
        create.add_argument("--days", **DAYS, help="how long it holds; without, until revoked")
        rotate = steps.add_parser("rotate", help="prints the new secret; the former holds on")
        rotate.add_argument("prefix", help="the eight characters after rk_")
        rotate.add_argument("--days", **DAYS, default=7, help="both hold; default: %(default)s")
        revoke = steps.add_parser("revoke", help="ends it at once, with all its secrets")
        revoke.add_argument("prefix")
        for step in (create, rotate, revoke):  # --json is understood after the step too
            step.add_argument("--json", action="store_true", default=SUPPRESS)

    def answer(self, **options: Any) -> dict[str, Any]:
        step, days = options["step"], options.get("days")
        until = timezone.now() + timedelta(days=days) if days is not None else None
        if step == "revoke":
            return _told(api_keys.revoke(options["prefix"]))
        if step == "create":
            scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
            key, secret = api_keys.create(options["name"], scopes, expires_at=until)
        else:
            assert until  # noqa: S101 --days has a default
            key, secret = api_keys.rotate(options["prefix"], until=until)
        return {**_told(key), "secret": secret}


def _told(key: ApiKey) -> dict[str, Any]:
    return {
        "key": key.prefix,
        "name": key.name,
        "scopes": ",".join(key.scopes),
        "expires": key.expires_at,
        "revoked": key.revoked_at,
    }
