"""Rules 7, 9 and 10: rates, stopped senders and pauses hold texts back, and no row is lost by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import AuditEvent
from core.transitions import StaleState
from messaging import delivery, gate, pausing, stopping
from messaging.models import Alarm, Kind, Message, Pause, Sender
from messaging.states import MessageStatus
from tests.messaging.posting import CLINIC_NUMBER
from tests.messaging.sending import queued, send, sweep
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db

OFFERS_OWN = "+15005550009"
SERVICE = "MG" + "0" * 32


@pytest.fixture(autouse=True)
def _offers_without_a_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(gate._gates, Kind.OFFER, lambda message, now: gate.Go("An earlier time."))


@pytest.fixture
def one_a_second(settings: Any) -> None:
    settings.TWILIO_TEXTS_PER_SECOND = 1


def offer(**fields: Any) -> Message:
    return queued(**{"kind": Kind.OFFER, "priority": 1, "related": {"offer": 0, "clinic": 1}, **fields})


def left() -> int:
    return Message.objects.filter(status=MessageStatus.SENT).count()


def pause(clinic_id: int | None = None) -> Pause:
    return pausing.pause(clinic_id=clinic_id, reason="Wrong times", by="frontdesk", now=timezone.now())


class TestSenders:
    def test_rule_7_offers_leave_by_their_own_sender(self, twilio: StandIn, settings: Any) -> None:
        settings.TWILIO_OFFER_SENDER = OFFERS_OWN
        assert send(offer()).from_number == OFFERS_OWN
        assert send(queued()).from_number == CLINIC_NUMBER
        assert [text.sender for text in twilio.taken] == [OFFERS_OWN, CLINIC_NUMBER]

    def test_rule_7_a_messaging_service_may_be_the_offers_own(self, twilio: StandIn, settings: Any) -> None:
        settings.TWILIO_OFFER_SENDER = SERVICE
        send(offer())
        assert (twilio.taken[0].service, twilio.taken[0].sender) == (SERVICE, "")

    def test_rule_7_without_one_offers_share_the_sender(self, twilio: StandIn) -> None:
        assert send(offer()).from_number == CLINIC_NUMBER


@pytest.mark.usefixtures("one_a_second")
class TestRate:
    """A bucket of two: what a sender of one text a second owes between two sweeps."""

    def test_rule_7_a_text_without_a_token_waits_as_a_row_with_its_time(
        self, twilio: StandIn, clock: time_machine.Traveller
    ) -> None:
        first, second, third = (send(queued()) for _ in range(3))
        assert (first.status, second.status, third.status) == ("sent", "sent", "queued")
        assert third.next_attempt_at == timezone.now() + timedelta(seconds=1)
        assert (third.attempt, third.lease_token) == (0, None)

    def test_rule_7_no_text_is_lost_and_the_rate_is_kept(
        self, twilio: StandIn, clock: time_machine.Traveller
    ) -> None:
        for _ in range(7):
            queued()
        seen = []
        for _ in range(4):
            sweep()
            seen.append(left())
            clock.shift(timedelta(seconds=2))
        assert seen == [2, 4, 6, 7]

    def test_rule_7_an_offer_goes_before_reminders_that_have_waited(
        self, twilio: StandIn, clock: time_machine.Traveller
    ) -> None:
        reminders = [queued(kind=Kind.REMINDER) for _ in range(5)]
        sweep()
        late = offer()
        clock.shift(timedelta(seconds=1))
        # When a reminder's own task is faster than the offer's
        assert send(reminders[4]).status == MessageStatus.QUEUED
        assert send(late).status == MessageStatus.SENT

    def test_rule_7_an_offer_with_its_own_sender_waits_for_no_reminder(
        self, twilio: StandIn, clock: time_machine.Traveller, settings: Any
    ) -> None:
        settings.TWILIO_OFFER_SENDER = OFFERS_OWN
        for _ in range(5):
            send(queued(kind=Kind.REMINDER))
        assert send(offer()).status == MessageStatus.SENT

    def test_rule_7_reminders_do_not_wait_for_an_offer_of_another_sender(
        self, twilio: StandIn, clock: time_machine.Traveller, settings: Any
    ) -> None:
        settings.TWILIO_OFFER_SENDER = OFFERS_OWN
        offer()
        assert send(queued(kind=Kind.REMINDER)).status == MessageStatus.SENT

    def test_rule_7_an_offer_that_a_pause_holds_holds_nobody_else(
        self, twilio: StandIn, clock: time_machine.Traveller
    ) -> None:
        offer(related={"offer": 0, "clinic": 7})
        pause(clinic_id=7)
        assert send(queued(related={"clinic": 8})).status == MessageStatus.SENT

    def test_rule_7_whoever_finds_no_token_undoes_what_its_gate_did(
        self, twilio: StandIn, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def starts_a_hold(message: Message, now: Any) -> gate.Go:
            queued(logical_key=f"made by the gate of {message.pk}")
            return gate.Go("An earlier time.")

        monkeypatch.setitem(gate._gates, Kind.OFFER, starts_a_hold)
        offers = [send(offer()) for _ in range(3)]
        assert [row.status for row in offers] == ["sent", "sent", "queued"]
        assert not Message.objects.filter(logical_key=f"made by the gate of {offers[2].pk}").exists()


class TestBreaker:
    @pytest.fixture
    def stopped(self, twilio: StandIn, clock: time_machine.Traveller) -> Sender:
        twilio.faults = ["400:20003"]
        send(offer())
        return Sender.objects.get()

    def test_rule_9_nothing_leaves_by_a_stopped_sender(self, twilio: StandIn, stopped: Sender) -> None:
        waiting = queued()
        assert (send(waiting).status, sweep(), twilio.posts) == (MessageStatus.QUEUED, 0, 1)

    def test_rule_9_an_alarm_says_so_once(self, twilio: StandIn, stopped: Sender) -> None:
        stopping.stop(name=stopped.name, code="30034", now=timezone.now())
        alarm = Alarm.objects.get()
        assert (alarm.subject, alarm.code, alarm.cleared_at) == (stopped.name, "20003", None)
        assert AuditEvent.objects.filter(verb="sender.stopped").count() == 1

    def test_rule_9_staff_see_whom_to_call_instead(self, twilio: StandIn, stopped: Sender) -> None:
        queued(kind=Kind.CLARIFICATION)
        confirmation = queued(kind=Kind.CONFIRMATION, priority=2)
        first = Message.objects.get(kind=Kind.OFFER)
        assert list(stopping.call_list()) == [first, confirmation]

    def test_rule_9_another_sender_goes_on(self, twilio: StandIn, stopped: Sender, settings: Any) -> None:
        settings.TWILIO_OFFER_SENDER = OFFERS_OWN
        assert send(offer()).status == MessageStatus.SENT
        assert set(stopping.call_list().values_list("kind", flat=True)) == set()

    def test_rule_9_staff_restart_it_and_what_waited_leaves(
        self, twilio: StandIn, stopped: Sender, clock: time_machine.Traveller
    ) -> None:
        stopping.restart(sender_id=stopped.pk, by="manager", now=timezone.now())
        clock.shift(timedelta(minutes=2))
        assert (sweep(), left(), list(stopping.call_list())) == (1, 1, [])
        assert Alarm.objects.get().cleared_by == "manager"
        assert AuditEvent.objects.get(verb="sender.restarted").actor == "manager"

    def test_rule_9_a_sender_that_runs_is_not_restarted(self, twilio: StandIn, stopped: Sender) -> None:
        stopping.restart(sender_id=stopped.pk, by="manager", now=timezone.now())
        with pytest.raises(StaleState):
            stopping.restart(sender_id=stopped.pk, by="manager", now=timezone.now())


class TestPause:
    def test_rule_10_a_pause_of_a_clinic_stops_its_claims_and_not_the_rows(self, twilio: StandIn) -> None:
        ours, theirs, nobodys = (queued(related=about) for about in ({"clinic": 7}, {"clinic": 8}, {}))
        due_at = ours.next_attempt_at
        pause(clinic_id=7)
        assert sweep() == 2
        assert [send(row).status for row in (ours, theirs, nobodys)] == ["queued", "sent", "sent"]
        assert (ours.next_attempt_at, ours.attempt) == (due_at, 0)

    def test_rule_10_a_pause_of_all_clinics_stops_every_claim(self, twilio: StandIn) -> None:
        rows = [queued(related={"clinic": 7}), queued(related={}), offer()]
        pause()
        assert (sweep(), {send(row).status for row in rows}, twilio.posts) == (0, {"queued"}, 0)

    def test_rule_10_many_held_texts_do_not_hide_the_others(
        self, twilio: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("messaging.sweeping.AT_ONCE", 2)
        for _ in range(5):
            offer(related={"offer": 0, "clinic": 7})
        pause(clinic_id=7)
        free = queued(related={"clinic": 8})
        assert (sweep(), send(free).status) == (1, MessageStatus.SENT)

    def test_rule_10_what_waited_leaves_after_the_pause(self, twilio: StandIn) -> None:
        queued(related={"clinic": 7})
        over = pause(clinic_id=7)
        pausing.resume(pause_id=over.pk, by="manager", now=timezone.now())
        assert sweep() == 1
        verbs = AuditEvent.objects.order_by("pk").values_list("verb", "actor")
        assert list(verbs) == [("texting.paused", "frontdesk"), ("texting.resumed", "manager")]

    @pytest.mark.parametrize("clinic_id", [7, None])
    def test_rule_10_the_same_texts_are_not_paused_twice(self, clinic_id: int | None) -> None:
        pause(clinic_id=clinic_id)
        with pytest.raises(StaleState):
            pause(clinic_id=clinic_id)
        assert AuditEvent.objects.count() == 1

    def test_rule_10_a_pause_that_is_over_is_not_ended_again(self) -> None:
        over = pause()
        pausing.resume(pause_id=over.pk, by="manager", now=timezone.now())
        with pytest.raises(StaleState):
            pausing.resume(pause_id=over.pk, by="manager", now=timezone.now())

    def test_rule_10_a_text_that_was_claimed_before_is_on_its_way(self, twilio: StandIn) -> None:
        claimed, outgoing = delivery.claim(message_id=queued().pk, now=timezone.now())
        pause()
        assert claimed is not None
        assert outgoing is not None
        ended = delivery.settle(message=claimed, answer=delivery.call(outgoing), now=timezone.now())
        assert ended == MessageStatus.SENT


@pytest.mark.parametrize("rate", [0, 1])
def test_the_look_at_what_holds_texts_costs_one_statement(twilio: StandIn, settings: Any, rate: int) -> None:
    settings.TWILIO_TEXTS_PER_SECOND = rate
    message = queued()
    with CaptureQueriesContext(connection) as queries:
        delivery.claim(message_id=message.pk, now=timezone.now())
    looks = [query["sql"] for query in queries if "messaging_pause" in query["sql"]]
    others = [query["sql"] for query in queries if "messaging_sender" in query["sql"]]
    assert len(looks) == 1
    assert others == looks
