"""Somebody who is not on the books yet comes to wait: one step, so that nobody is left half entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clinic import registering
from waitlist import joining
from waitlist.joining import Wish
from waitlist.models import WaitlistEntry


@transaction.atomic
def enrol(
    *, patient: registering.NewPatient, wish: Mapping[str, Any], by: str, now: datetime
) -> WaitlistEntry:
    """Register the patient and put the wish, named as Wish has it but for the patient, on the list.

    Raises RegisteringError or JoiningError and then stores nothing.
    """
    registered = registering.register(patient=patient, by=by, now=now)
    return joining.join(wish=Wish(patient_id=registered.pk, **wish), by=by, now=now)
