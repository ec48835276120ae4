"""The rules of receiving, 11 to 18, each told once from the text to what comes of it."""

import re
from functools import partial
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from messaging import fetching, holding, inbox, optout
from messaging.models import Attention, Message, ProviderEvent
from tests.messaging import posting
from tests.offers.journey import Journey
from tests.races.race import at_once
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS = Path(__file__).resolve().parents[2] / "templates" / "texts"
OPT_OUT_WORDS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
FREE_WORDING = ("please stop texting me", "take me off this list", "no mas mensajes")
WHOLE_YES = ("yes", "y", "yep", "yeah", "sure", "ok", "sí", "si", "👍", "✅", "yes please", "YES!!", "yess")
NO_YES = ("no yes", "yes but later", "yes if I can", "yes?", "yes 3", "yes my son", "not yes", "y not")
# Many words: how tasks run makes no difference to how they are read.
once = pytest.mark.parametrize("tasks_run", ["usual"], indirect=True)


def attention_of(words: str) -> str:
    return str(Message.objects.get(direction="inbound", body=words).attention)


class TestRule11AnEventCountsOnceAndInItsOrder:
    def test_a_sid_counts_once_however_often_it_comes(self, journey: Journey) -> None:
        alice = journey.waiting()
        journey.asked()
        sid = posting.new_sid()
        for words in ("YES", "NO", "STOP"):
            journey.says(alice, words, sid=sid)
        assert (journey.outcomes(), journey.hears(alice)) == (["won"], ["offer", "confirmation"])

    def test_a_webhook_is_answered_with_nothing_and_the_reply_is_a_row(self, journey: Journey) -> None:
        alice = journey.waiting()
        answer = posting.text(journey.client, sender=alice.patient.phone, body="HELP")
        assert answer.content.decode().endswith("<Response/>")
        journey.work()
        assert Message.objects.get(kind="help").in_reply_to == Message.objects.get(direction="inbound")

    def test_texts_of_a_phone_are_obeyed_in_their_order(self, journey: Journey) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        for words in ("NO", "YES", "maybe"):
            posting.text(journey.client, sender=alice.patient.phone, body=words)
        journey.work()
        assert journey.outcomes()[:2] == ["declined", "won"]
        assert journey.winner(slot) == alice.patient_id


class TestRule13NothingIsLostWithItsWebhook:
    def test_webhook_and_fetching_at_once_store_one_text(self, client: Client, twilio: StandIn) -> None:
        fetching.fetch_all(now=timezone.now())
        for attempt in range(10):
            lost = posting.lose(twilio, sender=f"+1202555010{attempt}", body="YES")
            later = lost.created_at + fetching.SETTLING * 2
            webhook = partial(posting.text, Client(), sender=lost.sender, body="YES", sid=lost.sid)
            at_once(webhook, partial(fetching.fetch_all, now=later), partial(fetching.fetch_all, now=later))
            assert ProviderEvent.objects.filter(sid=lost.sid).count() == 1
        inbox.sweep(now=timezone.now() + fetching.SETTLING * 3)
        assert Message.objects.count() == 10


class TestRule14WhoeverWantsNoTextsGetsNone:
    @once
    @pytest.mark.parametrize("words", OPT_OUT_WORDS + FREE_WORDING)
    def test_an_opt_out_beats_the_question_and_every_later_text(self, journey: Journey, words: str) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        journey.says(alice, words)
        journey.asked(hours=72)
        assert optout.is_suppressed(alice.patient.phone)
        assert (journey.winner(slot), journey.offer_of(alice)) == (None, "withdrawn")
        # The provider confirms its own single words; we confirm what only we understood.
        confirmed = ["optout_notice"] if words in FREE_WORDING else []
        assert journey.hears(alice) == ["offer", *confirmed]

    def test_no_text_of_ours_asks_for_one_of_these_words(self) -> None:
        asked = re.compile(r"(?:Reply|Conteste|reply|conteste|Text) (?:only )?([A-Z]{2,})")
        words = {word for path in TEXTS.glob("*/*.txt") for word in asked.findall(path.read_text())}
        assert words - {"YES", "NO", "SI", "STOP", "START"} == set()


class TestRule15ComingBackAndWrongNumbers:
    def test_a_yes_from_an_opted_out_number_claims_nothing(self, journey: Journey) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        journey.says(alice, "STOP")
        journey.says(alice, "YES")
        assert (journey.winner(slot), attention_of("YES")) == (None, Attention.YES_OPTED_OUT)
        assert journey.hears(alice) == ["offer"]

    def test_a_wrong_number_is_silent_for_that_patient(self, journey: Journey) -> None:
        alice = journey.waiting()
        journey.asked()
        journey.says(alice, "you have the wrong number")
        journey.asked(hours=72)
        assert journey.hears(alice) == ["offer", "reply"]


class TestRule16OnlyAWholeYesIsAYes:
    @once
    @pytest.mark.parametrize("words", WHOLE_YES)
    def test_a_whole_yes_books(self, journey: Journey, words: str) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        journey.says(alice, words)
        assert journey.winner(slot) == alice.patient_id

    @once
    @pytest.mark.parametrize("words", NO_YES)
    def test_anything_beside_it_is_asked_about_once_and_then_is_a_task(
        self, journey: Journey, words: str
    ) -> None:
        alice = journey.waiting()
        slot = journey.asked()
        journey.says(alice, words)
        journey.says(alice, f"{words}!")
        assert (journey.winner(slot), attention_of(f"{words}!")) == (None, Attention.UNCLEAR)
        assert journey.hears(alice) == ["offer", "clarification", "reply"]


class TestRule17NobodyWhoAnswersIsLeftInSilence:
    def test_everybody_who_answers_one_slot_hears_something(self, journey: Journey) -> None:
        # Given four who are asked in two rounds, the first two of whom let their time run out
        late, slow, winner, no = (journey.waiting() for _ in range(4))
        slot = journey.asked()
        journey.wait(minutes=8)
        # When everybody answers in turn, and the winner once more
        journey.says(slow, "what?")
        journey.says(no, "NO")
        journey.says(winner, "YES")
        journey.says(winner, "YES")
        journey.says(late, "YES")
        # Then each has a text for it
        assert journey.winner(slot) == winner.patient_id
        assert journey.hears(winner) == ["offer", "confirmation", "reply"]
        assert journey.hears(no) == ["offer", "reply"]
        assert journey.hears(slow) == ["offer", "reply", "taken"]
        assert journey.hears(late) == ["offer", "taken", "reply"]
        assert journey.offer_of(late) == "standby"


class TestRule18RepliesHaveALimit:
    def test_beyond_thirty_in_thirty_seconds_a_reply_waits_and_leaves(self, journey: Journey) -> None:
        alice = journey.waiting()
        for _ in range(holding.MOST_TO_A_PHONE + 5):
            posting.text(journey.client, sender=alice.patient.phone, body="HELP")
        for _ in range(holding.MOST_TO_A_PHONE + 5):
            journey.work()
        sent = len(journey.twilio.taken)
        journey.wait(seconds=31)
        assert (sent, len(journey.twilio.taken)) == (holding.MOST_TO_A_PHONE, holding.MOST_TO_A_PHONE + 5)
        # The same words by design, so the journey's own look at doubles has nothing to say.
        journey.twilio.taken.clear()
