"""The bundled sample product: what a company's own product database and files look like."""

from __future__ import annotations

from compliance.sample.load import seed
from compliance.sample.seeded import (
    SampleAdministration,
    SampleContract,
    SampleMember,
    SampleSeat,
    Seeded,
)

__all__ = [
    "SampleAdministration",
    "SampleContract",
    "SampleMember",
    "SampleSeat",
    "Seeded",
    "seed",
]
