"""Who comes, and what staff do to a visit: the day, the visit's page, and what a provider is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import Appointment, Clinic, Closure, Notice, Provider, ProviderHours
from staff.roles import AUDITOR, FRONT_DESK, MANAGER
from tests import factories
from tests.factories_of_calendar import NoticeFactory
from tests.outreach.reminding import booked
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db
DAY = "2026-03-04"


@pytest.fixture
def clinic(clock: Any) -> Clinic:
    made: Clinic = factories.ClinicFactory.create(code="LAKE")
    return made


@pytest.fixture
def user(client: Client, clinic: Clinic) -> User:
    made: User = factories.UserFactory(roles=[FRONT_DESK], clinics=(clinic,))
    client.force_login(made)
    return made


def local(clinic: Clinic, hour: int) -> datetime:
    return datetime.fromisoformat(DAY).replace(hour=hour, tzinfo=clinic.zone)


def day(client: Client, **changes: Any) -> str:
    return client.get("/appointments/", {"on": DAY, **changes}).content.decode()


def test_the_day_shows_who_comes_with_file_reminders_and_conflicts(
    client: Client, user: User, clinic: Clinic
) -> None:
    visit = booked(clinic=clinic, at=local(clinic, 9), last_name="Quist", first_name="=Zelda")
    other = booked(clinic=clinic, at=local(clinic, 9) + timedelta(days=1))
    ProviderHours.objects.create(
        provider=visit.provider, clinic=clinic, weekday=0, start="08:00", end="12:00"
    )
    page = day(client)
    assert f"{visit.patient_id:06d}-LAKE-1" in page
    assert "The provider is not at that clinic on that weekday." in page
    assert "09:00–09:30 CST" in page
    assert str(other.patient) not in page
    assert str(visit.patient) in day(client, only="conflicts")
    assert "No visit is what you look for" in day(client, only="unreminded")
    cells = client.get("/appointments/day.csv", {"on": DAY}).content.decode()
    assert "Scheduled; Scheduled" in cells
    assert "'=Zelda Quist" in cells
    for on in ("soon", "9999-12-31", "0001-01-01"):
        assert client.get("/appointments/", {"on": on}).status_code == 422


def test_a_day_without_an_address_is_today_at_the_clinic(client: Client, user: User, clinic: Clinic) -> None:
    visit = booked(clinic=clinic, at=timezone.now() + timedelta(hours=3))
    assert str(visit.patient) in client.get("/appointments/").content.decode()


def test_the_queries_do_not_grow_with_the_rows(client: Client, user: User, clinic: Clinic) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/appointments/", {"on": DAY}).status_code == 200
        return len(seen)

    providers = factories.ProviderFactory.create_batch(10, clinics=[clinic])
    patients, kind = factories.PatientFactory.create_batch(10), factories.VisitTypeFactory()
    counts = []
    for size in (10, 990):
        rows = (
            Appointment(
                clinic=clinic,
                patient=patients[n % 10],
                visit_type=kind,
                provider=providers[n % 10],
                starts_at=local(clinic, 8) + timedelta(seconds=n),
                ends_at=local(clinic, 9),
                is_fact=True,
                created_at=timezone.now(),
            )
            for n in range(size)
        )
        Appointment.objects.bulk_create(rows)
        counts.append(queries())
    assert counts[0] == counts[1]


def test_a_visit_is_booked_for_somebody_who_is_found_by_name(
    client: Client, user: User, clinic: Clinic
) -> None:
    patient = factories.PatientFactory(first_name="Zelda", last_name="Quist")
    provider, kind = factories.ProviderFactory(clinics=[clinic]), factories.VisitTypeFactory()
    assert "Zelda Quist" in client.post("/appointments/new/", {"find": "1", "name": "zel"}).content.decode()
    chosen = client.post("/appointments/new/", {"patient": patient.pk, "name": "zel"})
    said = {"clinic": clinic.pk, "provider": provider.pk, "visit_type": kind.pk, "starts_at": f"{DAY}T09:00"}
    ProviderHours.objects.create(provider=provider, clinic=clinic, weekday=0, start="08:00", end="12:00")
    live = client.post(f"{chosen['Location']}conflicts/", said).content.decode()
    assert "not at that clinic on that weekday" in live
    warned = client.post(chosen["Location"], said)
    assert warned.status_code == 422
    assert "Say why it is booked all the same" in warned.content.decode()
    assert f'value="{DAY}T09:00"' in warned.content.decode()
    done = client.post(chosen["Location"], {**said, "override": "comes for this"})
    assert done["Location"] == f"/appointments/{Appointment.objects.get().pk}/"
    Closure.objects.create(clinic=clinic, first_on=DAY, last_on=DAY)
    refused = client.post(chosen["Location"], {**said, "starts_at": f"{DAY}T11:00", "override": "please"})
    assert refused.status_code == 422
    assert "The clinic is closed on that day." in refused.content.decode()
    assert Appointment.objects.count() == 1


def test_the_clocks_change_and_other_clinics_are_no_answer(
    client: Client, user: User, clinic: Clinic
) -> None:
    patient, elsewhere = factories.PatientFactory(), factories.ProviderFactory()
    said = {
        "clinic": clinic.pk,
        "visit_type": factories.VisitTypeFactory().pk,
        "starts_at": "2026-03-08T02:30",
    }
    refused = client.post(f"/appointments/new/{patient.pk}/", {**said, "provider": elsewhere.pk})
    assert refused.status_code == 422
    assert "The clocks change at that time." in refused.content.decode()
    assert "Select a valid choice" in refused.content.decode()


@pytest.mark.parametrize(("action", "status"), [("arrived", "arrived"), ("no-show", "no_show")])
def test_the_second_who_acts_is_told_what_it_is_by_now(
    client: Client, user: User, clinic: Clinic, clock: Any, action: str, status: str
) -> None:
    visit = booked(clinic=clinic, hours=0.2)
    clock.shift(timedelta(hours=0.2))
    address = f"/appointments/{visit.pk}/"
    client.post(f"{address}{action}/")
    again = client.post(f"{address}{action}/", follow=True).content.decode()
    visit.refresh_from_db()
    assert visit.status == status
    assert f"This visit is {visit.get_status_display().lower()} already." in again


def test_of_a_visit_that_is_days_away_nobody_says_what_became_of_it(
    client: Client, user: User, clinic: Clinic
) -> None:
    visit = booked(clinic=clinic)
    page = client.get(f"/appointments/{visit.pk}/").content.decode()
    assert not any(f"/appointments/{visit.pk}/{to}/" in page for to in ("arrived", "completed", "no-show"))
    told = client.post(f"/appointments/{visit.pk}/completed/", follow=True).content.decode()
    assert "This visit is still to come." in told
    assert Appointment.objects.active().get() == visit


def test_one_click_puts_a_patient_on_the_waitlist(client: Client, user: User, clinic: Clinic) -> None:
    visit = booked(clinic=clinic)
    address = f"/appointments/{visit.pk}/"
    assert "Wants an earlier time" in client.get(address).content.decode()
    page = client.post(f"{address}earlier/", follow=True).content.decode()
    assert "Wants an earlier time" not in page
    assert WaitlistEntry.objects.get().current_appointment == visit
    assert "already waiting" in client.post(f"{address}earlier/", follow=True).content.decode()


def test_a_visit_is_moved_and_cancelled_with_what_follows(client: Client, user: User, clinic: Clinic) -> None:
    visit = booked(clinic=clinic, at=local(clinic, 9))
    move = f"/appointments/{visit.pk}/move/"
    past = client.post(move, {"starts_at": "2026-03-01T09:00"})
    assert (past.status_code, "in the past" in past.content.decode()) == (422, True)
    same = client.post(move, {"starts_at": f"{DAY}T09:00"})
    assert (same.status_code, "at that time already" in same.content.decode()) == (422, True)
    moved = client.post(move, {"starts_at": f"{DAY}T10:00", "waits_on": "on"})
    new = Appointment.objects.get(moved_from=visit)
    assert moved["Location"] == f"/appointments/{new.pk}/"
    assert "2 reminders of the old one were taken back." in client.get(moved["Location"]).content.decode()
    assert "The visit at its new time" in client.get(f"/appointments/{visit.pk}/").content.decode()
    done = client.post(f"/appointments/{new.pk}/cancel/", {"reason": "flu"}, follow=True).content.decode()
    assert "Cancelled. 2 reminders were taken back." in done
    new.refresh_from_db()
    assert (new.cancel_reason, new.offer_slot) == ("flu", False)
    again = client.post(f"/appointments/{new.pk}/cancel/", {})
    assert (again.status_code, "cannot be cancelled" in again.content.decode()) == (422, True)


def test_what_speaks_against_a_new_time_is_shown_while_it_is_chosen(
    client: Client, user: User, clinic: Clinic
) -> None:
    visit = booked(clinic=clinic, at=local(clinic, 9))
    Closure.objects.create(clinic=clinic, first_on="2026-03-05", last_on="2026-03-05")
    look = f"/appointments/{visit.pk}/move/conflicts/"
    assert f'hx-post="{look}"' in client.get(f"/appointments/{visit.pk}/move/").content.decode()
    closed = client.post(look, {"starts_at": "2026-03-05T09:00"}).content.decode()
    assert ("Not possible" in closed, "The clinic is closed on that day." in closed) == (True, True)
    for starts_at in (f"{DAY}T09:15", "", "2026-03-08T02:30", "9999-12-31T23:59"):
        assert client.post(look, {"starts_at": starts_at}).content.decode().strip() == ""
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("patient", "told", "calls"),
    [
        ({"phone": ""}, "on", True),
        ({"sms_consent": False}, "on", True),
        ({"phone": ""}, "", False),
        ({}, "on", False),
    ],
)
def test_whoever_cancels_reads_that_no_text_reaches_the_patient(
    client: Client, user: User, clinic: Clinic, patient: dict[str, Any], told: str, calls: bool
) -> None:
    visit = booked(clinic=clinic, at=local(clinic, 9), **patient)
    done = client.post(f"/appointments/{visit.pk}/cancel/", {"tells_patient": told}, follow=True)
    assert ("No text reaches this patient" in done.content.decode()) == calls


def test_the_page_of_a_visit_says_that_its_patient_was_told(
    client: Client, user: User, clinic: Clinic
) -> None:
    visit, other = booked(clinic=clinic, at=local(clinic, 9)), booked(clinic=clinic, at=local(clinic, 9))
    for each, said in ((visit, {"tells_patient": "on"}), (other, {})):
        page = client.post(f"/appointments/{each.pk}/cancel/", said, follow=True).content.decode()
        assert ("Word that it is cancelled" in page) == bool(said)


def test_an_auditor_reads_and_has_no_buttons(client: Client, clinic: Clinic) -> None:
    client.force_login(factories.UserFactory(roles=[AUDITOR]))
    visit = booked(clinic=clinic)
    page = client.get(f"/appointments/{visit.pk}/").content.decode()
    assert "Confirmation" in page
    assert "Cancel …" not in page
    assert "Book an appointment" not in client.get("/appointments/").content.decode()


def test_a_provider_without_an_account_is_told_once_there_is_one(
    client: Client, user: User, clinic: Clinic
) -> None:
    visit = booked(clinic=clinic)
    assert "Your account belongs to no provider" in client.get("/notices/").content.decode()
    Provider.objects.filter(pk=visit.provider_id).update(user=user)
    page = client.get("/notices/").content.decode()
    assert str(visit.patient) in page
    title = page.split("<title>")[1].split("</title>")[0]
    assert visit.patient.last_name not in title
    bell = client.get("/notices/bell/").content.decode()
    assert 'class="state">1<' in bell
    opened = client.post(f"/notices/{Notice.objects.get().pk}/read/")
    assert opened["Location"] == f"/appointments/{visit.pk}/"
    assert 'class="state">' not in client.get("/notices/bell/").content.decode()


def test_a_notice_is_its_providers_own_and_all_are_read_at_once(client: Client, user: User) -> None:
    notice = NoticeFactory(appointment__clinic=user.memberships.get().clinic)
    other: User = factories.UserFactory(roles=[MANAGER])
    Provider.objects.filter(pk=notice.provider_id).update(user=other)
    assert client.post(f"/notices/{notice.pk}/read/").status_code == 404
    client.post("/notices/read/")
    notice.refresh_from_db()
    assert notice.read_at is None
    client.force_login(other)
    client.post("/notices/read/")
    notice.refresh_from_db()
    assert notice.read_at == timezone.now()
