"""The pages answer, refuse, and keep what was typed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from offers.models import Cancellation
from staff import roles
from tests import factories
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db

PAGES = ("board", "board-fragment", "slot-new", "slot", "slot-fill", "phones", "phone", "phone-thread")


def address(name: str, slot: Cancellation) -> str:
    patient = factories.PatientFactory.create()
    if name in ("slot", "slot-fill"):
        return reverse(name, args=[slot.pk])
    return reverse(name, args=[patient.pk]) if name in ("phone", "phone-thread") else reverse(name)


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(factories.UserFactory.create(roles=[role]))
    return client


@pytest.fixture
def slot() -> Cancellation:
    made: Cancellation = factories.CancellationFactory.create()
    return made


@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_sent_to_the_login(name: str, slot: Cancellation) -> None:
    response = Client().get(address(name, slot))
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


@pytest.mark.parametrize("name", PAGES)
def test_the_front_desk_opens_every_page_and_no_cache_keeps_it(name: str, slot: Cancellation) -> None:
    response = as_role(roles.FRONT_DESK).get(address(name, slot))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("action", ["withdraw", "pause", "resume", "reopen", "fill"])
def test_an_auditor_changes_nothing(action: str, slot: Cancellation) -> None:
    response = as_role(roles.AUDITOR).post(f"/cancellations/{slot.pk}/{action}/")
    assert response.status_code == 403


def test_phones_are_not_there_with_a_real_provider(settings: Any) -> None:
    settings.USE_MOCK_TWILIO = False
    assert as_role(roles.FRONT_DESK).get(reverse("phones")).status_code == 404


def test_an_unchanged_board_answers_with_nothing(slot: Cancellation) -> None:
    desk = as_role(roles.FRONT_DESK)
    version = desk.get(reverse("board")).context["version"]
    assert desk.get(reverse("board-fragment"), {"v": version}).status_code == 204


def log(client: Client, **changes: Any) -> Any:
    provider = factories.ProviderFactory.create()
    clinic = provider.clinics.get()
    start = timezone.now().astimezone(clinic.zone) + timedelta(days=3)
    form = {
        "clinic": clinic.pk,
        "provider": provider.pk,
        "visit_type": factories.VisitTypeFactory.create().pk,
        "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
        "reason": "flu",
    }
    return client.post(reverse("slot-new"), {**form, **changes})


def test_a_logged_cancellation_is_on_its_way() -> None:
    response = log(as_role(roles.FRONT_DESK))
    slot = Cancellation.objects.get()
    assert response["Location"] == reverse("slot", args=[slot.pk])
    assert slot.status == "open"


def test_a_slot_in_the_past_is_refused_at_the_field_and_keeps_what_was_typed() -> None:
    response = log(as_role(roles.FRONT_DESK), starts_at="2020-01-01T10:00")
    assert response.status_code == 422
    assert response.context["form"].errors["starts_at"] == ["This slot has begun already."]
    assert "2020-01-01T10:00" in response.content.decode()
    assert not Cancellation.objects.exists()


def test_an_hour_that_the_clock_shows_twice_is_refused() -> None:
    response = log(as_role(roles.FRONT_DESK), starts_at="2027-11-07T01:30")
    assert response.status_code == 422
    assert "clocks change" in response.context["form"].errors["starts_at"][0]


def test_whoever_comes_second_reads_what_happened(slot: Cancellation) -> None:
    desk = as_role(roles.FRONT_DESK)
    desk.post(reverse("slot-act", args=[slot.pk, "withdraw"]))
    response = desk.post(reverse("slot-act", args=[slot.pk, "withdraw"]), follow=True)
    assert "This slot is withdrawn already: " in response.content.decode()


def test_a_patient_booked_by_phone_has_the_slot(slot: Cancellation) -> None:
    patient = factories.PatientFactory.create()
    response = as_role(roles.FRONT_DESK).post(reverse("slot-fill", args=[slot.pk]), {"patient": patient.pk})
    slot.refresh_from_db()
    assert response.status_code == 302
    assert slot.status == "filled"


def test_rule_20_whom_nobody_may_text_in_time_staff_are_told_to_call() -> None:
    slot: Cancellation = factories.CancellationFactory.create(status="unfilled", unfilled_reason="call")
    zones, outside = {"patient__contact_zones": "Europe/Berlin"}, int(Reason.OUTSIDE_HOURS)
    entry = factories.WaitlistEntryFactory.create(clinic=slot.clinic, **zones)
    factories.RoundFactory.create(cancellation=slot, entry_ids=[entry.pk], reasons=[outside], parts=[10 << 8])
    desk = as_role(roles.FRONT_DESK)
    page = desk.get(reverse("slot", args=[slot.pk])).content.decode()
    assert f'{entry.patient}</a>, <a href="tel:{entry.patient.phone}">' in page
    assert "Nobody may be texted in time: call them." in page
    assert "Nobody may be texted in time: call them." in desk.get(reverse("board")).content.decode()
