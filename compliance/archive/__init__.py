"""What a requester is given: sealed parts, put together to one sealed ZIP file with its leaflets.

Knows bytes, names and plain records, never our models.
"""

from __future__ import annotations

from compliance.archive.assembling import Assembled, assemble
from compliance.archive.names import BadName, entry_name
from compliance.archive.parts import Member, PartWriter
from compliance.archive.sealed import SealBroken, SealedReader, SealedWriter, new_key
from compliance.archive.wrapping import KeyUnknown, unwrap, wrap

__all__ = [
    "Assembled",
    "BadName",
    "KeyUnknown",
    "Member",
    "PartWriter",
    "SealBroken",
    "SealedReader",
    "SealedWriter",
    "assemble",
    "entry_name",
    "new_key",
    "unwrap",
    "wrap",
]
