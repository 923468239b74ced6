"""Every setting, closed by default: what has no safe default must be given.

Values come from the environment; `make install` writes those of a first run, with secrets drawn at
random, to `var/env` (another file: `RIGHTSDESK_ENV`). The environment wins over the file.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from config.databases import database

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(os.environ.get("RIGHTSDESK_ENV", str(BASE_DIR / "var" / "env")))

VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))

# --- Secrets: none has a default ----------------------------------------------------------------
SECRET_KEY: str = env("SECRET_KEY")
# "id:base64,…": wraps the keys of archives; the first is for new ones, the others still open.
KEY_ENCRYPTION_KEYS: list[str] = env.list("KEY_ENCRYPTION_KEYS")
# "id:base64 of an Ed25519 seed:first day[:last day],…": signs receipts and the ledger.
SIGNING_KEYS: list[str] = env.list("SIGNING_KEYS")
# "id:base64 of a public key:first day:last day,…": keys that no longer sign but still verify.
RETIRED_SIGNING_KEYS: list[str] = env.list("RETIRED_SIGNING_KEYS", default=[])
# base64: makes tombstones and suppressions of erased ids and addresses. Never rotate it.
PSEUDONYM_KEY: str = env("PSEUDONYM_KEY")

# --- Web ----------------------------------------------------------------------------------------
DEBUG: bool = env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
BASE_URL: str = env("BASE_URL").rstrip("/")
HTTPS: bool = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_SSL_REDIRECT = HTTPS
# A mail program that unsubscribes may not be sent on, whatever the proxy forgot (RFC 8058, 3.1);
# a probe asks this process itself, past the proxy that ends TLS, and is told no secret.
SECURE_REDIRECT_EXEMPT = [r"^u/", r"^(?:healthz|readyz)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# Nobody else learns an address; our own forms must say where they come from. Pages whose address
# is a secret send "no-referrer" themselves.
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "compliance.views.errors.csrf_failure"
# The prefix makes browsers refuse such a cookie from a neighbouring host, or without HTTPS.
SESSION_COOKIE_NAME = f"{'__Host-' if HTTPS else ''}rightsdesk"
CSRF_COOKIE_NAME = f"{'__Host-' if HTTPS else ''}rightsdesk-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Not "Strict": a link in an e-mail would open the desk as if nobody were signed in.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# How long after signing in a session ends, whatever is done in it: a working day.
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
X_FRAME_OPTIONS = "DENY"
# Opens /metrics, sent as "Authorization: Bearer …". Without one there is no such page.
METRICS_TOKEN: str = env("METRICS_TOKEN", default="")
# The name and shape of Django 6, whose own middleware will take over from config.middleware.
SECURE_CSP: dict[str, list[str]] = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "script-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "config.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "simple_history",
    "django_q",
    "django_otp",
    "ninja",
    "seats",
    "consent",
    "compliance",
]
MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.probes.ProbesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "compliance.api.answers.ApiAnswers",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.middleware.StaffSessionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "config.context_processors.controller",
            ]
        },
    }
]

# --- Databases ----------------------------------------------------------------------------------
# How long a worker may go without a sign of life before its item is given to another.
LEASE = timedelta(seconds=env.int("LEASE_SECONDS", default=60))
DATABASES = {
    "default": database(
        env, "DATABASE_URL", VAR_DIR / "rightsdesk.sqlite3", mode="IMMEDIATE", timeout=20
    ),
    # Opened deferred, so that readers run in parallel.
    "product": database(
        env, "PRODUCT_DATABASE_URL", VAR_DIR / "product.sqlite3", mode="DEFERRED", timeout=20
    ),
}
if "postgresql" in DATABASES["default"]["ENGINE"]:
    # A process that stalls in a transaction, or loses its network, keeps others from its rows no
    # longer than from its item. (The product's transactions end sooner: `sources.product`.)
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
        "options", f"-c idle_in_transaction_session_timeout={LEASE // timedelta(milliseconds=1)}"
    )
DATABASE_ROUTERS = ["config.routers.ProductRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Storages -----------------------------------------------------------------------------------


def storage(name: str, folder: str) -> dict[str, Any]:
    """Files below `VAR_DIR`, unless `<NAME>_DIR` names another place."""
    location = env(f"{name}_DIR", default=str(VAR_DIR / folder))
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": location, "file_permissions_mode": 0o600},
    }


STORAGES = {
    "default": storage("EXPORTS", "exports"),
    "exports": storage("EXPORTS", "exports"),
    "evidence": storage("EVIDENCE", "evidence"),
    "product_files": storage("PRODUCT_FILES", "product_files"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_DIR", default=str(VAR_DIR / "static")))
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # no page names another; compressed once, not twice
# Nobody but a debugger asks for source maps.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

# --- People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "seats.StaffUser"
LOGIN_URL = "admin:login"
# Whether staff need a second factor. Off, it is asked only of who set one up: for a trial on one's
# own machine, as `config.first_run` writes it; `check --deploy` warns.
STAFF_MFA_REQUIRED: bool = env.bool("STAFF_MFA_REQUIRED", default=True)
# After how long without use a session on the desk ends.
STAFF_IDLE = timedelta(minutes=env.int("STAFF_IDLE_MINUTES", default=30))
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]

# --- Language and time --------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "compliance" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- E-mail -------------------------------------------------------------------------------------
# smtp://user:password@host:port, or files in VAR_DIR/mail where none is given.
EMAIL_CONFIG: dict[str, Any] = env.email_url("EMAIL_URL", default=f"filemail:///{VAR_DIR / 'mail'}")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL: str = env("DEFAULT_FROM_EMAIL", default="privacy@localhost")
EMAIL_TIMEOUT = 20

# --- Queue --------------------------------------------------------------------------------------
# Delivery is at least once and the truth is in RequestItem: a task may be tried again freely, and
# what is lost is found by the sweep long before the queue would try again.
Q_CLUSTER: dict[str, Any] = {
    "name": "rightsdesk",
    "orm": "default",
    "workers": env.int("WORKERS", default=2),
    "timeout": 900,
    "retry": 3600,
    "queue_limit": 2,
    "bulk": 1,
    "max_attempts": 5,
    "ack_failures": True,
    "poll": 0.2,
    "save_limit": 0,
    "recycle": 1_000_000,
    "catch_up": False,
    "label": "Queue",
    "error_reporter": {},
}

# --- Logs ---------------------------------------------------------------------------------------
# "plain" for a person at a terminal, "json" for a collector: one object a line.
LOG_FORMAT: str = env("LOG_FORMAT", default="plain")
LOG_FORMATTERS = {"plain": "config.logs.Plain", "json": "config.logs.JsonLines"}
if LOG_FORMAT not in LOG_FORMATTERS:
    raise ImproperlyConfigured(f"LOG_FORMAT is “plain” or “json”, not “{LOG_FORMAT}”.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": {"()": LOG_FORMATTERS[LOG_FORMAT]}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Not Django's own handlers: one would mail whole pages of values.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
        # It tells of every message put into the queue, and of every process, day in, day out.
        "django-q": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}

# Where failures are reported to, without what could name anybody (`config.reporting`).
SENTRY_DSN: str = env("SENTRY_DSN", default="")

# --- The product's knobs --------------------------------------------------------------------------
# The module that says where the product keeps its data.
DATA_MAP: str = env("DATA_MAP", default="compliance.sources.navigator")
# Who answers: printed on documents and pages; country and time zone rule the deadlines.
CONTROLLER = {
    "name": env("CONTROLLER_NAME", default="Larkfield Software Ltd"),
    "product": env("CONTROLLER_PRODUCT", default="Larkfield"),
    "address": env("CONTROLLER_ADDRESS", default="14 Hanover Quay, Dublin D02 KX54, Ireland"),
    "email": env("CONTROLLER_EMAIL", default="privacy@larkfield.example"),
    "phone": env("CONTROLLER_PHONE", default="+353 1 555 0142"),
    "dpo": env("CONTROLLER_DPO", default="dpo@larkfield.example"),
    "authority": env(
        "CONTROLLER_AUTHORITY", default="Data Protection Commission, www.dataprotection.ie"
    ),
    "country": env("CONTROLLER_COUNTRY", default="IE"),
    "subdivision": env("CONTROLLER_SUBDIVISION", default=""),
    "time_zone": env("CONTROLLER_TIME_ZONE", default="Europe/Dublin"),
}
# How long a requester can still cancel an approved deletion.
COOLING_OFF_SEAT = timedelta(seconds=env.int("COOLING_OFF_SEAT_SECONDS", default=72 * 3600))
COOLING_OFF_CONTRACT = timedelta(seconds=env.int("COOLING_OFF_CONTRACT_SECONDS", default=7 * 86400))
# How long an archive can be fetched before key and file are destroyed.
ARCHIVE_DAYS: int = env.int("ARCHIVE_DAYS", default=7)
# The day by which the company's backups no longer hold what was deleted, counted from the deletion.
BACKUP_DAYS: int = env.int("BACKUP_DAYS", default=35)
# How long what an erased member was told and decided is kept as evidence, for claims.
CONSENT_EVIDENCE_YEARS: int = env.int("CONSENT_EVIDENCE_YEARS", default=3)
# Rows in one part: bounds a task, a restart and memory.
PART_ROWS: int = env.int("PART_ROWS", default=250_000)
# Rows in one erasing transaction, kept well under a second.
ERASE_BATCH_ROWS: int = env.int("ERASE_BATCH_ROWS", default=5_000)
# How many calls of the HTTP API one key may make in a minute, in each web process.
API_CALLS_A_MINUTE: int = env.int("API_CALLS_A_MINUTE", default=600)
# How many items of one request wait in the queue at a time.
WINDOW: int = env.int("WINDOW", default=8)
