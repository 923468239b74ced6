from __future__ import annotations

from compliance.models.api import ApiKey, RememberedCall
from compliance.models.categories import DataCategory
from compliance.models.decisions import Approval, Extension, Hold, Pause
from compliance.models.desk import DeskEvent
from compliance.models.evidence import (
    EmailMessage,
    Evidence,
    InternalNote,
    Message,
    NumberSeries,
    Receipt,
    Remark,
    RequestEvent,
    Seal,
)
from compliance.models.execution import Archive, Heartbeat, RequestItem, Round, WrappedKey
from compliance.models.requests import ExecutionLock, PrivacyRequest

__all__ = [
    "ApiKey",
    "Approval",
    "Archive",
    "DataCategory",
    "DeskEvent",
    "EmailMessage",
    "Evidence",
    "ExecutionLock",
    "Extension",
    "Heartbeat",
    "Hold",
    "InternalNote",
    "Message",
    "NumberSeries",
    "Pause",
    "PrivacyRequest",
    "Receipt",
    "Remark",
    "RememberedCall",
    "RequestEvent",
    "RequestItem",
    "Round",
    "Seal",
    "WrappedKey",
]
