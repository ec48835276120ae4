"""Patients of a source: found by its names for them, never guessed, and kept as it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from clinic import consenting
from clinic.models import Appointment, Consent, Patient
from integrations import handling, parking
from integrations.facts import Code, Fact, MergeFact, Person, PersonFact, Standing, VisitFact
from integrations.models import Parked, PersonLink
from tests.factories import AppointmentFactory, PatientFactory, WaitlistEntryFactory
from tests.factories_of_feeds import FeedCodeFactory
from tests.integrations.feed import ANA, Feed
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db


def person(**fields: object) -> PersonFact:
    return PersonFact(said_at=timezone.now(), person=replace(ANA, **fields))  # type: ignore[arg-type]


def test_what_is_said_of_a_known_patient_is_kept(feed: Feed) -> None:
    feed.says(feed.visit())
    feed.says(person(phone="(312) 555-0199", language="es"))
    assert Patient.objects.values_list("phone", "language").get() == ("+13125550199", "es")


def test_an_older_word_changes_nothing_and_what_it_adds_is_kept(
    feed: Feed, clock: time_machine.Traveller
) -> None:
    feed.says(feed.visit())
    older = person(phone="3125550111", email="ana@example.org")
    clock.shift(60)
    feed.says(person(phone="3125550199"))
    feed.says(older)
    assert Patient.objects.values_list("phone", "email").get() == ("+13125550199", "ana@example.org")


def test_a_number_that_was_deleted_with_a_booking_that_is_off_when_it_comes_is_deleted(feed: Feed) -> None:
    began = timezone.now()

    def at(minute: int, standing: Standing = Standing.BOOKED, phone: str | None = None) -> VisitFact:
        said_at = began + timedelta(minutes=minute)
        return feed.visit(standing, said_at=said_at, person=replace(ANA, phone=phone))

    feed.says(at(0, phone=ANA.phone))
    feed.says(at(2, Standing.CANCELLED))
    feed.says(at(1, phone=""))
    feed.says(at(3))
    assert Patient.objects.get().phone == ""


def test_a_number_that_cannot_be_one_takes_the_old_one_away(feed: Feed) -> None:
    feed.says(feed.visit())
    feed.says(person(phone="555"))
    assert Patient.objects.get().phone == ""


def test_hl7_tells_of_everybody_and_we_keep_those_we_know(feed: Feed) -> None:
    assert feed.says(person()).status == "handled"
    assert not Patient.objects.exists()


def test_other_sources_bring_patients(feed: Feed) -> None:
    feed.source.kind = "fhir"
    feed.source.save()
    feed.says(person())
    assert Patient.objects.get().date_of_birth == date(1980, 5, 17)


@pytest.mark.parametrize(
    ("said", "status"), [({"is_dead": True}, "deceased"), ({"is_active": False}, "inactive")]
)
def test_who_has_died_or_left_is_silent(feed: Feed, said: dict[str, bool], status: str) -> None:
    feed.says(feed.visit())
    feed.says(person(**said))
    assert Patient.objects.get().status == status


def test_nobody_comes_back_from_the_dead_by_a_message(feed: Feed, clock: time_machine.Traveller) -> None:
    feed.says(feed.visit())
    feed.says(person(is_dead=True))
    clock.shift(60)
    feed.says(person(is_active=True))
    assert Patient.objects.get().status == "deceased"


def test_who_is_not_to_be_contacted_agrees_to_nothing_any_more(feed: Feed) -> None:
    feed.says(feed.visit())
    ana = Patient.objects.get()
    word = consenting.Word(channel="sms", given=True, source="staff", words="Text me.")
    consenting.record(patient_id=ana.pk, word=word, by="desk", now=timezone.now())
    feed.says(person(is_silent=True))
    ana.refresh_from_db()
    assert not ana.sms_consent
    assert Consent.objects.count() == 2


def same_as_ana(**fields: object) -> Patient:
    known = {"first_name": "ANA", "last_name": "lopez", "date_of_birth": ANA.date_of_birth}
    patient: Patient = PatientFactory(**{**known, "phone": ANA.phone, **fields})
    return patient


def test_somebody_with_the_same_name_birthday_and_phone_is_asked_about(feed: Feed) -> None:
    known = same_as_ana()
    feed.says(feed.visit())
    item = Parked.objects.get()
    assert (item.why, item.candidate) == ("same_person", known)
    assert not Appointment.objects.exists()


def test_somebody_with_another_birthday_is_somebody_else(feed: Feed) -> None:
    same_as_ana(date_of_birth=date(1981, 5, 17))
    feed.says(feed.visit())
    assert Patient.objects.count() == 2


def decide(is_same: bool) -> None:
    item = Parked.objects.get()
    parking.decide_person(parked_id=item.pk, is_same=is_same, by="manager", now=timezone.now())
    handling.sweep(clock=timezone.now)


def test_staff_link_the_person_and_the_visit_is_booked(feed: Feed) -> None:
    known = same_as_ana()
    feed.says(feed.visit())
    decide(is_same=True)
    assert Appointment.objects.get().patient == known
    assert Parked.objects.get().resolution == "replayed"


def test_staff_keep_two_people_apart(feed: Feed) -> None:
    known = same_as_ana()
    feed.says(feed.visit())
    decide(is_same=False)
    assert Appointment.objects.get().patient != known
    assert Patient.objects.count() == 2


def merge(gone: str = "MRN-2") -> Fact:
    return MergeFact(said_at=timezone.now(), gone=(gone,), kept=ANA)


def two_patients(feed: Feed) -> tuple[Patient, Patient]:
    bea = Person(ids=("MRN-2",), first_name="Anita", last_name="Lopez")
    feed.says(feed.visit())
    later = feed.starts_at + timedelta(days=1)
    feed.says(feed.visit(keys=("A2",), person=bea, starts_at=later, ends_at=None))
    kept, gone = Patient.objects.order_by("pk")
    return kept, gone


def test_a_merge_moves_the_visits_and_silences_who_is_gone(feed: Feed) -> None:
    kept, gone = two_patients(feed)
    feed.says(merge())
    gone.refresh_from_db()
    assert gone.status == "inactive"
    assert set(Appointment.objects.values_list("patient", flat=True)) == {kept.pk}


def said(patient: Patient, *, given: bool) -> None:
    word = consenting.Word(channel="sms", given=given, source="staff", words="Text me." if given else "Stop.")
    consenting.record(patient_id=patient.pk, word=word, by="desk", now=timezone.now())


def test_a_merge_keeps_every_no(feed: Feed) -> None:
    kept, gone = two_patients(feed)
    for patient, given in ((kept, True), (gone, True), (gone, False)):
        said(patient, given=given)
    feed.says(merge())
    kept.refresh_from_db()
    assert not kept.sms_consent


def test_a_merge_invents_no_yes(feed: Feed) -> None:
    kept, gone = two_patients(feed)
    said(gone, given=True)
    feed.says(merge())
    kept.refresh_from_db()
    assert not kept.sms_consent


@pytest.mark.parametrize("status", ["waiting", "paused"])
def test_a_merge_hands_the_wish_over_with_its_place_in_line(feed: Feed, status: str) -> None:
    kept, gone = two_patients(feed)
    old = WaitlistEntryFactory(patient=gone, clinic=feed.clinic, visit_type=feed.kind, status=status)
    feed.says(merge())
    new = WaitlistEntry.objects.get(status=status)
    assert (new.patient, new.joined_at) == (kept, old.joined_at)


def test_a_record_under_a_new_name_is_the_patient_we_know(feed: Feed) -> None:
    feed.says(feed.visit(person=replace(ANA, ids=("MRN-2",))))
    feed.says(merge())
    feed.says(feed.visit(keys=("A2",), starts_at=feed.starts_at + timedelta(days=1), ends_at=None))
    assert Patient.objects.count() == 1
    assert PersonLink.objects.filter(merged_into=None).count() == 1


def test_a_visit_under_the_old_name_is_of_who_stays(feed: Feed) -> None:
    kept, _ = two_patients(feed)
    feed.says(merge())
    AppointmentFactory()
    old = replace(ANA, ids=("MRN-2",))
    feed.says(
        feed.visit(keys=("A3",), person=old, starts_at=feed.starts_at + timedelta(days=9), ends_at=None)
    )
    assert Appointment.objects.filter(feed_link__keys__key="A3").get().patient == kept


def test_a_death_counts_whenever_it_was_said(feed: Feed, clock: time_machine.Traveller) -> None:
    feed.says(feed.visit())
    earlier = timezone.now()
    clock.shift(60)
    feed.says(person(is_active=True))
    feed.says(replace(person(is_dead=True), said_at=earlier))
    assert Patient.objects.get().status == "deceased"


@pytest.mark.parametrize(
    "said",
    [{"standing": Standing.CANCELLED}, {"standing": Standing.NO_SHOW}, {"provider": Code(value="ELSE")}],
    ids=["cancelled", "no show", "not ours"],
)
def test_a_death_that_comes_with_the_end_of_a_visit_is_kept(
    feed: Feed, clock: time_machine.Traveller, said: dict[str, Any]
) -> None:
    FeedCodeFactory(source=feed.source, kind="provider", value="ELSE", ignored=True)
    feed.says(feed.visit())
    clock.shift(60)
    feed.says(feed.visit(**said, person=replace(ANA, phone="3125550111", is_dead=True)))
    assert Patient.objects.values_list("status", "phone").get() == ("deceased", ANA.phone)


def test_the_end_of_a_visit_registers_nobody(feed: Feed) -> None:
    feed.says(feed.visit(Standing.CANCELLED, person=replace(ANA, is_dead=True)))
    assert not Patient.objects.exists()


def test_who_is_one_with_somebody_who_has_died_comes_back_by_no_message(feed: Feed) -> None:
    kept, _ = two_patients(feed)
    dead = Person(ids=("MRN-2",), is_dead=True)
    feed.says(PersonFact(said_at=timezone.now(), person=dead))
    feed.says(merge())
    feed.says(person(is_active=True))
    kept.refresh_from_db()
    assert kept.status == "deceased"


def test_a_merge_silences_who_is_one_with_somebody_not_to_be_contacted(feed: Feed) -> None:
    kept, _ = two_patients(feed)
    said(kept, given=True)
    silent = Person(ids=("MRN-2",), is_silent=True)
    feed.says(PersonFact(said_at=timezone.now(), person=silent))
    feed.says(merge())
    kept.refresh_from_db()
    assert not kept.sms_consent
