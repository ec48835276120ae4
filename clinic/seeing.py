"""Who looked at what of a patient: the access log, kept in the audit trail like every other event.

45 CFR 164.312(b): record and examine activity in systems that hold health information.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from clinic import noting
from clinic.models import Appointment, Clinic, Patient
from core import looking, scoping


def patient(seen: Patient, *, request: HttpRequest, now: datetime) -> None:
    """The page of this patient was opened."""
    looking.note("patient.seen", seen, request=request, now=now, places=_shared_with(seen, request))


def form(seen: Model, *, request: HttpRequest, now: datetime) -> None:
    """A form about this record was opened; to send it is an event of its own."""
    if request.method == "GET":
        row(seen, request=request, now=now)


def row(seen: Model, *, request: HttpRequest, now: datetime) -> None:
    """A record was opened that is, or is about, a patient."""
    if isinstance(seen, Patient):
        patient(seen, request=request, now=now)
    else:
        looking.row(seen, request=request, now=now)


def visit(seen: Appointment, *, request: HttpRequest, now: datetime) -> None:
    """The page of this visit was opened."""
    looking.note("appointment.seen", seen, request=request, now=now, places={seen.clinic_id})


def day(at: Clinic, *, on: date, request: HttpRequest, now: datetime) -> None:
    """The visits of a clinic's day were looked at."""
    looking.note("appointments.seen", at, request=request, now=now, places={at.pk}, on=f"{on:%Y-%m-%d}")


def talk(at_address: Iterable[Patient], *, about: Model | None, request: HttpRequest, now: datetime) -> None:
    """What was said with these patients was read; with nobody known, the message that led there."""
    known = list(at_address)
    for one in known:
        looking.note(
            "patient.messages_seen", one, request=request, now=now, places=_shared_with(one, request)
        )
    if not known and about is not None:
        looking.note("message.seen", about, request=request, now=now, places=looking.own(request))


def taken_away(
    what: str, *, of: Clinic | None = None, request: HttpRequest, now: datetime, **counted: Any
) -> None:
    """A file with patients, or with the audit itself, was downloaded: of one clinic, or of all the user's."""
    if of is not None:
        looking.note(f"{what}.exported", of, request=request, now=now, places={of.pk}, **counted)
        return
    assert isinstance(request.user, Model)  # noqa: S101 - every page that writes an event needs a login
    looking.note(
        f"{what}.exported", request.user, request=request, now=now, places=looking.own(request), **counted
    )


def _shared_with(patient: Patient, request: HttpRequest) -> frozenset[int]:
    """The clinics that the patient and whoever looks have in common, else those of whoever looks."""
    own = scoping.of(request.user)
    theirs = frozenset(noting.known_at([patient.pk])[patient.pk])
    return theirs if own is None else theirs & own or own
