"""Rows by statements of our own are what the ORM would have made of them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from clinic.models import Patient
from core import rows
from messaging.models import Direction, Kind, Message
from messaging.states import MessageStatus
from offers.models import Offer
from tests.factories import (
    CancellationFactory,
    ClinicFactory,
    OfferFactory,
    PatientFactory,
    WaitlistEntryFactory,
)

pytestmark = pytest.mark.django_db
FACTORIES = (CancellationFactory, OfferFactory, PatientFactory, WaitlistEntryFactory)


def text(sid: str = "SM1") -> Message:
    now = timezone.now()
    inbound = {"direction": Direction.INBOUND, "kind": Kind.REPLY, "status": MessageStatus.RECEIVED}
    moments = {"created_at": now, "received_at": now, "changed_at": now}
    return Message(
        to="+12025550100", body="¿Sí? 👍", related={"offer": 7}, twilio_sid=sid, **inbound, **moments
    )


@pytest.fixture
def patient() -> Patient:
    made: Patient = PatientFactory.create()
    return made


@pytest.mark.parametrize("factory", FACTORIES)
def test_a_row_is_read_as_the_orm_reads_it(factory: type) -> None:
    made: models.Model = factory.create()  # type: ignore[attr-defined]
    model = type(made)
    (found,) = rows.read(model, "id = %s", [made.pk])
    assert found == made
    assert model_to_dict(found) == model_to_dict(model._default_manager.get(pk=made.pk))


def test_rows_come_in_the_order_that_was_asked_for() -> None:
    people = PatientFactory.create_batch(3)
    found = rows.read(Patient, "id > %s ORDER BY id DESC LIMIT 2", [0])
    assert found == [people[2], people[1]]


def test_several_models_come_out_of_one_row() -> None:
    offer: Offer = OfferFactory()
    with connection.cursor() as cursor:
        columns = f"{rows.columns(Offer, 'o')}, {rows.columns(Patient, 'p')}"
        joined = f"SELECT {columns} FROM offers_offer o JOIN clinic_patient p ON p.id = o.patient_id"  # noqa: S608
        cursor.execute(joined)
        found = list(rows.built(cursor.fetchone(), Offer, Patient))
    assert found == [offer, offer.patient]


def test_an_inserted_row_has_its_key_and_every_value() -> None:
    message = text()
    rows.insert(message)
    stored = Message.objects.get()
    assert (stored, model_to_dict(stored)) == (message, model_to_dict(message))
    assert (stored.body, stored.related, stored.uuid) == ("¿Sí? 👍", {"offer": 7}, message.uuid)


def test_an_inserted_row_is_updated_by_its_next_save() -> None:
    message = text()
    rows.insert(message)
    message.body = "NO"
    message.save(update_fields=["body"])
    assert Message.objects.get().body == "NO"


def test_what_the_database_forbids_is_not_inserted() -> None:
    rows.insert(text())
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert(text())
    assert Message.objects.count() == 1


def test_an_update_writes_what_it_names_and_nothing_else(patient: Patient) -> None:
    Patient.objects.update(last_name="Baker")
    assert rows.update(patient, {"first_name": "Alice"})
    stored = Patient.objects.get()
    assert (stored.first_name, stored.last_name) == ("Alice", "Baker")


def test_an_update_of_a_row_that_has_changed_writes_nothing(patient: Patient) -> None:
    assert not rows.update(patient, {"first_name": "Alice"}, given={"status": Patient.Status.DECEASED})
    assert Patient.objects.get().first_name == patient.first_name


def test_a_row_that_is_gone_is_not_updated(patient: Patient) -> None:
    gone = Patient(pk=patient.pk + 1)
    assert not rows.update(gone, {"first_name": "Alice"})
    assert Patient.objects.get().first_name == patient.first_name


def test_an_update_writes_nothing_while_another_row_forbids_it(patient: Patient) -> None:
    clinics = "SELECT FROM clinic_clinic WHERE clinic_clinic.name = clinic_patient.first_name"
    ClinicFactory(name=patient.first_name)
    assert not rows.update(patient, {"last_name": "Baker"}, unless=clinics)
    Patient.objects.update(first_name="Nobody")
    assert rows.update(patient, {"last_name": "Baker"}, unless=clinics)
