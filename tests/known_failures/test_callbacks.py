"""Was: 500 for the status of every known text, and offers that never arrived kept their hold."""

import pytest
from django.utils import timezone

from messaging.models import Message
from tests.messaging import posting
from tests.offers.journey import Journey
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = ("accepted", "queued", "sending", "sent", "delivered", "undelivered", "failed", "read", "unheard-of")


def reported(journey: Journey, entry: WaitlistEntry, word: str) -> int:
    """The provider reports about the offer of this patient; the answer's HTTP status."""
    text = Message.objects.get(to=entry.patient.phone, kind="offer")
    answer = posting.report(journey.client, sid=str(text.twilio_sid), word=word, ours=text.uuid)
    journey.work()
    return int(answer.status_code)


@pytest.mark.parametrize("word", WORDS)
def test_the_status_of_a_known_text_is_taken(journey: Journey, word: str) -> None:
    alice = journey.waiting()
    journey.asked()
    assert reported(journey, alice, word) == 200


@pytest.mark.parametrize("tasks_run", ["usual", "dropped", "doubled"], indirect=True)
def test_an_offer_that_did_not_arrive_gives_its_place_to_the_next_early(journey: Journey) -> None:
    alice, bob, carol = (journey.waiting() for _ in range(3))
    slot = journey.asked()
    held = alice.offers.get().hold_expires_at
    for nobody in (alice, bob):
        reported(journey, nobody, "undelivered")
    journey.wait(seconds=60)
    assert held is not None
    assert timezone.now() < held
    assert journey.hears(carol) == ["offer"]
    journey.says(carol, "YES")
    assert journey.winner(slot) == carol.patient_id


def test_an_old_status_never_overwrites_a_newer_one(journey: Journey) -> None:
    alice = journey.waiting()
    journey.asked()
    for word in ("delivered", "sent", "queued", "undelivered"):
        reported(journey, alice, word)
    assert Message.objects.get(kind="offer").status == "delivered"
    assert journey.offer_of(alice) == "pending"
