"""What a slot does while texts are held back, refused or lost."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from messaging import pausing, stopping
from messaging.models import Sender, UnusableNumber
from offers import explaining
from offers.models import Round
from tests.offers.journey import Journey, status_of
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db(transaction=True)
usual = pytest.mark.parametrize("tasks_run", ["usual"], indirect=True)


@usual
@pytest.mark.parametrize("code", ["30003", "30036", "30007", "30006", "21610", "39999"])
def test_rule_9_a_failed_offer_frees_its_place_at_once(journey: Journey, code: str) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.asked()
    journey.fails(alice, code)
    # No time has passed, and Bob is still being asked
    assert (journey.offer_of(alice), journey.offer_of(bob)) == ("undeliverable", "pending")
    assert journey.hears(carol) == ["offer"]


@usual
def test_rule_9_whoever_texts_do_not_reach_is_not_asked_about_the_next_slot(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    journey.asked()
    journey.fails(alice, "21614")
    journey.says(bob, "NO")
    second = journey.asked(hours=50)
    reasons = {found.entry_id: found.reason for found in explaining.decisions(cancellation=second)}
    assert (reasons[alice.pk], journey.hears(alice)) == (Reason.UNUSABLE_NUMBER, ["offer"])


def test_rule_9_offers_wait_behind_a_stopped_sender_and_leave_with_their_whole_hold(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    journey.twilio.always = "400:20003"
    slot = journey.asked()
    journey.wait(minutes=3)
    # Then nobody was asked, nothing is lost, and staff know whom to call
    assert (journey.twilio.taken, journey.offer_of(alice)) == ([], "pending")
    assert {text.to for text in stopping.call_list()} == {alice.patient.phone, bob.patient.phone}
    # When the cause is cured
    journey.twilio.always = ""
    stopping.restart(sender_id=Sender.objects.get().pk, by="manager", now=timezone.now())
    journey.wait(seconds=60)
    assert (journey.hears(alice), journey.hears(bob)) == (["offer"], ["offer"])
    assert alice.offers.get().hold_expires_at == timezone.now() + datetime.timedelta(minutes=7)
    journey.says(alice, "YES")
    assert journey.winner(slot) == alice.patient_id


def test_rule_10_a_paused_clinic_asks_nobody_and_goes_on_afterwards(journey: Journey) -> None:
    alice = journey.waiting()
    now = timezone.now()
    paused = pausing.pause(clinic_id=journey.clinic.pk, reason="", by="frontdesk", now=now)
    slot = journey.asked()
    journey.wait(minutes=5)
    assert (journey.hears(alice), status_of(slot)) == ([], "offering")
    pausing.resume(pause_id=paused.pk, by="frontdesk", now=timezone.now())
    journey.wait(seconds=60)
    assert journey.hears(alice) == ["offer"]


def test_rule_10_an_answer_of_a_paused_clinic_s_patient_still_counts(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    paused = pausing.pause(clinic_id=journey.clinic.pk, reason="", by="frontdesk", now=timezone.now())
    journey.says(alice, "YES")
    assert (journey.winner(slot), journey.hears(bob)) == (alice.patient_id, ["offer"])
    pausing.resume(pause_id=paused.pk, by="frontdesk", now=timezone.now())
    journey.wait(seconds=1)
    assert (journey.hears(alice), journey.hears(bob)) == (["offer", "confirmation"], ["offer", "taken"])


def test_rule_6_nobody_is_asked_who_could_not_answer_in_time(journey: Journey) -> None:
    alice = journey.waiting()
    # The last useful minute is half a minute away
    slot = journey.asked(hours=1 + 61 / 3600)
    assert (journey.hears(alice), Round.objects.count()) == ([], 0)
    journey.wait(seconds=31)
    assert (journey.hears(alice), status_of(slot)) == ([], "unfilled: too_late")


@usual
def test_rule_9_a_patient_who_texts_from_an_unusable_number_is_texted_again(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.fails(alice, "30006")
    assert UnusableNumber.objects.get().phone == alice.patient.phone
    journey.says(alice, "YES")
    assert journey.hears(alice) == ["offer", "confirmation"]
