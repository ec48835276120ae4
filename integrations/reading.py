"""Which reader reads what: by the kind that a door gave the message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from integrations import codes
from integrations.drchrono import visits as drchrono
from integrations.facts import Fact, Park, Why
from integrations.fhir import reading as fhir
from integrations.hl7 import reading as hl7
from integrations.models import Source, SourceKind
from integrations.reader import Reader, ReaderSettings

READERS: dict[str, Reader] = {
    "hl7": hl7.read,
    "hl7.cut": hl7.read_cut,
    "fhir.appointment": fhir.read_appointment,
    "fhir.bundle": fhir.read_bundle,
    "fhir.transaction": fhir.read_bundle,
    "fhir.patient": fhir.read_patient,
    "drchrono.appointment": drchrono.read,
    "drchrono.appointment.late": drchrono.read_late,
    "drchrono.patient": drchrono.read_patient,
    "drchrono.page": drchrono.read_page,
}


# All that such a message says takes effect together, or nothing of it.
WHOLE = frozenset({"fhir.transaction"})


def read(body: bytes, *, kind: str, source: Source, received_at: datetime) -> Sequence[Fact]:
    """The facts that a message of the source states. Raises Park."""
    reader = READERS.get(kind)
    if reader is None:
        raise Park(Why.UNSUPPORTED, "kind")
    return reader(body, zone=source.zone, received_at=received_at, settings=settings_of(source))


def settings_of(source: Source) -> ReaderSettings:
    """What readers are told of a source."""
    return ReaderSettings(
        placer_is_constant=source.placer_is_constant,
        # FHIR's words are R4's.
        statuses=codes.statuses(source) if source.kind != SourceKind.FHIR else {},
        receiver=source.receiver,
        zones=codes.zones(source) if source.kind == SourceKind.DRCHRONO else {},
    )
