"""The address of every page, about something that belongs to one entry's clinic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, reverse

from tests import factories
from tests.factories_of_calendar import NoticeFactory
from tests.factories_of_ehrs import RecordFactory, WriteBackFactory
from tests.factories_of_feeds import ParkedFactory, SourceFactory, TodoFactory
from tests.messaging import on_phones
from waitlist.models import WaitlistEntry

OTHER_PARTS: dict[str, object] = {
    "outcome": "no_answer",
    "call": 1,
    "kind": "csv",
    "name": "offer",
    "language": "en",
}
ACTIONS = {"phone-call-act": "hang-up", "appointment-act": "arrived", "feeds-act": "replay"}


def _patient(entry: WaitlistEntry) -> int:
    return entry.patient_id


def _clinic(entry: WaitlistEntry) -> int:
    return entry.clinic_id


def _slot(entry: WaitlistEntry) -> Any:
    return factories.CancellationFactory.create(clinic=entry.clinic)


def _visit(entry: WaitlistEntry) -> Any:
    return factories.AppointmentFactory.create(clinic=entry.clinic, patient=entry.patient)


def _source(entry: WaitlistEntry) -> Any:
    return SourceFactory.create(clinics=[entry.clinic])


def _practice(entry: WaitlistEntry) -> Any:
    return SourceFactory.create(kind="drchrono", clinics=[entry.clinic])


def _parked(entry: WaitlistEntry) -> int:
    return int(ParkedFactory.create(message__source=_source(entry)).pk)


# The first that a page's name begins with says what the page is about.
ABOUT: tuple[tuple[str, Callable[[WaitlistEntry], int]], ...] = (
    ("appointment-book", _patient),
    ("appointment-conflicts", _patient),
    ("appointment", lambda entry: int(_visit(entry).pk)),
    ("notice", lambda entry: int(NoticeFactory.create(appointment=_visit(entry)).pk)),
    ("phone", _patient),
    ("patient", _patient),
    ("messages-patient", _patient),
    ("messages", lambda entry: factories.MessageFactory.create(related={"clinic": entry.clinic_id}).pk),
    ("waitlist-join", _patient),
    ("waitlist-earlier", lambda entry: int(_visit(entry).pk)),
    ("waitlist", lambda entry: entry.pk),
    ("clinic-", _clinic),
    ("guide-", _clinic),
    ("ehr-task", lambda entry: int(WriteBackFactory.create(appointment=_visit(entry)).pk)),
    ("drchrono-name", lambda entry: int(RecordFactory.create(source=_practice(entry)).pk)),
    ("drchrono-", lambda entry: int(_practice(entry).pk)),
    ("feeds-drift", lambda entry: int(_source(entry).pk)),
    ("feeds-settled", lambda entry: int(TodoFactory.create(appointment=_visit(entry)).pk)),
    ("feeds-", _parked),
    ("shadow", _clinic),
    ("staff-call", lambda entry: factories.StaffCallFactory.create(cancellation=_slot(entry)).pk),
    ("greetings", lambda entry: factories.ProviderFactory.create(clinics=[entry.clinic]).pk),
    ("", lambda entry: int(_slot(entry).pk)),
)


def address(pattern: URLPattern, entry: WaitlistEntry) -> str:
    """Where the page is about this entry, its patient, its clinic, or something of theirs."""
    name = str(pattern.name)
    wanted = pattern.pattern.converters
    given = OTHER_PARTS | {"action": ACTIONS.get(name, "pause"), "entry": entry.pk}
    if "pk" in wanted:
        given["pk"] = next(make for start, make in ABOUT if name.startswith(start))(entry)
    if "text" in wanted:
        given["text"] = on_phones.texted(entry.patient.phone).pk
    return reverse(name, kwargs={key: given[key] for key in wanted})
