from __future__ import annotations

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from clinic.models import Patient
from messaging.models import Suppression
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db

ALICE = {"first_name": "Alice", "last_name": "Smith", "phone": "(202) 555-0123", "sms_consent": True}


def test_a_patient_is_registered_with_the_phone_as_e164(desk: APIClient) -> None:
    response = desk.post("/api/v1/patients/", ALICE)
    assert response.status_code == 201
    stored = Patient.objects.get()
    assert response.json() == {
        "id": stored.pk,
        "first_name": "Alice",
        "last_name": "Smith",
        "date_of_birth": None,
        "primary_provider": None,
        "under_guardian": False,
        "birthday_greetings": True,
        "phone": "+12025550123",
        "email": "",
        "language": "en",
        "status": "active",
        "preferred_channel": "sms",
        "timezone": "",
        "sms_consent": True,
        "opted_out": False,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12"),
        ("phone", "not a phone"),
        ("phone", "+1" + "9" * 38),
        ("date_of_birth", "2999-01-01"),
        ("date_of_birth", "31/12/1990"),
        ("language", "klingon"),
        ("status", "merged"),
        ("preferred_channel", "fax"),
        ("email", "alice"),
        ("first_name", ""),
        ("first_name", "A\x00"),
        ("last_name", "x" * 81),
        ("sms_consent", "perhaps"),
        ("timezone", "Chicago"),
        ("consent_words", "x" * 2001),
        ("opted_out", True),
        ("is_staff", True),
    ],
)
def test_a_patient_with_something_wrong_is_refused(desk: APIClient, field: str, value: object) -> None:
    for response in (
        desk.post("/api/v1/patients/", {**ALICE, field: value}),
        desk.patch(f"/api/v1/patients/{PatientFactory().pk}/", {field: value}),
    ):
        assert response.status_code == 400
        assert list(response.json()) == [field]
    assert Patient.objects.count() == 1


def test_a_patient_is_changed_field_by_field(desk: APIClient) -> None:
    alice = PatientFactory(first_name="Alice")
    response = desk.patch(f"/api/v1/patients/{alice.pk}/", {"phone": "202-555-0177", "language": "es"})
    assert (response.json()["phone"], response.json()["language"]) == ("+12025550177", "es")
    alice.refresh_from_db()
    assert (alice.first_name, alice.phone) == ("Alice", "+12025550177")


def test_opted_out_tells_of_the_phone_and_ends_when_it_is_lifted(desk: APIClient) -> None:
    alice = PatientFactory()
    PatientFactory()
    stop = Suppression.objects.create(phone=alice.phone, words="STOP", since=timezone.now())
    rows = desk.get("/api/v1/patients/").json()["results"]
    assert [row["opted_out"] for row in rows] == [True, False]
    Suppression.objects.filter(pk=stop.pk).update(lifted_at=timezone.now())
    assert desk.get(f"/api/v1/patients/{alice.pk}/").json()["opted_out"] is False


def test_rule_19_what_was_said_of_texts_is_kept_word_for_word(desk: APIClient) -> None:
    made = desk.post("/api/v1/patients/", {**ALICE, "consent_words": "Sure, text me."}).json()
    assert "consent_words" not in made
    [row] = desk.get(f"/api/v1/patients/{made['id']}/consents/").json()
    assert (row["channel"], row["given"], row["source"]) == ("sms", True, "api")
    assert row["words"] == "Sure, text me."


def test_rule_19_consent_to_a_channel_is_added_to_the_ledger(desk: APIClient) -> None:
    address = f"/api/v1/patients/{PatientFactory().pk}/consents/"
    said = {"channel": "greeting", "given": True, "words": "Greet me."}
    assert desk.post(address, said).status_code == 201
    assert [row["channel"] for row in desk.get(address).json()] == ["greeting", "sms"]


def test_rule_19_consent_to_texts_that_is_taken_back_shows_at_the_patient(desk: APIClient) -> None:
    address = f"/api/v1/patients/{PatientFactory().pk}/"
    desk.post(f"{address}consents/", {"channel": "sms", "given": False, "words": "No more texts."})
    assert desk.get(address).json()["sms_consent"] is False


@pytest.mark.parametrize(
    "wrong",
    [{"channel": "fax"}, {"words": ""}, {"given": None}, {"source": "text"}, {"recorded_by": "somebody"}],
)
def test_rule_19_what_cannot_stand_in_the_ledger_is_a_400(desk: APIClient, wrong: dict[str, object]) -> None:
    address = f"/api/v1/patients/{PatientFactory(sms_consent=False).pk}/consents/"
    said = {"channel": "sms", "given": True, "words": "Yes.", **wrong}
    assert desk.post(address, said).status_code == 400
    assert desk.get(address).json() == []


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_rule_19_nothing_in_the_ledger_is_changed(desk: APIClient, method: str) -> None:
    response = getattr(desk, method)(f"/api/v1/patients/{PatientFactory().pk}/consents/", {})
    assert response.status_code in (403, 405)
