"""Two patients on the books are one person: the visits go to the one who stays, and so does every "no"."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import transaction

from clinic import consenting, filing, noting, registering
from clinic.models import Appointment, Consent, ConsentChannel, Patient
from clinic.signals import contact_hours_changed, patient_within_reach, patients_merged
from clinic.states import ACTIVE

# Whatever the one who goes had been spared, the one who stays is spared as well.
_SPARED = {"under_guardian": True, "birthday_greetings": False}


@transaction.atomic
def merge(*, kept_id: int, gone_id: int, by: str, now: datetime) -> Patient:
    """Make one of two patients; who goes is inactive from then on. Raises Patient.DoesNotExist.

    A consent of the one who goes is not carried over: it was given for that phone, and nobody has said it of
    this one.
    """
    rows = Patient.objects.select_for_update(of=("self",), no_key=True)
    found = {patient.pk: patient for patient in rows.filter(pk__in=(kept_id, gone_id)).order_by("pk")}
    if len(found) != 2:
        raise Patient.DoesNotExist
    kept, gone = found[kept_id], found[gone_id]
    for channel in ConsentChannel.values:
        _keep_no(kept, gone, channel, by, now)
    changes: dict[str, Any] = {name: value for name, value in _SPARED.items() if getattr(gone, name) == value}
    if gone.status == Patient.Status.DECEASED:
        changes["status"] = Patient.Status.DECEASED
    if changes:
        registering.update(patient_id=kept_id, changes=changes, by=by, now=now)
    moved = _hand_over(kept, gone)
    if gone.status == Patient.Status.ACTIVE:
        inactive = {"status": Patient.Status.INACTIVE}
        registering.update(patient_id=gone_id, changes=inactive, by=by, now=now)
    number = sum(len(visits) for visits in moved.values())
    noting.note(verb="patient.merged", patients=[kept], by=by, now=now, gone=gone_id, visits=number)
    patients_merged.send(sender=Patient, kept_id=kept_id, gone_id=gone_id)
    for clinic_id, visits in sorted(moved.items()):
        filing.open_all(visit_ids=visits, clinic_id=clinic_id, now=now)
    return kept


def _hand_over(kept: Patient, gone: Patient) -> dict[int, list[int]]:
    """The visits that go to who stays, by clinic; they are reminded of by that one's clocks and ways."""
    active = Appointment.objects.filter(patient=gone, status__in=ACTIVE)
    moved: dict[int, list[int]] = defaultdict(list)
    for pk, clinic_id in active.order_by("pk").values_list("pk", "clinic_id"):
        moved[clinic_id].append(pk)
    active.update(patient=kept)
    if moved:
        contact_hours_changed.send(sender=Patient, patient_id=kept.pk, clinic_id=None)
    if moved and (kept.phone or kept.email):
        patient_within_reach.send(sender=Patient, patient_id=kept.pk)
    return moved


def _keep_no(kept: Patient, gone: Patient, channel: str, by: str, now: datetime) -> None:
    said = Consent.objects.on(patient_id=gone.pk, channel=channel).first()
    if said is None or said.given or consenting.standing(patient_id=kept.pk, channel=channel) is None:
        return
    word = consenting.Word(channel=channel, given=False, source=said.source, words=said.words)
    consenting.record(patient_id=kept.pk, word=word, by=by, now=now)
