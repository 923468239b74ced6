"""What a requester is given: sealed parts, put together to one sealed ZIP file with its leaflets.

Knows bytes, names and plain records, never our models.
"""

from __future__ import annotations

from compliance.archive.assembling import Assembled, assemble
from compliance.archive.manifests import leaflets, manifest
from compliance.archive.names import BadName, entry_name
from compliance.archive.packages import datapackage
from compliance.archive.pages import index_html
from compliance.archive.parts import Member, PartWriter
from compliance.archive.records import (
    Category,
    Controller,
    IncompleteRecord,
    Information,
    Part,
    Record,
    part_of,
)
from compliance.archive.sealed import SealBroken, SealedReader, SealedWriter, new_key
from compliance.archive.wrapping import KeyUnknown, unwrap, wrap

__all__ = [
    "Assembled",
    "BadName",
    "Category",
    "Controller",
    "IncompleteRecord",
    "Information",
    "KeyUnknown",
    "Member",
    "Part",
    "PartWriter",
    "Record",
    "SealBroken",
    "SealedReader",
    "SealedWriter",
    "assemble",
    "datapackage",
    "entry_name",
    "index_html",
    "leaflets",
    "manifest",
    "new_key",
    "part_of",
    "unwrap",
    "wrap",
]
