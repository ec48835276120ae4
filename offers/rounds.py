"""The slot's clock: what happens next, and the asking of the best few."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from core import audit, prepared, rows, transitions, wakeups
from messaging import outbox
from offers import (
    choosing,
    expiring,
    policy,
    seating,
    shadowing,
    slots,
    tasks,
    texts,
    timing,
    withdrawing,
)
from offers.choosing import Decision
from offers.models import Cancellation, Offer
from offers.states import NOBODY_YET, RUNNING, CancellationStatus, OfferStatus, UnfilledReason
from waitlist.reasons import Reason

# An offer that has not left yet is looked after again after this.
UNSENT_CHECK = timedelta(seconds=60)
BUSY_PHONES = "patients who have another question open"
CONTACT_HOURS = "contact hours"
# Somebody new may be asked at once while a slot waits for these.
FOR_PATIENTS = (BUSY_PHONES, CONTACT_HOURS)
BUSY_PHONE_CHECK = timedelta(seconds=30)
# Namespace of the clinic's selection lock among PostgreSQL's advisory locks.
SELECTION_LOCK = 7401


@transaction.atomic
def advance(*, cancellation_id: int, now: datetime, skip_locked: bool = False) -> str:
    """Take the one step of the slot that is due at `now`; says what was done, or why nothing was.

    Raises Cancellation.DoesNotExist, and SlotBusy where `skip_locked` found the slot locked.
    """
    slot = slots.locked(cancellation_id, skip_locked=skip_locked)
    if slot.status not in RUNNING or slot.next_step_at is None or slot.next_step_at > now:
        return "not due"
    if now >= slots.last_useful_at(slot):
        return _close(slot, UnfilledReason.TOO_LATE, now)
    if gone := slots.gone(slot):
        withdrawing.take_back(slot=slot, by=audit.SYSTEM, now=now, reason=gone.why)
        return gone.why
    pending = _pending(slot)
    if pending and expiring.expire(slot=slot, now=now):
        pending = _pending(slot)
    if pending:
        return _fill_places(slot, pending, now)
    return _ask_or_wait(slot, now)


def _pending(slot: Cancellation) -> list[Offer]:
    return rows.read(Offer, "cancellation_id = %s AND status = %s", [slot.pk, OfferStatus.PENDING])


@transaction.atomic
def watch_paused(*, cancellation_id: int, now: datetime) -> bool:
    """A pause stops no clock: holds end, and so does the time in which anybody could be asked.

    False where nothing of the slot was due.
    """
    slot = slots.locked(cancellation_id)
    if slot.status != CancellationStatus.PAUSED:
        return False
    if now >= slots.last_useful_at(slot):
        return bool(_close(slot, UnfilledReason.TOO_LATE, now))
    return expiring.expire(slot=slot, now=now) > 0


@transaction.atomic
def look_again(*, cancellation_id: int, now: datetime) -> bool:
    """Somebody new may fit a slot that has nobody to ask: its next step is due. False: that is no use."""
    slot = slots.locked(cancellation_id)
    if now >= slots.last_useful_at(slot):
        return False
    if slot.status == CancellationStatus.UNFILLED and slot.unfilled_reason in NOBODY_YET:
        try:
            slots.start_again(slot, to=CancellationStatus.OPEN, now=now)
        except transitions.StaleState:
            return False
    elif _waits_for_patients(slot):
        slots.touch(slot, next_step_at=_worth_looking_at(slot, now), changed_at=now)
    else:
        return False
    if slot.next_step_at != now:
        return False
    wakeups.wake(tasks.advance, cancellation_id=slot.pk)
    return True


def _waits_for_patients(slot: Cancellation) -> bool:
    pending = slot.offers.filter(status=OfferStatus.PENDING)
    return slot.status in RUNNING and slot.waiting_for in FOR_PATIENTS and not pending.exists()


def _worth_looking_at(slot: Cancellation, now: datetime) -> datetime:
    """When somebody new may be asked: deciding about a long list in the night would change nothing."""
    if slot.waiting_for != CONTACT_HOURS:
        return now
    opens = timing.soonest(clinic=slot.clinic, now=now)
    planned = [moment for moment in (slot.next_step_at, opens) if moment is not None]
    return min(planned, default=now)


def _fill_places(slot: Cancellation, pending: list[Offer], now: datetime) -> str:
    """Ask the next for every place that came free, on a decision of this moment, beside those being asked.

    Where nobody may be asked the place stays free, and every later look at the slot tries again.
    """
    asked, free, last = 0, seating.free(slot=slot), slots.last_useful_at(slot)
    if free and policy.is_worth_asking(now=now, hold=slot.clinic.hold, last_useful_at=last):
        asked, _ = _start_round(slot, now, places=free, verb="slot.place_filled")
    waiting = _wait_for_answers(slot, pending, now)
    return f"asked {asked} more" if asked else waiting


def _wait_for_answers(slot: Cancellation, pending: list[Offer], now: datetime) -> str:
    holds = [offer.hold_expires_at for offer in pending if offer.hold_expires_at]
    next_step_at = min([*holds, now + UNSENT_CHECK, slots.last_useful_at(slot)])
    slots.touch(slot, next_step_at=next_step_at, waiting_for="answers", changed_at=now)
    return "waiting for answers"


def _ask_or_wait(slot: Cancellation, now: datetime) -> str:
    last = slots.last_useful_at(slot)
    if not policy.is_worth_asking(now=now, hold=slot.clinic.hold, last_useful_at=last):
        # A question that its own gate would drop: only a late YES can still fill the slot.
        slots.touch(slot, next_step_at=last, waiting_for="its last useful minute", changed_at=now)
        return "too late to ask"
    if slot.is_shadow and shadowing.is_enough(slot):
        return _close(slot, UnfilledReason.SHADOW, now)
    asked, decision = _start_round(slot, now)
    if asked:
        return f"asked {asked}"
    if decision.phones_busy:
        step = min(now + BUSY_PHONE_CHECK, slots.last_useful_at(slot))
        slots.touch(slot, next_step_at=step, waiting_for=BUSY_PHONES, changed_at=now)
        return "waiting for busy phones"
    if decision.outside_hours:
        return _wait_for_hours(slot, decision, now)
    return _close(slot, UnfilledReason.NOBODY_LEFT, now)


def _wait_for_hours(slot: Cancellation, decision: Decision, now: datetime) -> str:
    """Nobody who fits is awake: wait for the first who will be, unless nobody is in time."""
    outside = int(Reason.OUTSIDE_HOURS)
    opens = timing.first_opening(round_id=decision.round_id, reason=outside, clinic=slot.clinic, now=now)
    last, hold = slots.last_useful_at(slot), slot.clinic.hold
    if opens is None or not policy.is_worth_asking(now=opens, hold=hold, last_useful_at=last):
        # Said now and not in the last useful minute: staff need the time to call.
        return _close(slot, UnfilledReason.CALL, now)
    slots.touch(slot, next_step_at=opens, waiting_for=CONTACT_HOURS, changed_at=now)
    return "waiting for contact hours"


def start(*, slot: Cancellation, places: int | None, now: datetime) -> int:
    """Ask the best few at once, for a caller that holds the slot and has looked at its time; how many."""
    return _start_round(slot, now, places=places)[0]


def _start_round(
    slot: Cancellation, now: datetime, *, places: int | None = None, verb: str = "slot.asked"
) -> tuple[int, Decision]:
    """Ask the best for `places` beside those being asked, or, where nobody is, for all there are."""
    # One selection at a time in a clinic: without it sweepers that choose side by side choose the same
    # people, and half the seats stay empty.
    with prepared.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SELECTION_LOCK, slot.clinic_id])
    decision = choosing.decide(slot, places, now)
    chosen = choosing.best(slot, decision, now)
    if slot.is_shadow:
        return shadowing.note(slot=slot, chosen=chosen, now=now), decision
    # A phone that another clinic has asked in this very moment drops out here and is busy in the next
    # decision.
    Offer.objects.bulk_create(chosen, ignore_conflicts=True)
    offers = rows.read(Offer, "round_id = %s ORDER BY rank", [decision.round_id])
    if not offers:
        return 0, decision
    outbox.queue(drafts=[texts.question(offer=offer, slot=slot) for offer in offers], now=now)
    slots.move(
        slot,
        to=CancellationStatus.OFFERING,
        now=now,
        next_step_at=min(now + UNSENT_CHECK, slots.last_useful_at(slot)),
        waiting_for="answers",
    )
    audit.record(actor=audit.SYSTEM, verb=verb, obj=slot, at=now, round=decision.number, asked=len(offers))
    return len(offers), decision


def _close(slot: Cancellation, reason: UnfilledReason, now: datetime) -> str:
    slot.offers.filter(status=OfferStatus.PENDING, hold_expires_at=None).update(status=OfferStatus.WITHDRAWN)
    slot.offers.filter(status=OfferStatus.PENDING).update(status=OfferStatus.EXPIRED)
    shown = UnfilledReason.SHADOW if slot.is_shadow else reason
    slots.move(slot, to=CancellationStatus.UNFILLED, now=now, unfilled_reason=shown, closed_at=now)
    audit.record(actor=audit.SYSTEM, verb="slot.unfilled", obj=slot, at=now, reason=reason)
    return f"unfilled: {reason}"
