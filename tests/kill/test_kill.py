"""A worker is killed at every step of the way: nothing is lost, nobody is texted twice, every slot ends."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.app.task import Task
from django.test import Client
from django.utils import timezone

from messaging.models import Direction, Kind, Message, ProviderEvent
from messaging.states import MessageStatus
from offers import opening
from offers.models import Cancellation
from offers.states import RUNNING
from ops import invariants
from tests.factories import ClinicFactory, ProviderFactory, VisitTypeFactory, WaitlistEntryFactory
from tests.house.commands import database_url
from tests.kill.worker import STEPS, STEPS_OF_A_PLACE
from tests.messaging import posting
from tests.settings import SECRET
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, StandIn
from waitlist.models import WaitlistEntry

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60
# It says nothing against a number or a sender.
REFUSED_CODE = "30003"
OWED = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN, MessageStatus.RECEIVED)


@pytest.fixture
def twilio(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    settings.TWILIO_ACCOUNT_SID = ACCOUNT_SID
    settings.TWILIO_AUTH_TOKENS = [AUTH_TOKEN]
    monkeypatch.setattr(Task, "apply_async", lambda *args, **kwargs: None)
    with StandIn() as standin:
        yield standin


def environment(twilio: StandIn) -> dict[str, str]:
    """The worker's: the database of this test, and the provider of this test."""
    return {
        **os.environ,
        "ENV_FILE": "none",
        "SECRET_KEY": SECRET,
        "DATABASE_URL": database_url(),
        "USE_MOCK_TWILIO": "false",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_PHONE_NUMBER": posting.CLINIC_NUMBER,
        "TWILIO_API_BASE_URL": twilio.url,
    }


@pytest.fixture
def three_waiting() -> list[WaitlistEntry]:
    """Three of a clinic that asks two at a time, for a second and a half each."""
    clinic = ClinicFactory(batch_size=2, hold_minutes="0.025", grace_seconds=0, cool_down_minutes=0)
    visit_type = VisitTypeFactory()
    return [
        WaitlistEntryFactory(clinic=clinic, visit_type=visit_type, manual_boost=boost)
        for boost in (30, 20, 10)
    ]


def open_slot(entry: WaitlistEntry) -> Cancellation:
    provider = ProviderFactory(clinics=[entry.clinic])
    starts_at = timezone.now() + timedelta(days=2)
    slot = opening.NewSlot(
        clinic_id=entry.clinic_id,
        provider_id=provider.pk,
        visit_type_id=entry.visit_type_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )
    return opening.open_slot(slot=slot, by="frontdesk", now=timezone.now())


def is_quiet(slot: Cancellation) -> bool:
    slot.refresh_from_db()
    if slot.status in RUNNING or ProviderEvent.objects.filter(handled_at=None).exists():
        return False
    return not Message.objects.filter(status__in=OWED).exists()


def carry_on(worker: subprocess.Popen[bytes], slot: Cancellation, last: WaitlistEntry, out: StandIn) -> bool:
    """Let the worker work; the third patient says yes as soon as she is asked. Whether it came to rest."""
    until, has_answered = time.monotonic() + PATIENCE_SECONDS, False
    while time.monotonic() < until and worker.poll() is None:
        if not has_answered and out.bodies_to(last.patient.phone):
            posting.text(Client(), sender=last.patient.phone, body="YES")
            has_answered = True
        elif is_quiet(slot) and has_answered == bool(out.bodies_to(last.patient.phone)):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_loses_nothing_and_texts_nobody_twice(
    step: str, twilio: StandIn, three_waiting: list[WaitlistEntry], tmp_path: Path
) -> None:
    is_survived(step, twilio, three_waiting, tmp_path)


@pytest.mark.parametrize("step", STEPS_OF_A_PLACE)
def test_rule_9_a_worker_killed_leaves_no_place_empty(
    step: str, twilio: StandIn, three_waiting: list[WaitlistEntry], tmp_path: Path
) -> None:
    twilio.faults = [f"400:{REFUSED_CODE}"]
    is_survived(step, twilio, three_waiting, tmp_path)
    assert twilio.bodies_to(three_waiting[-1].patient.phone)


def is_survived(step: str, twilio: StandIn, three_waiting: list[WaitlistEntry], tmp_path: Path) -> None:
    """Kill the worker at this step, let another carry on, and see what everybody knows in the end."""
    flag, slot = tmp_path / "killed", open_slot(three_waiting[0])
    command = [sys.executable, "-m", "tests.kill.worker", step, str(flag)]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment(twilio), start_new_session=True)
    try:
        came_to_rest = carry_on(worker, slot, three_waiting[-1], twilio)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert flag.exists(), "the worker never came to this step"
    assert came_to_rest
    assert dict(invariants.violations(now=timezone.now())) == {}
    assert_every_text_left_once_or_is_known_not_to_have(twilio)
    assert_everybody_knows(slot, three_waiting, twilio)


def assert_every_text_left_once_or_is_known_not_to_have(twilio: StandIn) -> None:
    outbound = Message.objects.filter(direction=Direction.OUTBOUND)
    sent = outbound.filter(status=MessageStatus.SENT).values_list("twilio_sid", flat=True)
    assert sorted(text.sid for text in twilio.taken) == sorted(map(str, sent))
    assert max(Counter((text.to, text.body) for text in twilio.taken).values()) == 1
    rest = outbound.exclude(status=MessageStatus.SENT).exclude(error_code=REFUSED_CODE)
    ends = rest.values_list("status", "skip_reason")
    # Who was never asked is not told that the time is taken.
    assert set(ends) <= {(MessageStatus.NOT_SENT, ""), (MessageStatus.SKIPPED, "never_asked")}


def assert_everybody_knows(slot: Cancellation, people: list[WaitlistEntry], twilio: StandIn) -> None:
    """Where the third was reached she has the slot, and whoever was asked before her was told so."""
    last = people[-1].patient.phone
    if not twilio.bodies_to(last):
        assert slot.unfilled_reason == "nobody_left"
        return
    assert slot.status == "filled"
    sids = [text.sid for text in twilio.taken]
    kinds = {message.twilio_sid: message.kind for message in Message.objects.filter(twilio_sid__in=sids)}
    heard = {
        entry.patient.phone: [kinds[text.sid] for text in twilio.taken if text.to == entry.patient.phone]
        for entry in people
    }
    assert heard.pop(last) == [Kind.OFFER, Kind.CONFIRMATION]
    assert all(texts[-1] == Kind.TAKEN for texts in heard.values() if texts)
