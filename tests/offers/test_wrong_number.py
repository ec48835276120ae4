"""Somebody says that we text the wrong number: that patient is texted there no more, everybody else is."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import registering
from clinic.models import Patient
from core import audit
from core.models import AuditEvent
from core.transitions import StaleState
from messaging import optout
from messaging.models import Attention, Message
from offers import accepting, silencing
from offers.models import Offer, WrongNumber
from staff.roles import AUDITOR, FRONT_DESK
from tests.factories import PatientFactory, UserFactory, fictional_phone
from tests.messaging import posting
from tests.offers.journey import Journey
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = ("wrong number", "You have the wrong person", "número equivocado", "no soy esa persona")


def attention_of(words: str) -> str:
    return str(Message.objects.get(direction="inbound", body=words).attention)


@pytest.mark.parametrize("words", WORDS)
def test_a_wrong_number_ends_the_question_and_is_shown_to_staff(journey: Journey, words: str) -> None:
    # Given somebody who is asked on a number that is not theirs
    alice, _, carol = (journey.waiting() for _ in range(3))
    slot = journey.asked()
    # When its owner says so
    journey.says(alice, words)
    # Then the question is over, the owner hears it once, staff have a task, and somebody else is asked
    assert (journey.offer_of(alice), journey.hears(alice)) == ("withdrawn", ["offer", "reply"])
    assert (journey.outcomes(), attention_of(words)) == (["wrong_number"], Attention.WRONG_NUMBER)
    assert journey.winner(slot) is None
    assert journey.hears(carol) == ["offer"]


def test_the_last_one_s_wrong_number_starts_the_next_round(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.asked()
    journey.says(alice, "NO")
    journey.says(bob, "wrong number")
    assert journey.hears(carol) == ["offer"]


def test_the_patient_is_not_asked_there_again(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "wrong number")
    again = journey.asked(hours=72)
    assert journey.hears(alice) == ["offer", "reply"]
    assert alice.offers.count() == 1
    assert again.rounds.get().reasons == [Reason.WRONG_NUMBER]


def test_another_patient_on_that_number_is_still_asked(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "wrong number")
    mother = journey.waiting(patient=PatientFactory(phone=alice.patient.phone))
    journey.asked(hours=72)
    assert journey.offer_of(mother) == "pending"
    assert not optout.is_suppressed(alice.patient.phone)


def test_a_number_that_staff_enter_instead_is_texted(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "wrong number")
    new = fictional_phone(1_700)
    now = timezone.now()
    registering.update(patient_id=alice.patient_id, changes={"phone": new}, by="frontdesk", now=now)
    journey.asked(hours=72)
    assert len(journey.twilio.bodies_to(new)) == 1


def test_said_again_it_changes_nothing_and_is_not_answered_again(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "wrong number")
    journey.says(alice, "WRONG NUMBER!!")
    assert journey.hears(alice) == ["offer", "reply"]
    assert WrongNumber.objects.count() == 1


def test_a_yes_from_there_books_nothing(journey: Journey) -> None:
    # Given a question that ran out before the owner of the number spoke
    alice = journey.waiting()
    slot = journey.asked()
    journey.wait(minutes=8)
    journey.says(alice, "wrong number")
    journey.says(alice, "YES")
    assert journey.winner(slot) is None
    assert attention_of("YES") == Attention.WRONG_NUMBER


def test_a_booking_by_phone_is_not_confirmed_there(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    journey.says(alice, "wrong number")
    now = timezone.now()
    accepting.fill(cancellation_id=slot.pk, patient_id=alice.patient_id, by="frontdesk", now=now)
    journey.work()
    assert Message.objects.get(kind="confirmation").skip_reason == "wrong_number"
    assert journey.hears(alice) == ["offer", "reply"]


def test_a_text_that_was_on_its_way_is_not_sent(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    journey.asked()
    # Given that bob's YES and the wrong number came in before anything left
    posting.text(journey.client, sender=alice.patient.phone, body="wrong number")
    posting.text(journey.client, sender=bob.patient.phone, body="YES")
    journey.work()
    assert "taken" not in journey.hears(alice)


def test_stop_and_wrong_number_together_are_a_stop(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "stop texting me, wrong number")
    assert optout.is_suppressed(alice.patient.phone)
    assert not WrongNumber.objects.exists()


def test_a_wrong_number_of_nobody_we_know_is_answered_and_shown(journey: Journey) -> None:
    stranger = fictional_phone(1_800)
    posting.text(journey.client, sender=stranger, body="wrong number")
    journey.work()
    assert len(journey.twilio.bodies_to(stranger)) == 1
    assert attention_of("wrong number") == Attention.WRONG_NUMBER


class TestVerbs:
    @pytest.fixture
    def patient(self) -> Patient:
        made: Patient = PatientFactory()
        return made

    def silence(self, patient: Patient) -> bool:
        return silencing.silence(patient_id=patient.pk, phone=patient.phone, now=timezone.now())

    def test_silencing_is_written_down_once(self, patient: Patient) -> None:
        assert (self.silence(patient), self.silence(patient)) == (True, False)
        assert AuditEvent.objects.filter(verb="number.disowned", object_id=str(patient.pk)).count() == 1

    def test_the_database_keeps_one_row_for_each_patient_and_number(self, patient: Patient) -> None:
        self.silence(patient)
        with pytest.raises(IntegrityError):
            WrongNumber.objects.create(patient=patient, phone=patient.phone, since=timezone.now())

    def test_staff_can_trust_a_number_again_once(self, patient: Patient) -> None:
        self.silence(patient)
        row = WrongNumber.objects.get()
        silencing.trust_again(wrong_number_id=row.pk, by="frontdesk", now=timezone.now())
        assert not silencing.is_silenced(patient_id=patient.pk, phone=patient.phone)
        with pytest.raises(StaleState):
            silencing.trust_again(wrong_number_id=row.pk, by="frontdesk", now=timezone.now())
        assert self.silence(patient)

    def test_silencing_and_ending_the_question_are_one(
        self, monkeypatch: pytest.MonkeyPatch, journey: Journey
    ) -> None:
        alice = journey.waiting()
        journey.asked()
        monkeypatch.setattr(audit, "record_each", fail)
        with pytest.raises(RuntimeError):
            self.silence(alice.patient)
        assert Offer.objects.get().status == "pending"
        assert not WrongNumber.objects.exists()


def fail(**kwargs: Any) -> None:
    raise RuntimeError("the worker dies here")


@pytest.mark.parametrize(("role", "status", "left"), [(FRONT_DESK, 302, 0), (AUDITOR, 403, 1)])
def test_the_front_desk_lifts_it_in_the_admin(client: Client, role: str, status: int, left: int) -> None:
    patient = PatientFactory()
    silencing.silence(patient_id=patient.pk, phone=patient.phone, now=timezone.now())
    row = WrongNumber.objects.get()
    client.force_login(UserFactory(roles=[role], is_staff=True))
    assert client.get(reverse("admin:offers_wrongnumber_change", args=[row.pk])).status_code == 200
    press = reverse("admin:offers_wrongnumber_press", args=[row.pk, "trust_again"])
    assert client.post(press).status_code == status
    assert WrongNumber.objects.filter(lifted_at=None).count() == left
    assert row.since <= timezone.now() + datetime.timedelta(seconds=1)
