"""How a visit of ours is named over there, and how the feed will name it when it comes back. Pure: no Django.

Each reader has its own form of a key: integrations.hl7.visits, .fhir.references, .drchrono.visits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

APPLICATION = "WAITLIST"
SYSTEM = "urn:clinic-waitlist:visit"
# The numbers that we give: writing_back.owing.
OURS = re.compile(r"W[A-HJ-NP-Z2-9]{16}")
_FILLER, _APPOINTMENT = "filler ", "Appointment/"


def heard(*, kind: str, placer: str, key: str = "", application: str = APPLICATION) -> list[str]:
    """The keys by which the feed of a source may name the visit, the surest first; `key` is the EHR's own."""
    if kind == "hl7":
        # With our namespace, or without it where the EHR keeps the number alone.
        return [*([_FILLER + key] if key else []), f"placer {placer}^{application}", f"placer {placer}"]
    if kind == "fhir":
        return [f"{SYSTEM}|{placer}", *([_APPOINTMENT + key] if key else [])]
    return [*([key] if key else []), placer]


def told(*, way: str, keys: Iterable[str]) -> str:
    """What the EHR calls a visit that its feed names by these keys, as its adapter says it; "" for none."""
    return next((said for key in keys if (said := _told(way, key))), "")


def _told(way: str, key: str) -> str:
    if way == "hl7":
        return key.removeprefix(_FILLER) if key.startswith(_FILLER) else ""
    if way == "fhir":
        return key.removeprefix(_APPOINTMENT) if key.startswith(_APPOINTMENT) else ""
    is_foreign = " " in key or "/" in key or "|" in key or OURS.fullmatch(key)
    return "" if is_foreign else key
