"""Our visits, slots and patients as resources of FHIR R4.

Provider, place and kind of visit are named as in the rest of the API: Practitioner/3 is provider 3 and
Location/1 clinic 1. `base` is the address under which FHIR is served here.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.models import Appointment, Clinic, Patient, Provider, VisitType
from clinic.states import AppointmentStatus
from offers.models import Cancellation
from offers.states import CancellationStatus

Resource = dict[str, Any]

VISIT_STATUSES = {
    AppointmentStatus.BOOKED: "booked",
    AppointmentStatus.ARRIVED: "arrived",
    AppointmentStatus.COMPLETED: "fulfilled",
    AppointmentStatus.NO_SHOW: "noshow",
    AppointmentStatus.CANCELLED: "cancelled",
    # FHIR moves a visit by changing its time; here the old row stays, and nobody comes to it.
    AppointmentStatus.RESCHEDULED: "cancelled",
}
# A slot is free until somebody has it, also while patients are being asked.
SLOT_STATUSES = {
    CancellationStatus.OPEN: "free",
    CancellationStatus.OFFERING: "free",
    CancellationStatus.PAUSED: "free",
    CancellationStatus.UNFILLED: "free",
    CancellationStatus.FILLED: "busy",
    CancellationStatus.WITHDRAWN: "busy-unavailable",
}


def appointment(visit: Appointment, *, base: str) -> Resource:
    """A visit. Neither the patient's name nor why it was cancelled: both are free words."""
    filled = [{"reference": f"Slot/{visit.fills_slot}"}] if visit.fills_slot else None
    return _stamped(
        "Appointment",
        visit.pk,
        base,
        status=VISIT_STATUSES[AppointmentStatus(visit.status)],
        serviceType=[_service(visit.visit_type, base)],
        start=_instant(visit.starts_at),
        end=_instant(visit.ends_at),
        minutesDuration=(visit.ends_at - visit.starts_at) // timedelta(minutes=1),
        slot=filled,
        created=_instant(visit.created_at),
        participant=[
            _taking_part({"reference": f"Patient/{visit.patient_id}", "type": "Patient"}),
            _taking_part(_provider(visit.provider)),
            _taking_part(_place(visit.clinic)),
        ],
    )


def slot(freed: Cancellation, *, base: str) -> Resource:
    """A time that came free. Whose it is stands in the Schedule that it carries."""
    return _stamped(
        "Slot",
        freed.pk,
        base,
        changed_at=_instant(freed.changed_at),
        contained=[
            {
                "resourceType": "Schedule",
                "id": "schedule",
                "actor": [_provider(freed.provider), _place(freed.clinic)],
            }
        ],
        serviceType=[_service(freed.visit_type, base)],
        schedule={"reference": "#schedule"},
        status=SLOT_STATUSES[CancellationStatus(freed.status)],
        start=_instant(freed.starts_at),
        end=_instant(freed.ends_at),
    )


def patient(person: Patient, *, base: str) -> Resource:
    """Somebody on the books."""
    reached = (("phone", person.phone), ("email", person.email))
    doctor = person.primary_provider
    born = person.date_of_birth.isoformat() if person.date_of_birth else None
    return _stamped(
        "Patient",
        person.pk,
        base,
        active=person.status == Patient.Status.ACTIVE,
        name=[_without_nothing(use="official", family=person.last_name, given=[person.first_name])],
        telecom=[{"system": system, "value": value} for system, value in reached if value] or None,
        birthDate=born,
        deceasedBoolean=person.status == Patient.Status.DECEASED,
        communication=[
            {
                "language": {"coding": [{"system": "urn:ietf:bcp:47", "code": person.language}]},
                "preferred": True,
            }
        ],
        generalPractitioner=[_provider(doctor)] if doctor else None,
    )


def _stamped(kind: str, pk: int, base: str, *, changed_at: str | None = None, **elements: Any) -> Resource:
    """With its id, our name for it, and a version that changes with what is said."""
    said = _without_nothing(
        identifier=[{"use": "official", "system": f"{base}/{kind}", "value": str(pk)}], **elements
    )
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
    meta = _without_nothing(versionId=digest, lastUpdated=changed_at)
    return {"resourceType": kind, "id": str(pk), "meta": meta, **said}


def _provider(provider: Provider) -> Resource:
    named = {"reference": f"Practitioner/{provider.pk}", "type": "Practitioner"}
    return {**named, "display": provider.name}


def _place(clinic: Clinic) -> Resource:
    return {"reference": f"Location/{clinic.pk}", "type": "Location", "display": clinic.name}


def _service(kind: VisitType, base: str) -> Resource:
    coding = {"system": f"{base}/visit-types", "code": str(kind.pk), "display": kind.name}
    return {"coding": [coding], "text": kind.name}


def _taking_part(actor: Resource) -> Resource:
    return {"actor": actor, "required": "required", "status": "accepted"}


def _without_nothing(**elements: Any) -> Resource:
    """FHIR's JSON leaves out what is not said."""
    return {name: value for name, value in elements.items() if value not in (None, "", [])}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
