from __future__ import annotations

import logging
import re

LINK = re.compile(
    r"(/(?:r|u|p|privacy/enter|privacy/verify)/)[\w.-]{16,}(?:/download/[\w.:-]{16,})?"
)
# Products' ids of people, which may be their addresses.
PERSON = re.compile(r"(/api/v1/(?:members|administrations/[^/\s]+)/)[^/\s]+")


class LinksHidden(logging.Filter):
    """Keeps secret links out of the logs: whoever reads one there could open the page.

    And whom a call of the API was about.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        hidden = PERSON.sub(r"\1…", LINK.sub(r"\1…", said))
        if hidden != said:
            record.msg, record.args = hidden, None
        return True
