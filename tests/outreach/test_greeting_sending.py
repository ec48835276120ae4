"""A greeting leaves only while it may, and only what arrived counts as greeted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from clinic import consenting
from clinic.models import Patient
from messaging import failing, optout, reconciling, sweeping
from messaging.models import Message, UnusableNumber
from ops import invariants
from outreach import greeting_settling, greeting_switching
from outreach.greeting_models import Greeting
from tests.factories import MessageFactory, ProviderFactory
from tests.offers.reaching import agrees
from tests.outreach.greeting_people import born, dispatch, doctor, states, texts, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def owed(**fields: Any) -> Patient:
    """A patient whose greeting waits in the outbox."""
    patient = born(3, 2, **fields)
    dispatch()
    return patient


def change(**fields: Any) -> Any:
    return lambda patient: Patient.objects.filter(pk=patient.pk).update(**fields)


def opt_out(patient: Patient) -> None:
    optout.suppress(phone=patient.phone, words="STOP", source="text", now=timezone.now())


def take_back(patient: Patient) -> None:
    word = consenting.Word(channel="greeting", given=False, source="staff", words="No more.")
    consenting.record(patient_id=patient.pk, word=word, by="desk", now=timezone.now())


def switch_off(patient: Patient) -> None:
    provider: Any = patient.primary_provider
    greeting_switching.switch_off(provider_id=provider.pk, by="boss", now=timezone.now())


def change_doctor(patient: Patient) -> None:
    Patient.objects.filter(pk=patient.pk).update(primary_provider=ProviderFactory.create())


def unusable(patient: Patient) -> None:
    UnusableNumber.objects.create(phone=patient.phone, code="21614", since=timezone.now())


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (switch_off, "switched_off"),
        (opt_out, "opted_out"),
        (take_back, "no_consent"),
        (unusable, "unusable_number"),
        (change_doctor, "doctor_changed"),
        (change(status="deceased"), "deceased"),
        (change(under_guardian=True), "guardian"),
        (change(birthday_greetings=False), "patient_off"),
        (change(date_of_birth=date(1980, 3, 3)), "birthday_changed"),
        (change(phone="+12125550177"), "no_consent"),
    ],
)
def test_what_changes_before_the_text_leaves_stops_it(happens: Any, why: str) -> None:
    patient = owed()
    happens(patient)
    work()
    assert [text.status for text in texts()] == ["skipped"]
    assert states(patient) == [f"skipped: {why}"]


def test_held_until_the_evening_it_goes_in_the_morning_and_after_its_days_never(
    clock: time_machine.Traveller,
) -> None:
    patient = owed()
    clock.move_to(datetime(2026, 3, 3, 2, 5, tzinfo=UTC))
    sweeping.sweep_outbox(clock=timezone.now)
    assert texts()[0].next_attempt_at == datetime(2026, 3, 3, 15, tzinfo=UTC)
    clock.move_to(datetime(2026, 3, 5, 6, tzinfo=UTC))
    work()
    assert states(patient) == ["skipped: missed"]


def fails(text: Message, status: str, code: str) -> None:
    """The provider says so."""
    Message.objects.filter(pk=text.pk).update(status=status, error_code=code)
    text.refresh_from_db()
    failing.failed(message=text, code=code, now=timezone.now())


def test_what_was_not_delivered_is_seen_and_does_not_count_as_greeted() -> None:
    patient = owed()
    work()
    assert states(patient) == ["sent"]
    fails(texts()[0], "undelivered", "30005")
    assert states(patient) == ["failed: not_delivered"]
    row = Greeting.objects.get()
    assert (row.error_code, row.sent_at) == ("30005", None)
    work()
    assert len(texts()) == 1
    assert dict(invariants.violations(now=timezone.now())) == {}


def test_it_arrived_after_all() -> None:
    patient = owed()
    work()
    fails(texts()[0], "undelivered", "30005")
    Message.objects.update(status="delivered")
    greeting_settling.sweep(now=timezone.now())
    assert states(patient) == ["sent"]


def test_what_never_arrives_on_the_phone_goes_by_mail_in_words_of_its_own() -> None:
    patient = agrees(owed(email="alice@example.org"), "email")
    sweeping.sweep_outbox(clock=timezone.now)
    fails(texts()[0], "failed", "30006")
    assert states(patient) == ["scheduled"]
    work()
    first, second = texts()
    assert (second.logical_key, second.subject) == (f"{first.logical_key}#email", "Lakeside: a greeting")
    assert "STOP" not in second.body
    assert states(patient) == ["sent"]
    assert Greeting.objects.get().channel == "email"


def test_the_patients_own_wish_comes_first_and_nobody_is_rung_up() -> None:
    agrees(born(3, 2, preferred_channel="email", email="alice@example.org"), "email")
    agrees(born(3, 2, preferred_channel="voice"), "voice")
    dispatch()
    assert sorted(text.channel for text in texts()) == ["email", "sms"]


def test_lost_without_a_trace_it_goes_once_more_and_then_has_failed() -> None:
    patient = owed()
    for number in (0, 1):
        text = texts()[number]
        Message.objects.filter(pk=text.pk).update(status="unknown", call_started_at=timezone.now())
        assert states(patient) == ["scheduled"]
        text.refresh_from_db()
        reconciling.give_up(message=text, now=timezone.now())
    greeting_settling.sweep(now=timezone.now())
    assert states(patient) == ["failed: not_sent"]
    assert len(texts()) == 2


def test_the_failure_of_other_texts_is_nothing_to_greetings() -> None:
    patient = owed()
    other = MessageFactory(status="failed", kind="greeting", related={"patient": patient.pk})
    assert greeting_settling.failed(message_id=other.pk, now=timezone.now()) is False
    assert greeting_settling.settle(greeting_id=0, now=timezone.now()) is False
    assert states(patient) == ["scheduled"]


def test_one_that_raises_is_logged_and_the_others_are_settled(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, clock: Any
) -> None:
    doctor()
    bad, good = born(3, 2), owed()
    Message.objects.update(status="skipped", skip_reason="opted_out")
    settle = greeting_settling.settle
    broken = Greeting.objects.get(patient=bad).pk

    def raising(*, greeting_id: int, now: datetime) -> bool:
        return settle(greeting_id=0 // (greeting_id != broken), now=now) or settle(
            greeting_id=greeting_id, now=now
        )

    monkeypatch.setattr(greeting_settling, "settle", raising)
    assert greeting_settling.sweep(now=timezone.now() + timedelta(minutes=1)) == 1
    assert (states(bad), states(good)) == (["scheduled"], ["skipped: opted_out"])
    assert "settling failed" in caplog.text
