"""An offer by phone call, told as given, when, then; with tasks as usual, lost and doubled."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from clinic import cancelling
from clinic.models import Appointment, Consent, Patient
from messaging.models import Message, ProviderEvent, Suppression
from tests.factories import MessageFactory, OfferFactory, PatientFactory, in_hours
from tests.messaging.posting import new_sid
from tests.offers import ringing
from tests.offers.journey import Journey, status_of
from tests.offers.ringing import offer_of, replies_to, rings, slot_on_offer
from tests.twilio_standin import StandIn


@pytest.fixture(autouse=True)
def calls_are_on(settings: Any, twilio: StandIn) -> None:
    settings.VOICE_CALLS, settings.TWILIO_VOICE_NUMBER = True, settings.TWILIO_PHONE_NUMBER


def test_1_books_the_visit_and_says_so_on_the_line(journey: Journey) -> None:
    slot = slot_on_offer(journey)
    alice, bob = rings(journey, slot), rings(journey, slot)
    alice.pick_up().press("1").end()
    assert "Press 1 to take it." in alice.heard[0]
    assert alice.heard[-1].startswith(f"You are booked at {journey.clinic.sms_name}")
    assert replies_to(alice) == [("voice", "confirmation", "delivered")]
    assert (status_of(slot), journey.winner(slot)) == ("filled", offer_of(alice).patient_id)
    bob.pick_up().end()
    assert bob.heard[0].startswith(f"This is {journey.clinic.sms_name}. Sorry")
    assert (len(bob.heard), bob.menu) == (1, "")


def test_2_passes_and_the_next_one_is_asked(journey: Journey) -> None:
    slot = slot_on_offer(journey)
    bob = journey.waiting()
    alice = rings(journey, slot)
    alice.pick_up().press("2").end()
    assert alice.heard[-1].startswith("Thank you for telling us.")
    assert ringing.status_of(alice) == "declined"
    journey.work()
    assert journey.hears(bob) == ["offer"]


def test_a_call_in_spanish_is_said_in_spanish(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey), language="es")
    answer = alice.post(alice.call["Url"], AnsweredBy="human").content.decode()
    assert answer.count('language="es-MX"') == 3
    assert "Oprima 1 para tomarla." in answer
    journey.work()


@pytest.mark.parametrize(
    ("end", "state"), [("no-answer", "undeliverable"), ("busy", "undeliverable"), ("failed", "undeliverable")]
)
def test_a_call_that_nobody_takes_frees_its_place_at_once(journey: Journey, end: str, state: str) -> None:
    slot = slot_on_offer(journey)
    bob = journey.waiting()
    alice = rings(journey, slot)
    alice.end(end)
    journey.wait(seconds=61)
    assert ringing.status_of(alice) == state
    assert journey.hears(bob) == ["offer"]


def test_a_machine_is_told_nothing_and_frees_its_place(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey))
    alice.pick_up(by="machine_start").end()
    journey.wait(seconds=61)
    assert (alice.heard, ringing.status_of(alice)) == ([], "undeliverable")


def test_whoever_presses_nothing_hears_it_twice_and_frees_the_place(journey: Journey) -> None:
    slot = slot_on_offer(journey)
    bob = journey.waiting()
    alice = rings(journey, slot)
    alice.pick_up().stay_silent().end()
    assert [words.split(",")[0] for words in alice.heard] == [
        "Hello",
        "Sorry",
        "We got no answer",
    ]
    journey.wait(seconds=61)
    assert ringing.status_of(alice) == "expired"
    assert journey.hears(bob) == ["offer"]


def test_1_after_somebody_else_has_won_is_told_so_and_stands_by(journey: Journey) -> None:
    slot = slot_on_offer(journey)
    alice, bob = rings(journey, slot), rings(journey, slot)
    alice.pick_up()
    bob.pick_up().press("1").end()
    alice.press("1").end()
    assert "was just taken. You are standing by" in alice.heard[-1]
    assert (ringing.status_of(bob), ringing.status_of(alice)) == ("accepted", "standby")
    assert replies_to(alice) == [("voice", "reply", "delivered")]


def test_a_standby_who_agreed_to_calls_alone_is_told_by_a_person(journey: Journey) -> None:
    slot = slot_on_offer(journey)
    alice, bob = rings(journey, slot), rings(journey, slot)
    alice.pick_up()
    bob.pick_up().press("1").end()
    alice.press("1").end()
    visit = Appointment.objects.get(fills_slot=slot.pk)
    cancelling.cancel(appointment_id=visit.pk, by="frontdesk", now=timezone.now(), reason="cannot come")
    journey.work()
    journey.work()
    assert journey.winner(slot) == offer_of(alice).patient_id
    told = Message.objects.get(logical_key=f"confirmation:{offer_of(alice).pk}")
    assert (told.status, told.skip_reason, told.attention) == ("skipped", "unsaid", "not_sent")


def test_the_same_key_twice_is_one_answer(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey)).pick_up()
    menu = alice.menu
    alice.press("1")
    again = alice.post(menu, Digits="1")
    assert again.status_code == 200
    alice.end()
    assert replies_to(alice) == [("voice", "confirmation", "delivered")]
    assert journey.outcomes() == ["won"]


def test_what_got_lost_on_its_way_is_said_again(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey)).pick_up()
    alice.hangs_up_at = "said"
    alice.press("1")
    key = Message.objects.get(direction="inbound")
    url = f"/webhooks/twilio/voice/outcome/?m={key.in_reply_to.uuid}&n=1&t=1"  # type: ignore[union-attr]
    assert "You are booked" in alice.post(url).content.decode()
    assert replies_to(alice) == [("voice", "confirmation", "sent")]


@pytest.mark.parametrize("hangs_up_at", ["outcome", "said"])
def test_who_hangs_up_before_the_end_is_told_by_text(journey: Journey, hangs_up_at: str) -> None:
    slot = slot_on_offer(journey)
    alice = rings(journey, slot, texts_too=True).pick_up()
    alice.hangs_up_at = hangs_up_at
    alice.press("1").end()
    journey.work()
    assert journey.winner(slot) == offer_of(alice).patient_id
    lost = "skipped" if hangs_up_at == "outcome" else "undelivered"
    assert replies_to(alice) == [("voice", "confirmation", lost), ("sms", "confirmation", "sent")]
    assert len(journey.twilio.bodies_to(alice.call.to)) == 1


def test_who_hangs_up_and_may_not_be_texted_is_called_by_a_person(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey)).pick_up()
    alice.hangs_up_at = "outcome"
    alice.press("1").end()
    journey.wait(seconds=31)
    assert replies_to(alice) == [("voice", "confirmation", "skipped")]
    assert Message.objects.get(kind="confirmation").attention == "not_sent"


def test_a_lost_end_of_the_call_delays_what_was_not_said_by_half_a_minute(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey), texts_too=True).pick_up()
    alice.hangs_up_at = "outcome"
    alice.press("2")
    journey.wait(seconds=25)
    assert replies_to(alice) == [("voice", "reply", "queued")]
    journey.wait(seconds=6)
    assert replies_to(alice) == [("voice", "reply", "skipped"), ("sms", "reply", "sent")]


def test_9_ends_calls_and_texts_to_the_number_and_is_confirmed_on_the_line(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey), texts_too=True)
    alice.pick_up().press("9").end()
    assert alice.heard[-1].startswith("Done. You will get no more calls or texts")
    assert ringing.status_of(alice) == "withdrawn"
    silenced = Suppression.objects.get(lifted_at=None)
    assert (silenced.phone, silenced.source, silenced.words) == (alice.call.to, "call", "Pressed 9.")
    last = {row.channel: (row.given, row.source) for row in Consent.objects.order_by("pk")}
    assert last == {"sms": (False, "call"), "voice": (False, "call")}
    assert journey.twilio.taken == []
    journey.says(offer_of(alice).entry, "START")
    patient = Patient.objects.get(pk=offer_of(alice).patient_id)
    assert (patient.sms_consent, patient.voice_consent) == (True, False)


def test_a_wrong_key_is_asked_about_once_and_then_a_person_looks(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey))
    alice.pick_up().press("5")
    assert alice.heard[-1].startswith("Sorry, I did not get that.")
    alice.press("#").end()
    assert alice.heard[-1].startswith("Thank you. A person at")
    key = Message.objects.get(direction="inbound")
    assert (key.body, key.attention, key.outcome) == ("Pressed #", "unclear", "for_staff")
    journey.wait(seconds=61)
    assert ringing.status_of(alice) == "expired"


def test_a_wrong_key_and_then_1_books(journey: Journey) -> None:
    slot = slot_on_offer(journey)
    alice = rings(journey, slot).pick_up().press("5").press("1").end()
    assert journey.winner(slot) == offer_of(alice).patient_id


def test_2_after_a_yes_by_text_is_no_cancellation(journey: Journey) -> None:
    slot = slot_on_offer(journey)
    alice = rings(journey, slot, texts_too=True).pick_up()
    journey.says(offer_of(alice).entry, "YES")
    alice.press("2").end()
    assert "is still booked" in alice.heard[-1]
    assert journey.winner(slot) == offer_of(alice).patient_id
    assert journey.outcomes() == ["won", "booking_stands"]


def test_an_answer_that_takes_too_long_ends_the_call_politely(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey)).pick_up()
    alice.waits = lambda: None
    event = ProviderEvent.objects.filter(kind="inbound")
    path = alice.menu
    answer = alice.post(path, Digits="5")
    assert answer.status_code == 200
    key = Message.objects.filter(direction="inbound")
    call = Message.objects.get(twilio_sid=alice.call.sid)
    last = alice.post(f"/webhooks/twilio/voice/outcome/?m={call.uuid}&n=1&t=12").content.decode()
    assert "has your answer. It takes longer than usual" in last
    assert (event.exists(), key.exists()) == (False, False)
    journey.work()


def test_a_call_is_placed_once_however_often_it_is_swept(journey: Journey) -> None:
    alice = rings(journey, slot_on_offer(journey))
    for _ in range(3):
        journey.wait(seconds=30)
    assert [call.to for call in journey.twilio.calls] == [alice.call.to]


def test_a_key_is_about_the_question_of_its_call_and_no_other_of_that_phone(journey: Journey) -> None:
    first = slot_on_offer(journey)
    alice = rings(journey, first).pick_up()
    journey.clock.shift(datetime.timedelta(minutes=8))
    journey.work()
    assert ringing.status_of(alice) == "expired"
    second = slot_on_offer(journey, starts_at=in_hours(50))
    other = OfferFactory(cancellation=second, entry__patient=PatientFactory(phone=alice.call.to))
    other.hold_expires_at = timezone.now() + datetime.timedelta(minutes=7)
    other.save(update_fields=["hold_expires_at"])
    MessageFactory(to=other.phone, logical_key=f"offer:{other.pk}", status="sent", twilio_sid=new_sid())
    alice.press("1").end()
    other.refresh_from_db()
    assert (journey.winner(first), journey.winner(second)) == (offer_of(alice).patient_id, None)
    assert other.status == "pending"


def test_1_after_the_hold_is_over_still_wins_while_the_slot_is_open(journey: Journey) -> None:
    slot = slot_on_offer(journey)
    alice = rings(journey, slot).pick_up()
    journey.clock.shift(datetime.timedelta(minutes=31))
    journey.work()
    assert ringing.status_of(alice) == "expired"
    alice.press("1").end()
    assert journey.winner(slot) == offer_of(alice).patient_id
