"""A slot filled by phone stays on offer, settings do nothing: what must not come back."""

import re

import pytest
from django.utils import timezone

from clinic import booking, cancelling
from clinic.models import Appointment, Patient
from offers import accepting, opening, reopening
from offers.models import Cancellation
from tests.factories import PatientFactory
from tests.house.commands import ROOT
from tests.offers.journey import Journey, status_of

pytestmark = pytest.mark.django_db(transaction=True)
# Parsed into another name, or read by the servers themselves.
KNOWN = {"EMAIL_URL", "EMAIL_WEBHOOK_SECRET", "WHATSAPP_WITHOUT_BAA"}
KNOWN |= {"TIMEZONE", "SESSION_IDLE_MINUTES", "TWILIO_AUTH_TOKEN", "FORWARDED_ALLOW_IPS", "DATABASE_URL"}
KNOWN |= {"EMBEDDED_POSTGRES_DIR", "SECRET_KEY", "DEBUG", "SWEEP_SECONDS", "LOG_LEVEL"}
KNOWN |= {"MESSAGE_RETENTION_DAYS", "PREPARED_STATEMENTS"}


def book(slot: Cancellation, patient: Patient) -> Appointment:
    new = booking.NewBooking(
        clinic_id=slot.clinic_id,
        provider_id=slot.provider_id,
        patient_id=patient.pk,
        visit_type_id=slot.visit_type_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )
    return booking.book(booking=new, by="frontdesk", now=timezone.now())


def log_again(slot: Cancellation) -> Cancellation:
    new = opening.NewSlot(
        clinic_id=slot.clinic_id,
        provider_id=slot.provider_id,
        visit_type_id=slot.visit_type_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )
    return opening.open_slot(slot=new, by="frontdesk", now=timezone.now())


def test_every_setting_in_env_example_is_read_somewhere() -> None:
    names = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)) - KNOWN
    rooms = [path for path in ROOT.glob("*/**/*.py") if path.parts[len(ROOT.parts)] not in ("tests", ".venv")]
    code = "".join(path.read_text() for path in rooms)
    assert [name for name in sorted(names) if f"settings.{name}" not in code] == []


def test_a_filled_time_that_staff_log_again_is_to_be_reopened(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    journey.says(alice, "YES")
    journey.says(bob, "YES")
    with pytest.raises(opening.BadSlot, match="Reopen it instead"):
        log_again(slot)
    assert journey.winner(slot) == alice.patient_id


def test_a_time_freed_behind_a_filled_slot_is_not_offered(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    visit = book(journey.logged(), PatientFactory())
    cancelling.cancel(appointment_id=visit.pk, by="frontdesk", now=timezone.now())
    journey.wait(seconds=31)
    journey.says(alice, "YES")
    for _ in range(4):
        journey.wait(seconds=31)
    assert journey.hears(bob) == ["offer", "taken"]


def test_a_slot_booked_in_the_calendar_is_no_longer_offered(journey: Journey) -> None:
    alice, slot = journey.waiting(), journey.logged()
    book(slot, PatientFactory())
    journey.wait(seconds=31)
    assert (journey.hears(alice), status_of(slot)) == ([], "withdrawn")


def test_who_was_booked_by_phone_and_drops_out_waits_again(journey: Journey) -> None:
    slot, alice = journey.logged(), journey.waiting()
    accepting.fill(cancellation_id=slot.pk, patient_id=alice.patient_id, by="frontdesk", now=timezone.now())
    reopening.reopen(cancellation_id=slot.pk, by="frontdesk", now=timezone.now())
    alice.refresh_from_db()
    assert alice.status == "waiting"
