"""Looking for a patient among those whom the user may see. What was typed stands in no address and no log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet

from clinic.models import Appointment, Patient
from core import phone, scoping
from core.scoping import User
from waitlist.models import WaitlistEntry

PAGE_SIZE = 25
FEWEST_DIGITS = 4
_DIGITS = re.compile(r"[\d\s+().\-/]+")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One patient; `digits` are the last four of the phone, "" where there is none."""

    patient: Patient
    digits: str
    is_waiting: bool
    has_visit: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page of the patients who were found, and for what."""

    page: Page[Any]
    typed: str


def find(*, typed: str, number: int, user: User) -> Found:
    """The page `number` of whoever fits: parts of the name, a date of birth, or digits of the phone."""
    words = typed.replace("\0", "").strip()
    # A patient of two clinics may wait at the one that the user does not see.
    wishes = scoping.limit(WaitlistEntry.objects.in_line(), user)
    visits = scoping.limit(Appointment.objects.active(), user)
    theirs = {"patient": OuterRef("pk")}
    rows = scoping.limit(_fitting(words), user).annotate(
        is_waiting=Exists(wishes.filter(**theirs)), has_visit=Exists(visits.filter(**theirs))
    )
    paginator = Paginator(rows.order_by("last_name", "first_name", "pk"), PAGE_SIZE)
    page = paginator.get_page(number)
    shown = [_row(patient) for patient in page.object_list]
    return Found(page=Page(shown, page.number, paginator), typed=words)


def _row(patient: Any) -> Row:
    digits = phone.mask(patient.phone) if patient.phone else ""
    return Row(patient=patient, digits=digits, is_waiting=patient.is_waiting, has_visit=patient.has_visit)


def _fitting(words: str) -> QuerySet[Patient]:
    patients = Patient.objects.all()
    born = _date(words)
    if born is not None:
        return patients.filter(date_of_birth=born)
    if _DIGITS.fullmatch(words):
        digits = re.sub(r"\D", "", words)
        return patients.filter(phone__contains=digits) if len(digits) >= FEWEST_DIGITS else patients.none()
    fits = Q()
    for word in words.replace(",", " ").split()[:5]:
        fits &= Q(first_name__icontains=word) | Q(last_name__icontains=word)
    return patients.filter(fits) if words else patients.none()


def _date(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None
