"""Files of what the desk shows, as they are sent."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import StreamingHttpResponse
from django.utils import timezone

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl; charset=utf-8",
}


def download(name: str, suffix: str, chunks: Iterable[bytes]) -> StreamingHttpResponse:
    """A file named for the thing and the day, made while it is sent."""
    response = StreamingHttpResponse(chunks, content_type=KINDS[suffix])
    file = f"{name}-{timezone.localdate():%Y-%m-%d}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response
