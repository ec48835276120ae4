"""A phone number that turns out to be somebody else's: this patient is texted there no more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import noting
from clinic.models import Patient
from core import audit, prepared, transitions
from offers import declining
from offers.models import WrongNumber
from waitlist import inviting


@transaction.atomic
def silence(*, patient_id: int, phone: str, now: datetime) -> bool:
    """Text this patient on this number no more, and end the questions that are open there.

    Other patients on the number, and a number that staff enter instead, are not touched. Returns False
    where it was known already. Raises Patient.DoesNotExist.
    """
    patient = Patient.objects.get(pk=patient_id)
    # Slots before our own row, as everywhere.
    declining.end_all(now=now, patient_id=patient.pk, phone=phone)
    if is_silenced(patient_id=patient.pk, phone=phone):
        return False
    WrongNumber.objects.bulk_create(
        [WrongNumber(patient=patient, phone=phone, since=now)], ignore_conflicts=True
    )
    inviting.revoke_all(patient_id=patient.pk, address=phone, now=now)
    noting.note(verb="number.disowned", patients=[patient], by=audit.SYSTEM, now=now)
    return True


@transaction.atomic
def trust_again(*, wrong_number_id: int, by: str, now: datetime) -> None:
    """Staff know that the number is the patient's after all. Raises StaleState where that was said before."""
    rows = WrongNumber.objects.filter(pk=wrong_number_id, lifted_at=None)
    if not rows.update(lifted_at=now, lifted_by=by):
        raise transitions.StaleState(_("This number is trusted again already."))
    row = WrongNumber.objects.select_related("patient").get(pk=wrong_number_id)
    noting.note(verb="number.trusted", patients=[row.patient], by=by, now=now)


def is_silenced(*, patient_id: int, phone: str) -> bool:
    """Whether somebody on that number has said that it is not this patient's."""
    # Asked for every text that leaves: see core.rows.
    with prepared.cursor() as cursor:
        cursor.execute(SILENCED, {"patient": patient_id, "phone": phone})
        return cursor.fetchone() is not None


SILENCED = """SELECT FROM offers_wrongnumber
    WHERE patient_id = %(patient)s AND phone = %(phone)s AND lifted_at IS NULL"""
