"""Taking patients on the books, and keeping what is known of them true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from clinic.models import Patient
from clinic.signals import patient_out_of_reach
from core import audit, phone


class RegisteringError(Exception):
    """Something about a patient that cannot be; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient:
    """A patient as staff know one. `phone` may be written as people write it; "" is none."""

    first_name: str
    last_name: str
    date_of_birth: date | None = None
    phone: str = ""
    email: str = ""
    language: str = Patient.Language.ENGLISH
    status: str = Patient.Status.ACTIVE
    preferred_channel: str = Patient.Channel.SMS
    sms_consent: bool = False


EDITABLE = frozenset(NewPatient.__slots__)


@transaction.atomic
def register(*, patient: NewPatient, by: str, now: datetime) -> Patient:
    """Store a new patient, the phone as E.164. Raises RegisteringError."""
    stored = Patient.objects.create(**_checked(asdict(patient), now))
    audit.record(actor=by, verb="patient.registered", obj=stored, at=now)
    return stored


@transaction.atomic
def update(*, patient_id: int, changes: Mapping[str, Any], by: str, now: datetime) -> Patient:
    """Change what is known of a patient. Raises RegisteringError; the audit line names the fields only.

    Who may no longer be asked on the number that offers went to is announced as `patient_out_of_reach`.
    """
    for name in sorted(set(changes) - EDITABLE):
        raise RegisteringError(name, "This cannot be changed.")
    patient = Patient.objects.select_for_update(of=("self",), no_key=True).get(pk=patient_id)
    reached_on = _reached_on(patient)
    for name, value in _checked(changes, now).items():
        setattr(patient, name, value)
    patient.save(update_fields=sorted(changes))
    audit.record(actor=by, verb="patient.updated", obj=patient, at=now, fields=sorted(changes))
    if reached_on and _reached_on(patient) != reached_on:
        patient_out_of_reach.send(sender=Patient, patient_id=patient.pk)
    return patient


def _reached_on(patient: Patient) -> str:
    """The number on which the patient may be asked; "" where there is none."""
    may_ask = patient.status == Patient.Status.ACTIVE and patient.sms_consent
    return patient.phone if may_ask else ""


def _checked(values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    checked = dict(values)
    born = checked.get("date_of_birth")
    if born is not None and born > now.date():
        raise RegisteringError("date_of_birth", "Nobody is born in the future.")
    if checked.get("phone"):
        try:
            checked["phone"] = phone.normalise(checked["phone"])
        except ValidationError as error:
            raise RegisteringError("phone", " ".join(error.messages)) from None
    return checked
