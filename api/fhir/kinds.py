"""The kinds of resource that are served: their rows, how they are written and what they are searched by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from api import reads
from api.fhir import searching
from api.fhir.searching import Parameter, by_date, by_id, by_reference, by_token
from core import scoping
from core.scoping import User
from integrations.fhir import writing

_VISIT_WORDS = (
    "proposed",
    "pending",
    "booked",
    "arrived",
    "fulfilled",
    "cancelled",
    "noshow",
    "entered-in-error",
    "checked-in",
    "waitlist",
)
_SLOT_WORDS = ("busy", "free", "busy-unavailable", "busy-tentative", "entered-in-error")
_BY_ID = Parameter("_id", "token", "Its id.", by_id)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the permission that reading takes, and whether programs may send it."""

    name: str
    permission: str
    rows: Callable[[], QuerySet[Any]]
    write: Callable[..., dict[str, Any]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    is_sent: bool = False
    holds_patients: bool = True

    @property
    def address(self) -> str:
        return f"{searching.base()}/{self.name}"

    def seen_by(self, user: User) -> QuerySet[Any]:
        return scoping.limit(self.rows(), user)

    def written(self, row: Any) -> dict[str, Any]:
        return self.write(row, base=searching.base())

    def find(self, name: str, *, user: User) -> Any:
        """The row with this id, where the user may see it. Raises Http404."""
        row = self.seen_by(user).filter(by_id(name)).first()
        if row is None:
            raise Http404
        return row


def _parameters(*listed: Parameter) -> dict[str, Parameter]:
    return {one.name: one for one in listed}


APPOINTMENT = Kind(
    "Appointment",
    "clinic.view_appointment",
    reads.visits_with_names,
    writing.appointment,
    _parameters(
        _BY_ID,
        Parameter(
            "status",
            "token",
            "How it stands.",
            by_token("status", writing.VISIT_STATUSES, _VISIT_WORDS),
        ),
        Parameter("date", "date", "When it begins.", by_date("starts_at")),
        Parameter("patient", "reference", "Whose it is.", by_reference(Patient="patient_id")),
        Parameter("practitioner", "reference", "With whom.", by_reference(Practitioner="provider_id")),
        Parameter("location", "reference", "Where.", by_reference(Location="clinic_id")),
        Parameter(
            "actor",
            "reference",
            "Who or what takes part.",
            by_reference(Patient="patient_id", Practitioner="provider_id", Location="clinic_id"),
        ),
    ),
    is_sent=True,
)
SLOT = Kind(
    "Slot",
    "offers.view_cancellation",
    reads.slots_with_names,
    writing.slot,
    _parameters(
        _BY_ID,
        Parameter(
            "status",
            "token",
            "Whether it can still be had.",
            by_token("status", writing.SLOT_STATUSES, _SLOT_WORDS),
        ),
        Parameter("start", "date", "When it begins.", by_date("starts_at")),
    ),
    holds_patients=False,
)
# No search: names, birthdays and phones would stand in addresses, and those in every log.
PATIENT = Kind("Patient", "clinic.view_patient", reads.patients_with_doctor, writing.patient, is_sent=True)
KINDS = {kind.name: kind for kind in (APPOINTMENT, SLOT, PATIENT)}
