from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from clinic import registering
from clinic.models import Patient
from clinic.signals import patient_out_of_reach
from core import audit
from core.models import AuditEvent
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db


def new(**changed: Any) -> registering.NewPatient:
    alice = {"first_name": "Alice", "last_name": "Smith", "phone": "(312) 555-0142"}
    return registering.NewPatient(**{**alice, **changed})


def test_a_new_patient_is_stored_with_the_phone_as_e164(now: datetime) -> None:
    stored = registering.register(patient=new(), by="frontdesk", now=now)
    assert Patient.objects.get().phone == stored.phone == "+13125550142"


def test_a_patient_may_have_no_phone_and_share_one(now: datetime) -> None:
    for phone in ("", "", "3125550142", "3125550142"):
        registering.register(patient=new(phone=phone), by="frontdesk", now=now)
    assert Patient.objects.count() == 4


def test_the_audit_names_the_fields_and_not_the_person(now: datetime) -> None:
    stored = registering.register(patient=new(), by="frontdesk", now=now)
    registering.update(patient_id=stored.pk, changes={"last_name": "Jones"}, by="frontdesk", now=now)
    lines = AuditEvent.objects.order_by("pk")
    assert [(line.verb, line.actor) for line in lines] == [
        ("patient.registered", "frontdesk"),
        ("patient.updated", "frontdesk"),
    ]
    assert lines[1].data == {"fields": ["last_name"]}


@pytest.mark.parametrize(
    ("field", "value"), [("phone", "12"), ("phone", "call me"), ("date_of_birth", date(2026, 3, 4))]
)
def test_what_cannot_be_is_refused_with_its_field(now: datetime, field: str, value: object) -> None:
    known = PatientFactory()
    with pytest.raises(registering.RegisteringError) as refused:
        registering.register(patient=new(**{field: value}), by="frontdesk", now=now)
    assert refused.value.field == field
    with pytest.raises(registering.RegisteringError):
        registering.update(patient_id=known.pk, changes={field: value}, by="frontdesk", now=now)
    assert Patient.objects.get().phone == known.phone


def test_what_is_no_fact_about_a_patient_is_not_changed(now: datetime) -> None:
    with pytest.raises(registering.RegisteringError) as refused:
        registering.update(patient_id=PatientFactory().pk, changes={"id": 7}, by="frontdesk", now=now)
    assert refused.value.field == "id"


def test_without_its_audit_line_nothing_is_stored(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    known = PatientFactory(first_name="Bob")

    def fail(**_: object) -> None:
        raise RuntimeError("no line")

    monkeypatch.setattr(audit, "record", fail)
    monkeypatch.setattr(audit, "record_each", fail)
    with pytest.raises(RuntimeError):
        registering.register(patient=new(), by="frontdesk", now=now)
    with pytest.raises(RuntimeError):
        registering.update(patient_id=known.pk, changes={"first_name": "Eve"}, by="frontdesk", now=now)
    assert Patient.objects.get().first_name == "Bob"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "deceased"}, True),
        ({"status": "inactive"}, True),
        ({"sms_consent": False}, True),
        ({"phone": "3125550143"}, True),
        ({"phone": ""}, True),
        ({"last_name": "Jones"}, False),
        ({"phone": "(312) 555-0142", "email": "a@example.org"}, False),
    ],
)
def test_the_upper_rooms_are_told_who_may_no_longer_be_asked(
    now: datetime, changes: dict[str, Any], told: bool
) -> None:
    alice, heard = PatientFactory(phone="+13125550142"), []

    def hear(*, patient_id: int, **_: object) -> None:
        heard.append(patient_id)

    patient_out_of_reach.connect(hear)
    try:
        registering.update(patient_id=alice.pk, changes=changes, by="frontdesk", now=now + timedelta(days=1))
    finally:
        patient_out_of_reach.disconnect(hear)
    assert heard == ([alice.pk] if told else [])


def test_somebody_who_could_not_be_asked_before_is_not_announced(now: datetime) -> None:
    heard: list[int] = []

    def hear(*, patient_id: int, **_: object) -> None:
        heard.append(patient_id)

    patient_out_of_reach.connect(hear)
    try:
        silent = PatientFactory(sms_consent=False)
        for changes in ({"phone": ""}, {"status": "inactive"}, {"sms_consent": True}):
            registering.update(patient_id=silent.pk, changes=changes, by="frontdesk", now=now)
    finally:
        patient_out_of_reach.disconnect(hear)
    assert heard == []


def zones_of(patient: Patient) -> str:
    patient.refresh_from_db()
    return patient.contact_zones


def test_rule_20_the_patient_s_own_zone_comes_before_the_number_s(now: datetime) -> None:
    alice = registering.register(patient=new(timezone="Europe/Berlin"), by="frontdesk", now=now)
    assert zones_of(alice) == "Europe/Berlin"
    registering.update(patient_id=alice.pk, changes={"timezone": ""}, by="frontdesk", now=now)
    assert zones_of(alice) == "America/Chicago"


def test_rule_20_a_new_number_brings_its_own_zones(now: datetime) -> None:
    alice = registering.register(patient=new(), by="frontdesk", now=now)
    for phone, zones in [("2085550142", "America/Boise America/Los_Angeles"), ("8005551234", ""), ("", "")]:
        registering.update(patient_id=alice.pk, changes={"phone": phone}, by="frontdesk", now=now)
        assert zones_of(alice) == zones


def test_rule_20_a_zone_that_nobody_knows_is_refused(now: datetime) -> None:
    with pytest.raises(registering.RegisteringError) as refused:
        registering.register(patient=new(timezone="Chicago"), by="frontdesk", now=now)
    assert refused.value.field == "timezone"
