"""Words older than the retention age are emptied here and at the provider; the row stays for counts."""

import datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from messaging import attending, failing, gateways, inbox, purging, redacting
from messaging.gateways import Gone, Redacted
from messaging.models import Kind, Message, ProviderEvent, Redaction, SimulatedText, Suppression
from messaging.purging import Tally
from messaging.states import MessageStatus
from tests.factories import MessageFactory, fictional_phone
from tests.messaging import posting, sending
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db
ALICE = fictional_phone(1)
AGE = datetime.timedelta(days=90)
STILL_AT_WORK = [
    MessageStatus.QUEUED,
    MessageStatus.SENDING,
    MessageStatus.UNKNOWN,
    MessageStatus.RECEIVED,
]


def purge() -> Tally:
    """What beat does once an hour."""
    return purging.purge_due(clock=timezone.now)


def redact() -> int:
    """What beat does every minute."""
    return redacting.sweep(clock=timezone.now)


@pytest.fixture
def sent(twilio: StandIn, clock: time_machine.Traveller) -> Message:
    """A text to Alice that left as long ago as texts are kept, and a second more."""
    message = sending.send(sending.queued(to=ALICE, body="An earlier time is free."))
    clock.shift(AGE + datetime.timedelta(seconds=1))
    return message


def test_rule_24_an_old_text_is_emptied_here_and_at_the_provider(sent: Message, twilio: StandIn) -> None:
    assert purge() == Tally(emptied=1, at_provider=1)
    assert redact() == 1
    sent.refresh_from_db()
    assert (sent.body, sent.purged_at, twilio.taken[0].body) == ("", timezone.now(), "")
    done = Redaction.objects.get()
    assert (done.message_id, done.result, done.due_at) == (sent.pk, "redacted", None)


def test_rule_24_the_skeleton_stays_for_counts(sent: Message) -> None:
    kept = (
        "uuid",
        "kind",
        "to",
        "status",
        "logical_key",
        "twilio_sid",
        "permission",
        "sent_at",
        "changed_at",
    )
    before = Message.objects.values(*kept).get()
    purge()
    assert Message.objects.values(*kept).get() == before


def test_rule_24_a_text_of_the_retention_age_is_not_older_than_it(sent: Message, clock: Any) -> None:
    clock.shift(datetime.timedelta(minutes=-1))
    assert purge() == Tally()


def test_rule_24_what_a_patient_wrote_goes_with_the_form_it_came_in(
    twilio: StandIn, clock: Any, client: Client
) -> None:
    form = posting.text_form(sender=ALICE, body="YES, my knee hurts") | {
        "FromCity": "MADISON",
        "MediaUrl0": "x",
    }
    posting.post(client, posting.INBOUND, form)
    inbox.sweep(now=timezone.now())
    Message.objects.update(status=MessageStatus.HANDLED, outcome="accepted")
    clock.shift(AGE * 2)
    assert purge() == Tally(emptied=1, at_provider=1)
    assert Message.objects.get().body == ""
    event = ProviderEvent.objects.get()
    gone = {"Body", "From", "To", "FromCity", "MediaUrl0"}
    assert event.payload == {name: said for name, said in form.items() if name not in gone}
    assert (event.sid, event.phone) == (form["MessageSid"], ALICE)


def test_rule_24_what_a_patient_wrote_is_emptied_at_the_provider(twilio: StandIn, clock: Any) -> None:
    text = posting.lose(twilio, sender=ALICE, body="YES")
    sending.sent(twilio_sid=text.sid, direction="inbound", status=MessageStatus.HANDLED, outcome="accepted")
    clock.shift(AGE * 2)
    purge()
    assert (redact(), text.body) == (1, "")


def test_rule_24_the_words_of_an_opt_out_stay_as_evidence(
    twilio: StandIn, clock: Any, client: Client
) -> None:
    posting.text(client, sender=ALICE, body="STOP")
    inbox.sweep(now=timezone.now())
    Message.objects.update(status=MessageStatus.HANDLED, outcome="opted_out")
    clock.shift(AGE * 2)
    purge()
    assert Suppression.objects.get().words == "STOP"


@pytest.mark.parametrize("status", STILL_AT_WORK)
def test_rule_24_a_text_that_somebody_still_works_on_is_kept(status: str, clock: Any) -> None:
    lease = "6f1f6a9e-0a3e-4d58-9b1b-2f6a4c1f7a10" if status == MessageStatus.SENDING else None
    message = sending.queued(status=status, lease_token=lease)
    clock.shift(AGE * 2)
    assert purge() == Tally(kept=1)
    message.refresh_from_db()
    assert (message.body, message.purged_at) == ("Thank you.", None)


def test_every_status_is_either_finished_or_still_at_work() -> None:
    assert set(MessageStatus) - purging.FINISHED == set(STILL_AT_WORK)


def test_what_is_kept_does_not_hold_up_what_comes_after(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    for status in [MessageStatus.UNKNOWN] * 3 + [MessageStatus.SKIPPED] * 3:
        sending.queued(status=status)
    clock.shift(AGE * 2)
    assert purge() == Tally(emptied=3, kept=3)
    assert purge() == Tally(kept=3)


def test_a_text_that_never_left_owes_the_provider_nothing(clock: Any) -> None:
    sending.queued(status=MessageStatus.SKIPPED)
    clock.shift(AGE * 2)
    assert purge() == Tally(emptied=1)
    assert not Redaction.objects.exists()


def test_a_batch_that_raises_is_logged_and_found_again(
    sent: Message, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(purging, "_empty_forms", lambda sids: 1 / 0)
        assert purge() == Tally(kept=1)
    assert "purging failed" in caplog.text
    assert not Redaction.objects.exists()
    assert purge() == Tally(emptied=1, at_provider=1)


def test_a_worker_that_dies_in_a_batch_has_lost_nothing(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """Nothing catches it."""

    def die(sids: list[str]) -> None:
        raise Killed

    messages = [sending.sent() for _ in range(2)]
    clock.shift(AGE * 2)
    with monkeypatch.context() as dying:
        dying.setattr(purging, "_empty_forms", die)
        with pytest.raises(Killed):
            purge()
    assert not Message.objects.filter(body="").exists()
    assert purge() == Tally(emptied=2, at_provider=2)
    assert Redaction.objects.filter(message__in=messages, due_at__lte=timezone.now()).count() == 2


def test_a_run_stops_when_its_time_is_over(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "AT_ONCE", 1)
    for _ in range(3):
        sending.queued(status=MessageStatus.SKIPPED)
    clock.shift(AGE * 2)
    assert purging.purge_due(clock=timezone.now, for_at_most=datetime.timedelta(0)) == Tally(emptied=1)


def test_with_retention_off_nothing_is_emptied(sent: Message, settings: Any) -> None:
    settings.MESSAGE_RETENTION = None
    assert purge() == Tally()


def test_a_second_purge_does_nothing(sent: Message, twilio: StandIn) -> None:
    purge()
    redact()
    posts = twilio.posts
    assert (purge(), redact(), twilio.posts) == (Tally(), 0, posts)


def test_the_database_refuses_words_in_a_text_that_is_emptied(sent: Message) -> None:
    purge()
    with pytest.raises(IntegrityError, match="message_purged_has_no_body"), transaction.atomic():
        Message.objects.update(body="back again")


def test_a_text_without_words_is_not_sent_once_more(sent: Message) -> None:
    Message.objects.update(kind=Kind.REMINDER)
    purge()
    sent.refresh_from_db()
    failing.failed(message=sent, code="30003", now=timezone.now())
    assert Message.objects.count() == 1


def test_the_simulated_phones_forget_as_well(settings: Any) -> None:
    text = SimulatedText.objects.create(
        sid=posting.new_sid(), to=ALICE, from_number="", body="An earlier time", created_at=timezone.now()
    )
    settings.USE_MOCK_TWILIO = True
    assert gateways.current().redact(sid=text.sid) == Redacted()
    assert gateways.current().redact(sid="SM0") == Gone()
    text.refresh_from_db()
    assert text.body == ""


def test_rule_24_an_answer_that_a_person_has_yet_to_read_keeps_its_words_until_then(clock: Any) -> None:
    waits = MessageFactory(
        direction="inbound", status="handled", attention="unclear", body="Is it upstairs?", twilio_sid="SM1"
    )
    clock.shift(AGE + datetime.timedelta(days=1))
    assert purge() == Tally(kept=1)
    assert purging.count(older_than=AGE, now=timezone.now()) == Tally(kept=1)
    attending.finish(message_id=waits.pk, by="frontdesk", now=timezone.now())
    assert purge() == Tally(emptied=1, at_provider=1)


def test_rule_9_words_that_a_carrier_filtered_are_known_again_when_they_are_emptied(
    twilio: StandIn, clock: Any
) -> None:
    filtered = MessageFactory(to=ALICE, body="Win a prize, ¡ya!", status="undelivered", error_code="30007")
    clock.shift(AGE + datetime.timedelta(days=1))
    assert purge().emptied == 1
    filtered.refresh_from_db()
    assert (filtered.body, len(filtered.words_sha256)) == ("", 64)
    assert sending.send(sending.queued(to=ALICE, body="Win a prize, ¡ya!")).skip_reason == "barred_words"
    assert sending.send(sending.queued(to=ALICE, body="Your visit is booked")).status == MessageStatus.SENT


def test_rule_24_an_answer_that_becomes_a_task_while_it_is_emptied_keeps_its_words(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = MessageFactory(direction="inbound", status="handled", body="Is it upstairs?", twilio_sid="SM1")
    clock.shift(AGE + datetime.timedelta(days=1))

    def meanwhile(messages: Any, now: datetime.datetime) -> set[int]:
        Message.objects.filter(pk=said.pk).update(attention="unclear")
        return set()

    monkeypatch.setattr(purging, "_needs", [meanwhile])
    assert purge() == Tally(kept=1)
    said.refresh_from_db()
    assert said.body == "Is it upstairs?"
