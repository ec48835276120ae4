"""Rule 20: contact hours in the patient's zone, nights on which clocks change included."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from clinic.models import Clinic
from messaging import delivery
from messaging import sweeping as sweeping_messages
from messaging.models import Message
from offers import accepting, explaining, replies, rounds, sweeping
from offers.models import Cancellation, Offer
from tests.factories import (
    CancellationFactory,
    ClinicFactory,
    MessageFactory,
    OfferFactory,
    WaitlistEntryFactory,
)
from waitlist.models import WaitlistEntry
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db
CHICAGO, LOS_ANGELES, BERLIN = "America/Chicago", "America/Los_Angeles", "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day_clinic(**fields: Any) -> Clinic:
    """A clinic in Chicago that texts from 8 to 20 o'clock."""
    hours = {"contact_hours_start": time(8), "contact_hours_end": time(20), "cool_down_minutes": 0}
    clinic: Clinic = ClinicFactory(**{**hours, **fields})
    return clinic


def slot_at(now: datetime, *, hours: float = 48, clinic: Clinic | None = None) -> Cancellation:
    slot: Cancellation = CancellationFactory(
        clinic=clinic or day_clinic(), starts_at=now + timedelta(hours=hours), created_at=now
    )
    return slot


def waits(slot: Cancellation, zones: str, **fields: Any) -> WaitlistEntry:
    about = {"clinic": slot.clinic, "visit_type": slot.visit_type, "patient__contact_zones": zones}
    entry: WaitlistEntry = WaitlistEntryFactory(**about, joined_at=slot.created_at, **fields)
    return entry


def step(slot: Cancellation, at: datetime) -> str:
    done = rounds.advance(cancellation_id=slot.pk, now=at)
    slot.refresh_from_db()
    return done


def asked(slot: Cancellation) -> list[int]:
    return list(slot.offers.order_by("rank").values_list("entry_id", flat=True))


def reasons(slot: Cancellation) -> dict[int, Reason]:
    return {decision.entry_id: decision.reason for decision in explaining.decisions(cancellation=slot)}


def test_rule_20_an_offer_goes_to_the_next_candidate_who_is_inside() -> None:
    # Given half past eight in Chicago, where it is half past six in Los Angeles
    now = utc("2026-03-02T14:30")
    slot = slot_at(now)
    best, next_best = waits(slot, LOS_ANGELES, manual_boost=20), waits(slot, CHICAGO)
    assert step(slot, now) == "asked 1"
    assert asked(slot) == [next_best.pk]
    assert reasons(slot)[best.pk] == Reason.OUTSIDE_HOURS
    assert Reason.OUTSIDE_HOURS.sentence == "Outside their contact hours."


def test_rule_20_where_nothing_else_is_known_the_clinic_s_zone_counts() -> None:
    now = utc("2026-03-02T14:30")
    slot = slot_at(now, clinic=day_clinic(timezone=LOS_ANGELES))
    waits(slot, "")
    assert step(slot, now) == "waiting for contact hours"
    assert slot.next_step_at == utc("2026-03-02T16:00")


def test_rule_20_a_clinic_that_sleeps_asks_patients_who_are_awake() -> None:
    # Given seven in the morning in Chicago, where the clinic is, and eight in New York
    now = utc("2026-03-02T13:00")
    slot = slot_at(now)
    entry = waits(slot, "America/New_York")
    assert step(slot, now) == "asked 1"
    assert asked(slot) == [entry.pk]


@pytest.mark.parametrize(
    ("at", "is_asked"),
    [
        ("2026-03-02T14:59", False),  # 7:59 in Boise, 6:59 in Los Angeles
        ("2026-03-02T15:30", False),  # 8:30 and 7:30
        ("2026-03-02T16:00", True),
        ("2026-03-03T02:59", True),  # 19:59 and 18:59
        ("2026-03-03T03:30", False),  # 20:30 and 19:30
    ],
)
def test_rule_20_a_number_that_spans_zones_is_inside_in_all_of_them(at: str, is_asked: bool) -> None:
    slot = slot_at(utc(at))
    waits(slot, "America/Boise America/Los_Angeles")
    assert (step(slot, utc(at)) == "asked 1") is is_asked


@pytest.mark.parametrize(
    ("zone", "at", "opens"),
    [
        # The night in which an hour is skipped.
        ("America/New_York", "2026-03-08T02:00", "2026-03-08T12:00"),
        ("America/Phoenix", "2026-03-08T04:00", "2026-03-08T15:00"),
        (BERLIN, "2026-03-28T20:00", "2026-03-29T06:00"),
        # The night in which one repeats.
        ("America/New_York", "2026-11-01T01:00", "2026-11-01T13:00"),
        ("America/Phoenix", "2026-11-01T04:00", "2026-11-01T15:00"),
        (BERLIN, "2026-10-24T19:00", "2026-10-25T07:00"),
        # Both at once: New York has changed, Phoenix never does.
        ("America/New_York America/Phoenix", "2026-03-08T04:00", "2026-03-08T15:00"),
        ("America/New_York America/Phoenix", "2026-11-01T04:00", "2026-11-01T15:00"),
    ],
)
def test_rule_20_the_slot_waits_for_eight_on_the_patient_s_wall_clock(zone: str, at: str, opens: str) -> None:
    slot = slot_at(utc(at))
    waits(slot, zone)
    assert step(slot, utc(at)) == "waiting for contact hours"
    assert (slot.next_step_at, slot.waiting_for) == (utc(opens), "contact hours")
    a_second_before = utc(opens) - timedelta(seconds=1)
    assert step(slot, a_second_before) == "not due"
    assert step(slot, utc(opens)) == "asked 1"


def test_rule_20_the_slot_waits_for_whoever_wakes_first() -> None:
    now = utc("2026-03-03T06:00")
    slot = slot_at(now)
    waits(slot, LOS_ANGELES)
    early = waits(slot, "America/New_York")
    step(slot, now)
    assert slot.next_step_at == utc("2026-03-03T13:00")
    assert step(slot, utc("2026-03-03T13:00")) == "asked 1"
    assert asked(slot) == [early.pk]


def test_rule_20_nobody_in_time_is_a_call_list_for_staff_at_once() -> None:
    # Given ten in the evening, and a visit at half past eight the next morning
    now = utc("2026-03-03T04:00")
    slot = slot_at(now, hours=10.5)
    low, high = waits(slot, CHICAGO), waits(slot, CHICAGO, manual_boost=10)
    waits(slot, CHICAGO, patient__sms_consent=False)
    assert step(slot, now) == "unfilled: call"
    assert slot.get_unfilled_reason_display() == "Nobody may be texted in time: call them"
    assert [decision.entry_id for decision in explaining.to_call(cancellation=slot)] == [high.pk, low.pk]


def test_rule_20_somebody_new_who_is_awake_is_asked_after_all() -> None:
    now = utc("2026-03-03T04:00")
    slot = slot_at(now, hours=10.5)
    waits(slot, CHICAGO)
    step(slot, now)
    newcomer = waits(slot, BERLIN)
    later = utc("2026-03-03T07:30")
    WaitlistEntry.objects.filter(pk=newcomer.pk).update(changed_at=later)
    for _ in range(2):
        sweeping.sweep_slots(now=later)
    assert asked(slot) == [newcomer.pk]


def test_rule_20_somebody_new_who_is_awake_does_not_wait_for_those_who_sleep() -> None:
    now = utc("2026-03-03T04:00")
    slot = slot_at(now)
    waits(slot, CHICAGO)
    step(slot, now)
    newcomer = waits(slot, BERLIN)
    later = utc("2026-03-03T07:30")
    WaitlistEntry.objects.filter(pk=newcomer.pk).update(changed_at=later)
    for _ in range(2):
        sweeping.sweep_slots(now=later)
    assert asked(slot) == [newcomer.pk]


def test_rule_20_somebody_new_who_wakes_earlier_brings_the_next_step_forward() -> None:
    # Given the middle of the night in all of America, and somebody in Los Angeles to wait for
    now = utc("2026-03-03T08:30")
    slot = slot_at(now)
    waits(slot, LOS_ANGELES)
    step(slot, now)
    # When somebody in New York comes to wait
    waits(slot, "America/New_York")
    assert not rounds.look_again(cancellation_id=slot.pk, now=now + timedelta(hours=1))
    # Then the slot wakes for them, and the night's list is not gone through again
    slot.refresh_from_db()
    assert (slot.next_step_at, slot.waiting_for) == (utc("2026-03-03T13:00"), "contact hours")
    assert slot.rounds.count() == 1


def test_rule_20_zones_whose_windows_never_meet_leave_nobody_to_text() -> None:
    now = utc("2026-03-02T16:00")
    slot = slot_at(now, clinic=day_clinic(contact_hours_start=time(10), contact_hours_end=time(11)))
    waits(slot, f"{CHICAGO} {BERLIN}")
    assert step(slot, now) == "unfilled: call"


@pytest.mark.parametrize("kind", ["taken", "expired", "reminder"])
def test_rule_20_a_text_that_nobody_waits_for_stays_until_morning(
    clock: time_machine.Traveller, kind: str
) -> None:
    # Given two in the night in Chicago and nine in the morning in Berlin
    clock.move_to(utc("2026-03-03T08:00"))
    slot = slot_at(timezone.now())
    for zone, status in ((CHICAGO, "queued"), (BERLIN, "sending")):
        patient = waits(slot, zone).patient
        about = {"patient": patient.pk, "cancellation": slot.pk}
        text: Message = MessageFactory(kind=kind, to=patient.phone, related=about)
        delivery.claim(message_id=text.pk, now=timezone.now())
        text.refresh_from_db()
        assert text.status == status
        if status == "queued":
            assert text.next_attempt_at == utc("2026-03-03T14:00")


def confirmed_at_night(visit_in_hours: float, **related: int) -> Message:
    slot = slot_at(timezone.now(), hours=visit_in_hours)
    patient = waits(slot, CHICAGO).patient
    about = {"patient": patient.pk, "cancellation": slot.pk, **related}
    text: Message = MessageFactory(kind="confirmation", to=patient.phone, related=about)
    delivery.claim(message_id=text.pk, now=timezone.now())
    text.refresh_from_db()
    return text


def test_rule_20_a_standby_is_told_in_the_morning_unless_the_visit_comes_first(
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(utc("2026-03-03T08:00"))
    assert confirmed_at_night(48, offer=1).next_attempt_at == utc("2026-03-03T14:00")
    before_eight = confirmed_at_night(5, offer=1)
    assert (before_eight.permission or {})["hours"] == {"at_once": "visit_comes_first"}


def test_rule_20_whoever_was_spoken_to_on_the_phone_gets_the_confirmation_at_once(
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(utc("2026-03-03T08:00"))
    assert (confirmed_at_night(48).permission or {})["hours"] == {"at_once": "spoken_to"}


def beaten_at_night() -> Offer:
    """Somebody in Chicago whose question is still open when another one wins, at two in the night."""
    slot = slot_at(timezone.now())
    winner, loser = (waits(slot, CHICAGO) for _ in range(2))
    hold = {"cancellation": slot, "hold_expires_at": timezone.now() + timedelta(minutes=5)}
    offers = [OfferFactory(entry=entry, **hold) for entry in (winner, loser)]
    accepting.accept(offer_id=offers[0].pk, now=timezone.now())
    sweeping_messages.sweep_outbox(clock=timezone.now)
    lost: Offer = offers[1]
    return lost


def says_yes(offer: Offer, received_at: datetime) -> None:
    about = {"direction": "inbound", "kind": "reply", "status": "received", "logical_key": None}
    text = MessageFactory(**about, body="YES", from_number=offer.phone, received_at=received_at)
    replies.answer(message_id=text.pk, now=timezone.now())


def told_at_night(offer: Offer) -> tuple[str, str]:
    text = Message.objects.get(logical_key=f"taken:{offer.pk}")
    return text.status, (text.permission or {}).get("hours", {}).get("at_once", "") or text.skip_reason


def test_rule_17_a_yes_at_night_that_was_too_late_is_answered_at_night(
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(utc("2026-03-03T08:00"))
    offer = beaten_at_night()
    assert told_at_night(offer) == ("queued", "")
    # When a YES from before the end of the question is read only now
    says_yes(offer, timezone.now() - timedelta(seconds=1))
    sweeping_messages.sweep_outbox(clock=timezone.now)
    # Then the text that was put off to the morning is its answer, and leaves
    assert told_at_night(offer) == ("sent", "answers_a_yes")


def test_rule_17_who_has_been_told_at_night_is_not_told_again_in_the_morning(
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(utc("2026-03-03T08:00"))
    offer = beaten_at_night()
    clock.shift(60)
    says_yes(offer, timezone.now())
    assert told_at_night(offer) == ("skipped", "answered")
    assert Message.objects.filter(to=offer.phone, kind="reply", direction="outbound").count() == 1
