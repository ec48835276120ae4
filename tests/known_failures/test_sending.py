"""Was: texts left inside the request, before the commit, so that a crash texted people twice."""

import pytest
from django.db import connection

from messaging import delivery
from messaging import tasks as messaging_tasks
from messaging.models import Message
from offers import opening, tasks
from offers.models import Offer
from tests.messaging import posting
from tests.offers.journey import Journey
from tests.twilio_standin import Taken

pytestmark = pytest.mark.django_db(transaction=True)
LOST = pytest.mark.parametrize("tasks_run", ["dropped"], indirect=True)


class Killed(BaseException):
    """The process is gone: nothing catches this, as nothing catches SIGKILL."""


@LOST
def test_logging_a_cancellation_makes_no_network_call(journey: Journey) -> None:
    journey.waiting()
    journey.clinic.grace_seconds = 0
    journey.clinic.save()
    journey.logged()
    tasks.sweep_slots.run()
    assert Offer.objects.filter(status="pending").count() == 1
    assert journey.twilio.posts == 0


@LOST
def test_deciding_a_yes_makes_no_network_call(journey: Journey) -> None:
    alice, _ = journey.waiting(), journey.waiting()
    slot = journey.asked()
    posts = journey.twilio.posts
    # Given a provider that takes nothing, and would be noticed if it were asked
    journey.twilio.always = "429"
    posting.text(journey.client, sender=alice.patient.phone, body="YES")
    read_and_answer()
    assert (journey.winner(slot), journey.twilio.posts) == (alice.patient_id, posts)


def read_and_answer() -> None:
    """What reads a text in and answers it, and nothing that sends."""
    messaging_tasks.sweep_inbox.run()
    tasks.sweep_answers.run()


def test_a_text_leaves_only_after_its_offer_is_committed(journey: Journey) -> None:
    seen: list[tuple[str, str]] = []

    def look(text: Taken) -> None:
        # The provider's thread has a connection of its own: it sees what is committed.
        message = Message.objects.get(to=text.to, kind="offer")
        seen.append((message.status, Offer.objects.get(phone=text.to).status))
        connection.close()

    journey.twilio.on_taken = look
    journey.waiting()
    journey.waiting()
    journey.asked()
    assert seen == [("sending", "pending")] * 2


@LOST
def test_a_batch_killed_in_the_middle_stores_both_offers_and_texts_nobody_twice(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(**kwargs: object) -> str:
        raise Killed

    # Given a process that is killed after the first of two texts has left
    alice, bob = journey.waiting(), journey.waiting()
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "settle", killed)
        with pytest.raises(Killed):
            journey.asked()
    assert (len(journey.twilio.taken), Offer.objects.count()) == (1, 2)
    # When others go on
    for _ in range(5):
        journey.wait(seconds=20)
    # Then the second is asked too, and the first is not asked again
    assert journey.hears(alice) == journey.hears(bob) == ["offer"]


def test_a_cancellation_logged_again_is_refused_and_texts_nobody_again(journey: Journey) -> None:
    alice = journey.waiting()
    slot = journey.asked()
    again = opening.NewSlot(
        clinic_id=slot.clinic_id,
        provider_id=slot.provider_id,
        visit_type_id=slot.visit_type_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )
    with pytest.raises(opening.BadSlot):
        opening.open_slot(slot=again, by="frontdesk", now=slot.created_at)
    journey.wait(seconds=31)
    assert journey.hears(alice) == ["offer"]
