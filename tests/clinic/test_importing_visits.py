"""A file of visits into a clinic's calendar: through the conflicts, and nobody is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import exporting, importing_visits
from clinic.models import Appointment, ClinicFile, Closure, Notice, Patient, Provider, ProviderHours, Resource
from core import exporting as sheets
from core.models import AuditEvent
from messaging.models import Message
from outreach.models import Reminder
from tests import factories
from tests.clinic.filing import ANA, BEN, NOW, a_clinic, gray, run, told, visit, visits

pytestmark = pytest.mark.django_db
NINE = "2026-03-31 09:00"
MORE = ",status,rooms"


def test_visits_of_a_file_are_booked_and_reminded_of_and_nobody_is_told() -> None:
    clinic = a_clinic()
    report = visits(visit(ANA, NINE), visit(BEN, "3/31/2026 9:30 AM"), clinic=clinic)
    assert (report.entries, report.patients, report.is_stored) == (2, 2, True)
    ana = Appointment.objects.get(patient__last_name="Miller")
    assert (ana.starts_at, ana.ends_at) == (
        datetime(2026, 3, 31, 14, 0, tzinfo=UTC),
        datetime(2026, 3, 31, 14, 30, tzinfo=UTC),
    )
    assert (ana.status, ana.source, ana.is_fact) == ("booked", "import", False)
    assert Reminder.objects.filter(status="scheduled").count() == 4
    assert not Message.objects.exists()
    assert not Notice.objects.exists()
    assert list(ClinicFile.objects.order_by("seq").values_list("seq", "patient__last_name")) == [
        (1, "Miller"),
        (2, "Ortiz"),
    ]
    event = AuditEvent.objects.get(verb="appointments.imported")
    assert (event.actor, event.place, event.data) == ("manager", clinic.pk, {"visits": 2, "patients": 2})
    assert AuditEvent.objects.filter(verb="appointment.booked", data__source="import").count() == 2


def test_a_trial_of_visits_tells_the_same_and_stores_nothing() -> None:
    report = visits(visit(ANA, NINE), clinic=a_clinic(), is_trial=True)
    assert (report.entries, report.patients, report.is_stored) == (1, 1, False)
    assert not Patient.objects.exists()
    assert not Appointment.objects.exists()


def test_a_time_that_the_provider_has_not_is_refused_whoever_has_it() -> None:
    clinic = a_clinic()
    at = datetime(2026, 3, 31, 14, 15, tzinfo=UTC)
    factories.AppointmentFactory(clinic=clinic, provider=gray(), starts_at=at)
    report = visits(
        visit(ANA, NINE),
        visit(ANA, "2026-04-01 09:00"),
        visit(BEN, "2026-04-01 09:15"),
        visit(BEN, "2026-04-02 09:00"),
        clinic=clinic,
    )
    assert [(line, column) for line, column, _ in told(report)] == [(2, "start"), (3, "start"), (4, "start")]
    assert "The provider has another visit from 09:15 to 09:45." in told(report)[0][2]
    assert Appointment.objects.count() == 1


def test_a_warning_refuses_a_row_that_does_not_say_why() -> None:
    clinic = a_clinic()
    hours = {"weekday": 1, "start": "10:00", "end": "12:00"}
    ProviderHours.objects.create(provider=gray(), clinic=clinic, **hours)
    ((_, _, reason),) = told(visits(visit(ANA, NINE), clinic=clinic))
    assert "Outside the provider's hours" in reason
    assert "column because" in reason
    assert visits(visit(ANA, NINE, "agreed"), clinic=clinic, more=",because").is_stored
    event = AuditEvent.objects.get(verb="appointment.booked")
    assert event.reason == "agreed (against outside_hours)"


def test_a_block_refuses_a_row_whatever_it_says() -> None:
    clinic = a_clinic()
    Closure.objects.create(clinic=clinic, first_on="2026-03-31", last_on="2026-03-31")
    report = visits(visit(ANA, NINE, "agreed"), clinic=clinic, more=",because")
    assert told(report) == [(2, "start", "The clinic is closed on that day.")]


def test_what_is_over_is_kept_as_it_was_and_texts_nobody() -> None:
    clinic, head = a_clinic(), ",status"
    rows = [
        visit(ANA, f"2026-02-2{day} 09:00", status) for day, status in enumerate(("completed", "no_show"))
    ]
    # Facts, even where two of them overlap.
    report = visits(*rows, visit(BEN, "2026-02-20 09:15", "completed"), clinic=clinic, more=head)
    assert report.is_stored
    found = Appointment.objects.order_by("starts_at").values_list("status", "is_fact")
    assert list(found) == [("completed", True), ("completed", True), ("no_show", True)]
    assert not Reminder.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("start", "status", "column", "reason"),
    [
        ("2026-02-20 09:00", "", "status", "say what became of it"),
        ("2026-02-20 09:00", "booked", "status", "say what became of it"),
        (NINE, "completed", "status", "can only be booked"),
        (NINE, "cancelled", "", "there is nothing to book"),
        (NINE, "perhaps", "status", "Write one of: booked"),
        ("2026-03-31", "", "start", "like 2026-03-31 09:30"),
        ("31.03.2026 09:00", "", "start", "like 2026-03-31 09:30"),
        ("0001-01-01 09:00", "", "start", "like 2026-03-31 09:30"),
        ("", "", "start", "like 2026-03-31 09:30"),
        ("2026-03-08 02:30", "", "start", "no such time on that day"),
        ("2026-11-01 01:30", "", "start", "show this time twice"),
    ],
)
def test_each_fault_of_a_visit_has_its_place_and_reason(
    start: str, status: str, column: str, reason: str
) -> None:
    report = visits(visit(ANA, start, status), clinic=a_clinic(), more=",status")
    ((line, named, said),) = told(report)
    assert (line, named) == (2, column)
    assert reason in said
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("start", "hour"),
    [("2026-11-01T01:30-05:00", 6), ("2026-11-01T01:30-06:00", 7), ("2026-11-01T07:30Z", 7)],
)
def test_a_time_with_its_offset_is_what_it_says(start: str, hour: int) -> None:
    visits(visit(ANA, start), clinic=a_clinic())
    assert Appointment.objects.get().starts_at == datetime(2026, 11, 1, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "rooms", "column"), [("0", "", "minutes"), ("721", "", "minutes"), ("30", "Cellar", "rooms")]
)
def test_a_length_or_a_room_that_is_none_is_refused(minutes: str, rooms: str, column: str) -> None:
    report = visits(visit(ANA, NINE, minutes, rooms), clinic=a_clinic(), more=",minutes,rooms")
    assert [(one.line, one.column) for one in report.invalid] == [(2, column)]


def test_a_room_that_is_taken_refuses_the_row() -> None:
    clinic = a_clinic()
    Resource.objects.create(clinic=clinic, name="Room 1", kind="room")
    factories.ProviderFactory(name="Dr. Blue", clinics=[clinic])
    rows = [visit(ANA, NINE, "room 1"), visit(BEN, NINE, "room 1").replace("Gray", "Blue")]
    assert visits(rows[0], clinic=clinic, more=",rooms").is_stored
    assert "Room 1 is taken" in told(visits(rows[1], clinic=clinic, more=",rooms"))[0][2]


def test_what_stands_here_already_is_left_out_and_what_was_cancelled_here_stays_off() -> None:
    clinic = a_clinic()
    rows = [visit(ANA, NINE), visit(BEN, "2026-04-01 09:00")]
    visits(*rows, clinic=clinic)
    Appointment.objects.filter(patient__last_name="Ortiz").update(status="cancelled")
    report = visits(*rows, visit(ANA, "2026-04-02 09:00"), visit(ANA, "2026-04-02 09:00"), clinic=clinic)
    assert report.entries == 1
    assert [(line, said) for line, _, said in told(report)] == [
        (5, "The same visit stands in a row above."),
        (2, "This visit is in the calendar already."),
        (3, "This visit was cancelled or moved here."),
    ]


def test_somebody_who_is_not_active_has_no_visit_ahead_but_had_some() -> None:
    clinic = a_clinic()
    factories.PatientFactory(first_name="Ana", last_name="Miller", phone="+13125550142", status="deceased")
    assert told(visits(visit(ANA, NINE), clinic=clinic)) == [(2, "", "This patient is not active.")]
    assert visits(visit(ANA, "2026-02-20 09:00", "completed"), clinic=clinic, more=",status").is_stored


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_visits_that_went_out_come_in_as_they_were(kind: str) -> None:
    clinic = a_clinic()
    Resource.objects.create(clinic=clinic, name="=Room", kind="room")
    ProviderHours.objects.create(provider=gray(), clinic=clinic, weekday=1, start="10:00", end="12:00")
    rows = [
        visit(ANA, NINE, "45", "=Room", "", "-her bus"),
        visit(BEN, "2026-11-01T01:30-06:00", "", "", "", "night clinic"),
        visit(BEN, "2026-02-20 09:00", "", "", "no_show", ""),
    ]
    visits(*rows, clinic=clinic, more=",minutes,rooms,status,because")
    names = ("patient", "provider", "visit_type", "starts_at", "ends_at", "status", "resources__name")
    before = list(Appointment.objects.order_by("starts_at").values(*names))
    raw, _ = sheets.as_file(exporting.visits(Appointment.objects.all()), kind)
    assert len(told(run(importing_visits, raw, clinic))) == 3
    Appointment.objects.update(status="cancelled", starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    assert run(importing_visits, raw, clinic).entries == 3
    kept = Appointment.objects.exclude(status="cancelled").order_by("starts_at")
    assert list(kept.values(*names)) == before
    said = AuditEvent.objects.filter(verb="appointment.booked").order_by("pk")
    assert sorted(said.values_list("reason", flat=True)[:3]) == sorted(
        said.values_list("reason", flat=True)[3:]
    )


def test_who_is_not_there_any_more_was_there_in_visits_that_have_begun() -> None:
    clinic = a_clinic()
    Resource.objects.create(clinic=clinic, name="Old room", kind="room", active=False)
    Provider.objects.update(active=False)
    past = visit(BEN, "2026-02-20 09:00", "completed", "Old room")
    ahead = visit(ANA, NINE, "", "")
    assert [(line, column) for line, column, _ in told(visits(past, ahead, clinic=clinic, more=MORE))] == [
        (3, "provider")
    ]
    assert visits(past, clinic=clinic, more=MORE).is_stored
    kept = Appointment.objects.get()
    assert (kept.status, [room.name for room in kept.resources.all()]) == ("completed", ["Old room"])


def test_five_hundred_visits_cost_no_more_queries_than_one() -> None:
    clinic = a_clinic()
    factories.PatientFactory(first_name="Ben", last_name="Ortiz", phone="+13125550143")

    def queries(number: int, month: int) -> int:
        first = datetime(2026, month, 1, 14, tzinfo=UTC)
        # By day: a reminder that would go at night is moved by one statement more.
        times = [first + timedelta(days=place // 16, minutes=30 * (place % 16)) for place in range(number)]
        rows = [visit(f"M{month},A{place},(312) 555-0142", str(at)) for place, at in enumerate(times)]
        before = visit(BEN, str(first - timedelta(hours=1)))
        with CaptureQueriesContext(connection) as seen:
            assert visits(before, *rows, clinic=clinic).entries == number + 1
        return len(seen)

    assert queries(1, 4) == queries(500, 5)
