"""Outages: databases and storages that are away, full or too slow. They pass: nobody failed."""

from __future__ import annotations

import errno
import socket
import sys

from django.db import DatabaseError, InterfaceError, OperationalError, connection, models
from django.utils.translation import gettext_lazy as _

from compliance.sources.product import ProductUnavailable

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
AWAY = {
    *(errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.EREMOTEIO, errno.EPIPE),
    *(errno.ETIMEDOUT, errno.ENOTCONN, errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED),
    *(errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET),
}
# An object store also says with these that it is to be asked again (S3's list of errors).
AGAIN = {"RequestTimeout", "ExpiredToken", "OperationAborted"}
TOO_MANY, SERVERS_FAULT, NO_SPACE = 429, 500, 507  # HTTP


class Outage(models.TextChoices):
    """What is away: the code an item keeps, and the words for whoever looks why it waits."""

    PRODUCT = "ProductUnavailable", _("The product’s database cannot be reached, or is too slow.")
    DATABASE = "DatabaseUnavailable", _("Our own database could not be reached.")
    STORAGE = "StorageUnavailable", _("A storage for files cannot be reached.")
    FULL = "StorageFull", _("A storage for files is full, or takes no writing.")


def of(error: BaseException) -> Outage | None:
    """The outage that an exception tells of; None for a failure that trying again will not mend."""
    if isinstance(error, ProductUnavailable):
        return Outage.PRODUCT
    if isinstance(error, OSError):
        return _of_files(error)
    if isinstance(error, (DatabaseError, InterfaceError)):
        return Outage.DATABASE if _hung_up(error) else None
    return _of_objects(error)


def _of_files(error: OSError) -> Outage | None:
    if error.errno in FULL:
        return Outage.FULL
    # Sockets raise some of these without a number, and a resolver with numbers of its own.
    away = isinstance(error, (TimeoutError, ConnectionError, socket.gaierror))
    return Outage.STORAGE if away or error.errno in AWAY else None


def _hung_up(error: Exception) -> bool:
    """A server that ends an idle session says so with an InternalError, and hangs up."""
    ours = connection.connection
    return (
        isinstance(error, (OperationalError, InterfaceError))
        or ours is None
        or bool(getattr(ours, "closed", False))
    )


def _of_objects(error: BaseException) -> Outage | None:
    """Of S3, through django-storages. Both are optional: who meets their errors has loaded them."""
    s3transfer = sys.modules.get("s3transfer.exceptions")
    if s3transfer and isinstance(error, s3transfer.RetriesExceededError):
        return Outage.STORAGE
    botocore = sys.modules.get("botocore.exceptions")
    if botocore is None:
        return None
    if isinstance(error, botocore.ClientError):
        return _of_answer(error.response)
    unreached = (
        *(botocore.HTTPClientError, botocore.ConnectionError, botocore.IncompleteReadError),
        botocore.CredentialRetrievalError,  # from the host's own service, which may be away too
    )
    return Outage.STORAGE if isinstance(error, unreached) else None


def _of_answer(response: dict[str, dict[str, object]]) -> Outage | None:
    """What an object store answered: its own trouble passes, a refusal does not."""
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = response.get("Error", {}).get("Code", "")
    if status == NO_SPACE:
        return Outage.FULL
    busy = isinstance(status, int) and (status >= SERVERS_FAULT or status == TOO_MANY)
    return Outage.STORAGE if busy or code in AGAIN else None


def words(code: str) -> str:
    """The words of an outage's code; "" for the name of a failure."""
    return str(Outage(code).label) if code in Outage.values else ""
