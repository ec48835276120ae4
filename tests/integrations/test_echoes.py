"""A booking of ours that comes back by the feed is known as ours, whoever is faster."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from clinic.booking import NewBooking
from clinic.models import Appointment, Clinic
from integrations import applying
from integrations.facts import Code, Person, Standing, VisitFact
from integrations.hl7 import reading
from integrations.models import VisitKey, VisitLink, WriteBackStatus
from integrations.reader import ReaderSettings
from integrations.writing_back import naming, sending, sweeping
from tests.integrations import connecting
from tests.integrations.connecting import Connected, book, every_way, owed, told

pytestmark = pytest.mark.django_db


def echo(connected: Connected, visit: Appointment, *keys: str, **fields: Any) -> VisitFact:
    """What the EHR's feed says of a visit that we booked there."""
    usual: dict[str, Any] = {
        "standing": Standing.BOOKED,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
        "clinic": Code(value="5"),
        "provider": Code(value="9"),
        "person": Person(ids=(f"P{visit.patient_id}",)),
    }
    return VisitFact(keys=keys, said_at=timezone.now(), **{**usual, **fields})


def hear(connected: Connected, fact: VisitFact) -> None:
    applying.apply(fact=fact, source=connected.source, by="feed", now=timezone.now(), may_offer=True)


@every_way
def test_the_echo_of_our_booking_leads_to_it_and_makes_no_second_one(
    wish: NewBooking, connected: Connected
) -> None:
    visit = book(wish)
    told(owed())
    key = naming.heard(kind=connected.source.kind, placer=owed().placer, key="E1")[0]
    hear(connected, echo(connected, visit, key))
    assert Appointment.objects.count() == 1
    assert VisitKey.objects.get(key=key).link.appointment_id == visit.pk


@pytest.mark.parametrize("keys", [("OTHER",), ("OTHER", "placer")])
def test_an_echo_that_is_faster_than_the_answer_makes_no_second_visit(
    wish: NewBooking, connected: Connected, keys: tuple[str, ...]
) -> None:
    visit = book(wish)
    claimed = sending.claim(write_back_id=owed().pk, now=timezone.now())
    assert isinstance(claimed, sending.Claimed)
    placer = naming.heard(kind="fhir", placer=owed().placer)[0]
    hear(connected, echo(connected, visit, *(placer if key == "placer" else key for key in keys)))
    sending.settle(row=claimed.row, found=sending.call(claimed), now=timezone.now())
    assert (Appointment.objects.count(), owed().status) == (1, "done")
    assert VisitLink.objects.filter(appointment=visit).count() == 1


def test_a_booking_that_the_feed_brings_back_closes_the_task_of_staff(wish: NewBooking) -> None:
    clinic = Clinic.objects.get(pk=wish.clinic_id)
    source = connecting.by_hand(clinic)
    visit = book(wish)
    told(owed())
    known = {"standing": ["booked", []], "time": [[visit.starts_at.isoformat(), None], []]}
    VisitLink.objects.create(source=source, appointment=visit, known=known, changed_at=timezone.now())
    sweeping.sweep(clock=timezone.now)
    assert owed().status == WriteBackStatus.DONE


def test_an_hl7_message_that_names_our_number_names_our_booking() -> None:
    ours = "W" + "ABCD2345" * 2
    message = (
        "MSH|^~\\&|EHR|CLINIC|WAITLIST||20260302100000+0000||SIU^S12|1|P|2.5.1\r"
        f"SCH|{ours}^WAITLIST|77^EHR|||||||30|min|||||||||||||||Booked\r"
        "TQ1|1||||||20260309100000-0600|20260309103000-0600\rPID|1||4711\rAIP|1||9\r"
    )
    read: dict[str, Any] = {
        "zone": ZoneInfo("America/Chicago"),
        "received_at": timezone.now(),
        "settings": ReaderSettings(),
    }
    (fact,) = reading.read(message.encode(), **read)
    assert isinstance(fact, VisitFact)
    assert fact.keys == ("filler 77^EHR", f"placer {ours}^WAITLIST")
