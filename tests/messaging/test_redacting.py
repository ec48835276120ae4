"""A text that could not be emptied at the provider is tried again, whatever went wrong."""

import datetime
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from messaging import redacting
from messaging.models import Message, Redaction
from messaging.states import MessageStatus
from tests.messaging import sending
from tests.twilio_standin import StandIn

pytestmark = pytest.mark.django_db
A_DAY = datetime.timedelta(days=1, hours=5)


def sweep() -> int:
    return redacting.sweep(clock=timezone.now)


def owed(twilio: StandIn) -> Redaction:
    """A text that the provider has taken, emptied here and not yet there."""
    message = sending.send(sending.queued())
    Message.objects.filter(pk=message.pk).update(body="", purged_at=timezone.now())
    now = timezone.now()
    return Redaction.objects.create(message=message, created_at=now, due_at=now)


@pytest.fixture
def redaction(twilio: StandIn, clock: time_machine.Traveller) -> Redaction:
    return owed(twilio)


@pytest.mark.parametrize(
    "fault", ["429", "500_before", "reset", "400:20009", "500_after", "drop", "not_json", "kept"]
)
def test_rule_24_what_the_provider_did_not_confirm_is_tried_again_later(
    fault: str, redaction: Redaction, twilio: StandIn, clock: Any
) -> None:
    twilio.faults = [fault]
    assert sweep() == 0
    redaction.refresh_from_db()
    assert (redaction.result, redaction.attempt) == ("", 1)
    assert sweep() == 0  # not due yet
    clock.move_to(redaction.due_at)
    assert sweep() == 1
    redaction.refresh_from_db()
    assert (redaction.result, redaction.due_at, redaction.done_at) == ("redacted", None, timezone.now())
    assert twilio.taken[0].body == ""


def test_a_text_that_the_provider_has_no_longer_is_done_with(redaction: Redaction, twilio: StandIn) -> None:
    twilio.faults = ["404"]
    assert sweep() == 1
    redaction.refresh_from_db()
    assert (redaction.result, redaction.due_at) == ("gone", None)


def test_waits_double_up_to_a_day(redaction: Redaction, twilio: StandIn, clock: Any) -> None:
    twilio.always = "500_before"
    waits = []
    for _ in range(14):
        sweep()
        redaction.refresh_from_db()
        due_at = redaction.due_at or timezone.now()
        waits.append(due_at - timezone.now())
        clock.move_to(due_at)
    minutes = [min(2**n, 1440) for n in range(14)]
    lowest = [datetime.timedelta(minutes=each) for each in minutes]
    assert all(low <= wait <= low * 1.2 for low, wait in zip(lowest, waits, strict=True))


@pytest.mark.parametrize("fault", ["429", "401"])
def test_a_provider_that_takes_none_just_now_is_left_in_peace(
    fault: str, twilio: StandIn, clock: Any
) -> None:
    rows = [owed(twilio) for _ in range(3)]
    twilio.posts, twilio.faults = 0, [fault]
    assert (sweep(), twilio.posts) == (0, 1)
    assert sorted(Redaction.objects.values_list("attempt", flat=True).order_by("pk")) == [0, 0, 1]
    assert sweep() == len(rows) - 1


def test_one_that_is_refused_does_not_hold_up_the_others(twilio: StandIn, clock: Any) -> None:
    rows = [owed(twilio) for _ in range(3)]
    twilio.faults = ["400:20009"]
    assert sweep() == len(rows) - 1
    clock.shift(A_DAY)
    assert sweep() == 1


def test_a_worker_that_dies_in_the_call_leaves_a_row_that_is_due_again(
    redaction: Redaction, twilio: StandIn, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Nothing catches it."""

    def die(*args: Any) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(redacting, "_settle", die)
        with pytest.raises(Killed):
            sweep()
    clock.shift(A_DAY)
    assert sweep() == 1


def test_a_row_that_raises_steps_aside(
    twilio: StandIn, clock: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    rows = [owed(twilio) for _ in range(2)]
    with monkeypatch.context() as broken:
        broken.setattr(redacting, "_claim", lambda redaction_id, now: 1 / 0)
        assert sweep() == 0
    assert caplog.text.count("redacting failed") == len(rows)
    clock.shift(redacting.FIRST_RETRY)
    assert sweep() == len(rows)


def test_of_two_that_look_at_once_one_calls(redaction: Redaction, twilio: StandIn) -> None:
    now = timezone.now()
    assert redacting._claim(redaction.pk, now) is not None
    assert redacting._claim(redaction.pk, now) is None


def test_a_run_stops_when_its_time_is_over(redaction: Redaction) -> None:
    assert redacting.sweep(clock=timezone.now, for_at_most=datetime.timedelta(0)) == 0


def test_logs_name_neither_phone_nor_text(redaction: Redaction, twilio: StandIn, caplog: Any) -> None:
    twilio.faults = ["400:20009"]
    sweep()
    [record] = [record for record in caplog.records if record.message == "not redacted yet"]
    assert (record.redaction_id, record.reason) == (redaction.pk, "20009")
    assert twilio.taken[0].to not in str(record.__dict__)


def test_the_database_refuses_an_open_redaction_without_a_due_time(redaction: Redaction) -> None:
    with pytest.raises(IntegrityError, match="redaction_open_has_due_time"), transaction.atomic():
        Redaction.objects.update(due_at=None)


def test_a_redaction_changes_no_status(redaction: Redaction) -> None:
    sweep()
    assert Message.objects.get().status == MessageStatus.SENT
