from __future__ import annotations

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from offers.models import Cancellation
from tests.factories import (
    CancellationFactory,
    OfferFactory,
    PatientFactory,
    ProviderFactory,
    RoundFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
    in_hours,
)
from waitlist.reasons import Reason
from waitlist.scoring import Parts, pack

pytestmark = pytest.mark.django_db

URL = "/api/v1/cancellations/"


def slot(**changed: object) -> dict[str, object]:
    provider = ProviderFactory()
    return {
        "clinic": provider.clinics.get().pk,
        "provider": provider.pk,
        "visit_type": VisitTypeFactory().pk,
        "starts_at": in_hours(30).isoformat(),
        "duration_minutes": 30,
        "reason": "flu",
        **changed,
    }


def test_a_slot_is_logged_and_waits_for_its_first_step(desk: APIClient) -> None:
    body = slot()
    response = desk.post(URL, body)
    assert response.status_code == 201
    shown = response.json()
    assert {**body, "starts_at": shown["starts_at"]}.items() <= shown.items()
    assert shown["starts_at"] == in_hours(30).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (shown["status"], shown["round"], shown["filled_by"], shown["offers"]) == ("open", 0, None, [])
    assert shown["next_step_at"].endswith("Z")
    assert Cancellation.objects.get().pk == shown["id"]


def test_a_slot_without_a_length_is_as_long_as_its_visit(desk: APIClient) -> None:
    body = slot(visit_type=VisitTypeFactory(duration_minutes=45).pk)
    del body["duration_minutes"], body["reason"]
    assert desk.post(URL, body).json()["duration_minutes"] == 45


def test_an_open_slot_is_not_logged_twice(desk: APIClient) -> None:
    body = slot()
    desk.post(URL, body)
    response = desk.post(URL, body)
    assert response.status_code == 400
    assert Cancellation.objects.count() == 1


def test_a_provider_who_does_not_work_there_is_refused(desk: APIClient) -> None:
    assert list(desk.post(URL, slot(provider=ProviderFactory().pk)).json()) == ["provider"]


def test_the_offers_are_shown_by_round_and_rank(desk: APIClient) -> None:
    cancellation = CancellationFactory(status="filled")
    second = OfferFactory(
        cancellation=cancellation, round__number=2, status="accepted", responded_at=timezone.now()
    )
    first = OfferFactory(cancellation=cancellation, round__number=1, status="expired", rank=3)
    shown = desk.get(f"{URL}{cancellation.pk}/").json()
    assert (shown["round"], shown["filled_by"]) == (2, second.pk)
    assert [offer["id"] for offer in shown["offers"]] == [first.pk, second.pk]
    assert shown["offers"][0] == {
        "id": first.pk,
        "patient": first.patient_id,
        "waitlist_entry": first.entry_id,
        "round": 1,
        "rank": 3,
        "status": "expired",
        "score": 10,
        "score_parts": {"urgent": 0, "boost": 0, "proximity": 10, "seniority": 0},
        "hold_expires_at": None,
        "responded_at": None,
    }


def test_a_slot_is_paused_resumed_and_withdrawn(desk: APIClient) -> None:
    url = f"{URL}{CancellationFactory().pk}/"
    for verb, status in (("pause", "paused"), ("resume", "open"), ("withdraw", "withdrawn")):
        response = desk.post(f"{url}{verb}/", {})
        assert (response.status_code, response.json()["status"]) == (200, status)


@pytest.mark.parametrize("verb", ["withdraw", "pause", "resume", "reopen"])
def test_a_verb_that_comes_too_late_is_a_conflict(desk: APIClient, verb: str) -> None:
    withdrawn = CancellationFactory(status="withdrawn")
    response = desk.post(f"{URL}{withdrawn.pk}/{verb}/", {})
    assert (response.status_code, list(response.json())) == (409, ["detail"])


def test_a_slot_booked_by_phone_is_filled(desk: APIClient) -> None:
    cancellation, patient = CancellationFactory(), PatientFactory()
    response = desk.post(f"{URL}{cancellation.pk}/fill/", {"patient": patient.pk})
    assert (response.status_code, response.json()["status"]) == (200, "filled")
    again = desk.post(f"{URL}{cancellation.pk}/fill/", {"patient": PatientFactory().pk})
    assert again.status_code == 409


@pytest.mark.parametrize("patient", [None, "Alice", 999_999, True])
def test_a_slot_is_filled_with_a_patient_we_know(desk: APIClient, patient: object) -> None:
    response = desk.post(f"{URL}{CancellationFactory().pk}/fill/", {"patient": patient})
    assert (response.status_code, list(response.json())) == (400, ["patient"])


def test_everybody_considered_is_shown_with_rank_or_reason(desk: APIClient) -> None:
    asked, barred = WaitlistEntryFactory(), WaitlistEntryFactory()
    cancellation = CancellationFactory()
    RoundFactory(
        cancellation=cancellation,
        number=1,
        eligible_count=1,
        entry_ids=[asked.pk, barred.pk],
        reasons=[Reason.ELIGIBLE, Reason.NO_CONSENT],
        parts=[pack(Parts(30, 5, 10, 2)), pack(Parts(0, 0, 10, 0))],
    )
    page = desk.get(f"{URL}{cancellation.pk}/decisions/").json()
    first, second = page["results"]
    assert (page["count"], second["waitlist_entry"], second["eligible"]) == (2, barred.pk, False)
    assert (second["rank"], second["reason"]) == (None, "no_consent")
    assert second["reason_text"] == "Has not agreed to be texted."
    assert first == {
        "waitlist_entry": asked.pk,
        "round": 1,
        "eligible": True,
        "rank": 1,
        "score": 47,
        "score_parts": {"urgent": 30, "boost": 5, "proximity": 10, "seniority": 2},
        "reason": "eligible",
        "reason_text": "May be asked.",
    }


def test_slots_are_filtered_by_status_and_clinic(desk: APIClient) -> None:
    wanted = CancellationFactory(status="paused")
    CancellationFactory(clinic=wanted.clinic)
    rows = desk.get(URL, {"status": "paused", "clinic": wanted.clinic_id}).json()["results"]
    assert [row["id"] for row in rows] == [wanted.pk]
