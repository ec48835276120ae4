"""Who is next, and why? The page and its buttons."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clinic.models import Clinic
from core.models import AuditEvent
from staff.roles import AUDITOR, FRONT_DESK
from tests import factories
from waitlist.models import Availability, WaitlistEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    made: Clinic = factories.ClinicFactory.create()
    return made


@pytest.fixture
def user(client: Client, clinic: Clinic) -> User:
    made: User = factories.UserFactory(roles=[FRONT_DESK], clinics=(clinic,))
    client.force_login(made)
    return made


def test_the_list_says_who_is_next_and_why(client: Client, user: User, clinic: Clinic) -> None:
    boost = {"manual_boost": 20, "boost_reason": "in pain"}
    entry = factories.WaitlistEntryFactory(clinic=clinic, urgent=True, **boost)
    page = client.get("/waitlist/").content.decode()
    assert str(entry.patient) in page
    assert "30 urgent + 20 boost (in pain) + 10 proximity + 0 waiting" in page


def test_filters_stand_in_the_address_and_bad_ones_are_told(
    client: Client, user: User, clinic: Clinic
) -> None:
    urgent, calm = (factories.WaitlistEntryFactory(clinic=clinic, urgent=flag) for flag in (True, False))
    page = client.get("/waitlist/?urgent=true").content.decode()
    assert str(urgent.patient) in page
    assert str(calm.patient) not in page
    refused = client.get("/waitlist/?urgent=perhaps")
    assert refused.status_code == 422
    assert "Select a valid choice" in refused.content.decode()


def test_another_clinics_list_is_no_choice(client: Client, user: User) -> None:
    other = factories.WaitlistEntryFactory()
    refused = client.get(f"/waitlist/?clinic={other.clinic_id}")
    assert refused.status_code == 422
    assert str(other.patient) not in refused.content.decode()


def test_whoever_works_nowhere_is_told_what_to_do(client: Client) -> None:
    client.force_login(factories.UserFactory(roles=[FRONT_DESK], clinics=()))
    page = client.get("/waitlist/")
    assert page.status_code == 200
    assert "No clinic is yours yet" in page.content.decode()


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 18, "-1", "two", ""])
def test_a_number_that_nobody_has_is_no_error(
    client: Client, user: User, clinic: Clinic, number: str
) -> None:
    factories.WaitlistEntryFactory(clinic=clinic)
    assert client.get("/waitlist/", {"page": number}).status_code == 200
    assert client.post("/waitlist/pause/", {"entry": [number]}).status_code == 302
    assert not WaitlistEntry.objects.filter(status="paused").exists()


def test_those_that_are_ticked_are_paused_and_the_others_are_not(
    client: Client, user: User, clinic: Clinic
) -> None:
    alice, bob = (factories.WaitlistEntryFactory(clinic=clinic) for _ in range(2))
    other = factories.WaitlistEntryFactory()
    done = client.post("/waitlist/pause/", {"entry": [alice.pk, other.pk], "back": "urgent=true"})
    assert done["Location"] == "/waitlist/?urgent=true"
    assert set(WaitlistEntry.objects.filter(status="paused")) == {alice}
    assert WaitlistEntry.objects.get(pk=bob.pk).status == "waiting"


def test_one_who_left_meanwhile_is_named_and_the_others_go_on(
    client: Client, user: User, clinic: Clinic
) -> None:
    gone = factories.WaitlistEntryFactory(clinic=clinic, status="removed")
    here = factories.WaitlistEntryFactory(clinic=clinic)
    page = client.post("/waitlist/remove/", {"entry": [gone.pk, here.pk]}, follow=True).content.decode()
    assert f"{gone.patient}: This entry is removed already." in page
    assert "1 taken off the list." in page


def test_a_boost_needs_its_reason_and_keeps_what_was_typed(
    client: Client, user: User, clinic: Clinic
) -> None:
    entry = factories.WaitlistEntryFactory(clinic=clinic)
    refused = client.post(f"/waitlist/{entry.pk}/boost/", {"manual_boost": 25})
    assert refused.status_code == 422
    assert "Say why this patient goes ahead of others." in refused.content.decode()
    assert 'value="25"' in refused.content.decode()
    client.post(f"/waitlist/{entry.pk}/boost/", {"manual_boost": 25, "boost_reason": "in pain"})
    entry.refresh_from_db()
    assert (entry.manual_boost, entry.boost_reason) == (25, "in pain")
    assert AuditEvent.objects.get(verb="entry.edited").reason == "in pain"


def test_a_patient_is_found_and_put_on_the_list(client: Client, user: User, clinic: Clinic) -> None:
    patient = factories.PatientFactory(first_name="Zelda", last_name="Quist")
    visit = factories.VisitTypeFactory()
    assert "Zelda Quist" in client.post("/waitlist/new/", {"find": "1", "name": "zel"}).content.decode()
    chosen = client.post("/waitlist/new/", {"patient": patient.pk, "name": "zel"})
    assert chosen["Location"] == f"/waitlist/new/{patient.pk}/"
    said = {"clinic": clinic.pk, "visit_type": visit.pk, "min_notice_minutes": 60, "days": [0, 2]}
    times = {"free_from": "08:00", "free_until": "12:00"}
    assert client.post(chosen["Location"], said | times).status_code == 302
    entry = WaitlistEntry.objects.get(patient=patient)
    windows = Availability.objects.filter(entry=entry).order_by("weekday")
    stored = [(one.weekday, one.start, one.end) for one in windows]
    assert stored == [(0, time(8), time(12)), (2, time(8), time(12))]


def test_whoever_ticked_somebody_is_not_told_that_nobody_was(
    client: Client, user: User, clinic: Clinic
) -> None:
    gone = factories.WaitlistEntryFactory.create(clinic=clinic, status="removed")
    said = client.post("/waitlist/pause/", {"entry": gone.pk, "back": f"clinic={clinic.pk}"}, follow=True)
    assert f"{gone.patient}: " in said.content.decode()
    assert "Nobody was ticked." not in said.content.decode()
    said = client.post("/waitlist/pause/", {"back": f"clinic={clinic.pk}"}, follow=True)
    assert "Nobody was ticked." in said.content.decode()


def test_the_list_names_the_zone_of_its_times(client: Client, user: User, clinic: Clinic) -> None:
    assert f"({clinic.timezone})" in client.get(f"/waitlist/?clinic={clinic.pk}").content.decode()


def test_how_deep_the_list_is_comes_by_a_part_of_its_own(client: Client, user: User, clinic: Clinic) -> None:
    provider = factories.ProviderFactory.create(clinics=[clinic])
    factories.WaitlistEntryFactory.create(clinic=clinic)
    page = client.get(f"/waitlist/?clinic={clinic.pk}").content.decode()
    assert f'hx-get="/waitlist/depths/?clinic={clinic.pk}"' in page
    part = client.get(f"/waitlist/depths/?clinic={clinic.pk}").content.decode()
    assert provider.name in part
    assert "9 %" in part
    assert client.get("/waitlist/depths/?clinic=0").status_code == 422


def test_an_empty_list_says_so_and_leads_to_the_first_patient(
    client: Client, user: User, clinic: Clinic
) -> None:
    page = client.get(f"/waitlist/?clinic={clinic.pk}").content.decode()
    assert "Nobody here waits for what you look for." in page
    assert 'href="/waitlist/new/"' in page


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"days": [0]}, "Say from when until when these days suit."),
        ({"free_from": "08:00"}, "Say on which days this time suits."),
        ({"days": [0], "free_from": "12:00", "free_until": "08:00"}, "an end after its start"),
        ({"min_notice_minutes": -1}, "greater than or equal to 0"),
    ],
)
def test_a_wish_that_makes_no_sense_is_told_and_nothing_is_stored(
    client: Client, user: User, clinic: Clinic, said: dict[str, Any], told: str
) -> None:
    plain = {"clinic": clinic.pk, "visit_type": factories.VisitTypeFactory().pk, "min_notice_minutes": 60}
    refused = client.post(f"/waitlist/new/{factories.PatientFactory().pk}/", plain | said)
    assert refused.status_code == 422
    assert told in refused.content.decode()
    assert not WaitlistEntry.objects.exists()


def test_an_auditor_reads_and_has_no_buttons(client: Client, clinic: Clinic) -> None:
    client.force_login(factories.UserFactory(roles=[AUDITOR]))
    factories.WaitlistEntryFactory(clinic=clinic)
    page = client.get(f"/waitlist/?clinic={clinic.pk}").content.decode()
    assert "1 on the list" in page
    assert "Take off" not in page
    assert "Add a patient" not in page
