"""The audit lines about a patient, who belongs to no clinic: one for each clinic that knows the patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from clinic.models import Appointment, Membership, Patient
from core import audit


def note(
    *, verb: str, patients: Sequence[Patient], by: str, now: datetime, are_new: bool = False, **data: Any
) -> None:
    """Write down that `by` did `verb` to each of the patients, so that the managers of their clinics see it.

    Of whom no clinic knows yet, those where `by` works read it; `are_new`: nobody can know them.
    """
    ids = [patient.pk for patient in patients]
    places = {pk: found for pk, found in ({} if are_new else known_at(ids)).items() if found}
    strangers = [pk for pk in ids if pk not in places]
    if strangers:
        own = set(Membership.objects.filter(user__username=by).values_list("clinic_id", flat=True))
        places |= dict.fromkeys(strangers, own)
    audit.record_each(actor=by, verb=verb, objs=patients, at=now, places=places, **data)


def known_at(patient_ids: Sequence[int]) -> Mapping[int, set[int]]:
    """The clinics where each of these patients has a visit or a wish, or had one."""
    wishes: Any = Patient._meta.get_field("waitlist_entries").related_model
    found: dict[int, set[int]] = {pk: set() for pk in patient_ids}
    rows = [
        model._base_manager.filter(patient__in=patient_ids).values_list("patient_id", F("clinic_id"))
        for model in (Appointment, wishes)
    ]
    for patient_id, clinic_id in rows[0].union(rows[1]):
        found[patient_id].add(clinic_id)
    return found
