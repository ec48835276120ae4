"""What patients answer, in time and late, clearly and not, and what they are told."""

from typing import Any

import pytest

from clinic.models import Appointment
from messaging import optout
from messaging.models import Attention, Message
from tests.factories import fictional_phone
from tests.messaging import posting
from tests.offers.journey import Journey, status_of

pytestmark = pytest.mark.django_db(transaction=True)


def attention_of(words: str) -> str:
    return str(Message.objects.get(direction="inbound", body=words).attention)


def test_stop_in_the_middle_silences_and_ends_the_question(journey: Journey) -> None:
    # Given two who are asked
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    # When one says STOP, and the other says yes
    journey.says(alice, "STOP")
    journey.says(bob, "YES")
    # Then the first gets no text at all any more
    assert optout.is_suppressed(alice.patient.phone)
    assert (journey.offer_of(alice), journey.hears(alice)) == ("withdrawn", ["offer"])
    assert journey.winner(slot) == bob.patient_id


def test_stop_in_own_words_is_confirmed_once(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "please stop texting me")
    assert journey.hears(alice) == ["offer", "optout_notice"]
    journey.says(alice, "YES")
    assert journey.hears(alice) == ["offer", "optout_notice"]
    assert attention_of("YES") == Attention.YES_OPTED_OUT


def test_the_last_one_s_stop_starts_the_next_round(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    journey.asked()
    journey.says(alice, "NO")
    journey.says(bob, "STOP")
    assert journey.hears(carol) == ["offer"]


def test_cancel_is_a_stop_and_a_task_for_staff_and_cancels_nothing(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    journey.says(alice, "YES")
    journey.says(alice, "CANCEL")
    assert journey.winner(slot) == alice.patient_id
    assert attention_of("CANCEL") == Attention.MAY_CANCEL
    assert journey.hears(alice) == ["offer", "confirmation"]


def test_a_yes_before_the_stop_stands(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    # Given a YES and a STOP that both came in before anybody looked
    for words in ("YES", "STOP"):
        posting.text(journey.client, sender=alice.patient.phone, body=words)
        journey.clock.shift(1)
    journey.work()
    assert journey.winner(slot) == alice.patient_id


def test_help_is_answered_and_leaves_the_question_open(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    journey.says(alice, "HELP")
    assert (journey.offer_of(alice), journey.hears(alice)) == ("pending", ["offer", "help"])
    journey.says(alice, "YES")
    assert journey.winner(slot) == alice.patient_id


def test_an_unclear_text_is_asked_about_once_and_then_goes_to_a_person(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    journey.says(alice, "maybe, which doctor is it?")
    journey.says(alice, "hmm what about 3?")
    assert journey.hears(alice) == ["offer", "clarification", "reply"]
    assert attention_of("hmm what about 3?") == Attention.UNCLEAR
    assert journey.winner(slot) is None
    journey.says(alice, "YES")
    assert journey.winner(slot) == alice.patient_id


@pytest.mark.parametrize("words", ["", "🙈", "x" * 10_000, "No, not today", "yes but later?"])
def test_what_is_no_clear_yes_books_nothing(journey: Journey, words: str) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    journey.says(alice, words)
    assert journey.winner(slot) is None
    assert len(journey.hears(alice)) == 2


def test_a_late_yes_wins_while_nobody_else_is_asked(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    journey.wait(minutes=8)
    assert (journey.offer_of(alice), status_of(slot)) == ("expired", "unfilled: nobody_left")
    journey.says(alice, "YES")
    assert (status_of(slot), journey.winner(slot)) == ("filled", alice.patient_id)
    assert journey.hears(alice) == ["offer", "confirmation"]


def test_a_late_yes_beats_the_round_that_is_out(journey: Journey) -> None:
    alice, bob, carol, dave = (journey.waiting() for _ in range(4))
    slot = journey.asked()
    journey.wait(minutes=8)
    journey.says(alice, "YES")
    assert journey.winner(slot) == alice.patient_id
    for loser in (bob, carol, dave):
        assert journey.hears(loser) == ["offer", "taken"]


def test_a_late_no_is_thanked_and_changes_nothing(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.wait(minutes=8)
    journey.says(alice, "NO")
    assert (journey.offer_of(alice), journey.hears(alice)) == ("expired", ["offer", "reply"])


def test_the_winner_s_second_yes_is_answered_and_books_nothing_more(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "YES")
    journey.says(alice, "YES")
    assert journey.hears(alice) == ["offer", "confirmation", "reply"]
    assert Appointment.objects.count() == 1


def test_the_same_yes_delivered_again_changes_nothing(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    sid = posting.new_sid()
    for _ in range(3):
        journey.says(alice, "YES", sid=sid)
    assert journey.hears(alice) == ["offer", "confirmation"]
    assert journey.outcomes() == ["won"]


def test_yes_and_then_no_leaves_the_visit_and_calls_staff(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    journey.says(alice, "YES")
    journey.says(alice, "NO")
    assert journey.winner(slot) == alice.patient_id
    assert attention_of("NO") == Attention.AFTER_BOOKING
    assert journey.hears(alice) == ["offer", "confirmation", "reply"]


def test_two_yes_at_the_same_moment_make_one_winner_and_one_told(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    slot = journey.asked()
    for person in (alice, bob):
        posting.text(journey.client, sender=person.patient.phone, body="YES")
    journey.work()
    winner = journey.winner(slot)
    assert winner in (alice.patient_id, bob.patient_id)
    loser = bob if winner == alice.patient_id else alice
    assert journey.hears(loser)[:2] == ["offer", "taken"]
    assert journey.offer_of(loser) == "standby"


def test_a_loser_s_yes_after_the_news_makes_a_standby(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    journey.asked()
    journey.says(alice, "YES")
    journey.says(bob, "YES")
    assert (journey.offer_of(bob), journey.hears(bob)) == ("standby", ["offer", "taken", "reply"])


def test_a_text_from_nobody_we_know_is_answered_and_shown_to_staff(journey: Journey) -> None:
    stranger = fictional_phone(1_800)
    posting.text(journey.client, sender=stranger, body="YES")
    journey.work()
    assert attention_of("YES") == Attention.UNKNOWN_SENDER
    assert len(journey.twilio.bodies_to(stranger)) == 1


def test_a_yes_with_no_question_open_is_answered(journey: Journey) -> None:
    alice = journey.waiting()
    journey.says(alice, "YES")
    assert (journey.hears(alice), journey.outcomes()) == (["reply"], ["no_open_offer"])


def test_nothing_of_a_patient_is_in_the_logs(journey: Journey, caplog: Any) -> None:
    alice = journey.waiting()
    journey.asked()
    journey.says(alice, "zebra-marker in my own words")
    assert alice.patient.phone not in caplog.text
    assert "zebra-marker" not in caplog.text


def test_what_the_provider_reads_as_an_opt_out_ends_the_question_too(journey: Journey) -> None:
    # Given a keyword that the operator added at the provider, and that is no STOP to us
    alice = journey.waiting()
    journey.asked()
    form = posting.text_form(sender=alice.patient.phone, body="QUIET7") | {"OptOutType": "STOP"}
    posting.post(journey.client, posting.INBOUND, form)
    journey.work()
    # Then the question ends and nothing more is said: the provider has confirmed it itself
    assert (journey.offer_of(alice), journey.outcomes()) == ("withdrawn", ["stop"])
    assert journey.hears(alice) == ["offer"]


def test_rule_17_whoever_was_wrongly_reported_and_says_yes_too_late_stands_by(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    journey.asked()
    journey.fails(alice)
    journey.says(bob, "YES")
    journey.says(alice, "YES")
    assert (journey.offer_of(bob), journey.offer_of(alice)) == ("accepted", "standby")
    assert journey.hears(alice)[-1] == "reply"
