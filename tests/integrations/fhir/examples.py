"""Resources in the shapes that FHIR R4 gives them, written for these tests. Nobody in them exists."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.facts import Fact
from integrations.fhir import reading
from integrations.reader import ReaderSettings

Json = dict[str, Any]

EHR = "https://ehr.example.org/ids"
RECEIVED = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


def reference(to: str, **more: Any) -> Json:
    return {"reference": to, **more}


def concept(code: str, system: str = f"{EHR}/services", **more: Any) -> Json:
    return {"coding": [{"system": system, "code": code, **more}]}


def participant(to: Json, *kinds: str, **more: Any) -> Json:
    kind = [concept(name, "http://terminology.hl7.org/CodeSystem/v3-ParticipationType") for name in kinds]
    return {"actor": to, "status": "accepted", **({"type": kind} if kind else {}), **more}


def appointment(**changed: Any) -> Json:
    """A booked visit with everything a calendar asks for; a member that is None is left out."""
    whole = {
        "resourceType": "Appointment",
        "id": "visit-7",
        "meta": {"versionId": "3", "lastUpdated": "2026-03-01T12:00:00.5Z"},
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">A visit</div>'},
        "identifier": [{"use": "official", "system": f"{EHR}/visits", "value": "V-1007"}],
        "status": "booked",
        "serviceCategory": [concept("17")],
        "serviceType": [concept("EX30", display="Examination")],
        "appointmentType": concept("FOLLOWUP", "http://terminology.hl7.org/CodeSystem/v2-0276"),
        "priority": 5,
        "description": "Follow-up",
        "start": "2026-03-10T09:00:00-05:00",
        "end": "2026-03-10T09:30:00-05:00",
        "minutesDuration": 30,
        "created": "2026-02-20",
        "comment": "Comes by bus",
        "participant": [
            participant(reference("Patient/p-1"), required="required"),
            participant(reference("Practitioner/dr-4", display="Dr. Vera Example"), "ATND"),
            participant(reference("Location/lake", display="Lake clinic"), required="required"),
        ],
        **changed,
    }
    return {name: value for name, value in whole.items() if value is not None}


def patient(**changed: Any) -> Json:
    whole = {
        "resourceType": "Patient",
        "id": "p-1",
        "meta": {"lastUpdated": "2026-03-01T12:00:00Z"},
        "identifier": [{"use": "usual", "system": f"{EHR}/mrn", "value": "MRN-1"}],
        "active": True,
        "name": [{"use": "official", "family": "Example", "given": ["Alice", "Beatrice"]}],
        "telecom": [
            {"system": "phone", "value": "(202) 555-0123", "use": "mobile"},
            {"system": "email", "value": "alice@example.org"},
        ],
        "gender": "female",
        "birthDate": "1980-05-06",
        "deceasedBoolean": False,
        "address": [{"use": "home", "line": ["1 Main Street"], "city": "Springfield"}],
        "communication": [{"language": concept("es-MX", "urn:ietf:bcp:47"), "preferred": True}],
        "generalPractitioner": [reference("Practitioner/dr-4")],
        **changed,
    }
    return {name: value for name, value in whole.items() if value is not None}


def bundle(*resources: Json, kind: str = "collection", **more: Any) -> Json:
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": own} for number, own in enumerate(resources)]
    return {"resourceType": "Bundle", "type": kind, "entry": entries, **more}


READERS = {
    "Patient": reading.read_patient,
    "Appointment": reading.read_appointment,
    "Bundle": reading.read_bundle,
}


def read(resource: Json, *, received_at: datetime = RECEIVED) -> list[Fact]:
    body, zone = json.dumps(resource).encode(), ZoneInfo("America/Chicago")
    reader = READERS[resource["resourceType"]]
    return list(reader(body, zone=zone, received_at=received_at, settings=ReaderSettings()))


def only(resource: Json) -> Any:
    """The one fact that a resource says."""
    (fact,) = read(resource)
    return fact
