from __future__ import annotations

import errno
import socket
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError

from compliance.services import outages
from compliance.services.outages import Outage
from compliance.sources.product import ProductUnavailable


class ObjectStoreError(Exception):
    """As botocore's: what it holds beside its text."""

    def __init__(self, **facts: Any) -> None:
        super().__init__("An error about saved_leads of Ana Kovač")
        self.__dict__.update(facts)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The classes of botocore and s3transfer by their names; neither need be installed."""
    names = (
        *("HTTPClientError", "ConnectionError", "IncompleteReadError", "ClientError"),
        *("CredentialRetrievalError", "NoCredentialsError", "RetriesExceededError"),
    )
    classes = {name: type(name, (ObjectStoreError,), {}) for name in names}
    classes["ReadTimeoutError"] = type("ReadTimeoutError", (classes["HTTPClientError"],), {})
    there = SimpleNamespace(**classes)
    monkeypatch.setitem(sys.modules, "botocore.exceptions", there)
    monkeypatch.setitem(sys.modules, "s3transfer.exceptions", there)
    return there


def answered(s3: SimpleNamespace, status: int, code: str = "") -> Exception:
    response = {"ResponseMetadata": {"HTTPStatusCode": status}, "Error": {"Code": code}}
    error: Exception = s3.ClientError(response=response)
    return error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_is_a_full_storage(number: int) -> None:
    assert outages.of(OSError(number, "…")) == Outage.FULL


@pytest.mark.parametrize(
    "error",
    [
        *(OSError(number, "…") for number in (errno.EIO, errno.ENOTCONN, errno.ESTALE)),
        *(OSError(number, "…") for number in (errno.EHOSTDOWN, errno.ENODEV, errno.EREMOTEIO)),
        TimeoutError("timed out"),
        ConnectionResetError("without a number"),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
    ],
    ids=repr,
)
def test_a_disk_that_is_gone_is_waited_for(error: OSError) -> None:
    assert outages.of(error) == Outage.STORAGE


@pytest.mark.parametrize(
    "error",
    [FileNotFoundError(errno.ENOENT, "…"), PermissionError(errno.EACCES, "…"), OSError("…")],
    ids=repr,
)
def test_what_is_missing_or_forbidden_is_not_waited_for(error: OSError) -> None:
    assert outages.of(error) is None


@pytest.mark.parametrize(
    "name", ["ConnectionError", "ReadTimeoutError", "IncompleteReadError", "RetriesExceededError"]
)
def test_an_object_store_out_of_reach_is_waited_for(s3: SimpleNamespace, name: str) -> None:
    assert outages.of(getattr(s3, name)()) == Outage.STORAGE


@pytest.mark.parametrize(
    ("status", "code", "outage"),
    [
        (503, "SlowDown", Outage.STORAGE),
        (500, "InternalError", Outage.STORAGE),
        (429, "TooManyRequests", Outage.STORAGE),
        (400, "RequestTimeout", Outage.STORAGE),
        (507, "XMinioStorageFull", Outage.FULL),
        (403, "AccessDenied", None),
        (404, "NoSuchBucket", None),
        (400, "InvalidRequest", None),
    ],
)
def test_an_object_stores_own_trouble_passes_and_its_refusal_does_not(
    s3: SimpleNamespace, status: int, code: str, outage: Outage | None
) -> None:
    assert outages.of(answered(s3, status, code)) == outage


def test_an_object_store_nobody_gave_a_key_to_needs_a_person(s3: SimpleNamespace) -> None:
    assert outages.of(s3.NoCredentialsError()) is None


def test_databases_out_of_reach_are_waited_for() -> None:
    assert outages.of(ProductUnavailable("down")) == Outage.PRODUCT
    assert outages.of(InterfaceError("connection already closed")) == Outage.DATABASE
    assert outages.of(OperationalError("server closed the connection")) == Outage.DATABASE


@pytest.mark.django_db
def test_what_a_database_objects_to_is_a_failure() -> None:
    assert outages.of(IntegrityError("duplicate key")) is None


def test_any_other_exception_is_a_failure() -> None:
    assert outages.of(KeyError("notes")) is None


def test_every_outage_has_words_and_nothing_else_has() -> None:
    assert all(outages.words(code) for code in Outage.values)
    assert outages.words("ValueError") == ""
