"""Everything of the slots that is due, found without locks and done one row a transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery

from clinic.models import Appointment
from clinic.states import FREED
from core import wakeups
from messaging.models import Direction, Kind, Message
from messaging.states import MessageStatus
from offers import declining, expiring, phoning, reopening, replies, rounds, slots, tasks
from offers.models import Cancellation, Offer
from offers.states import NOBODY_YET, RUNNING, CancellationStatus, OfferStatus
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

logger = logging.getLogger(__name__)

AT_ONCE = 200
STEP_ASIDE = timedelta(seconds=30)


def sweep_slots(*, now: datetime) -> int:
    """Open what was freed, wake slots that somebody new fits, and take every due step; how many."""
    _set_clocks(now)
    done = _each(_freed(now), lambda pk: reopening.slot_freed(appointment_id=pk, now=now))
    done += _each(_wanted(now), lambda pk: rounds.look_again(cancellation_id=pk, now=now))
    done += _each(_paused(now), lambda pk: rounds.watch_paused(cancellation_id=pk, now=now))
    done += phoning.end_overdue(now=now)
    withdrawn, undeliverable = OfferStatus.WITHDRAWN, OfferStatus.UNDELIVERABLE
    done += _each(_orphaned(), lambda pk: declining.end(offer_id=pk, to=withdrawn, now=now))
    done += _each(_lost(), lambda pk: declining.end(offer_id=pk, to=undeliverable, now=now))
    due = Cancellation.objects.filter(status__in=RUNNING, next_step_at__lte=now)
    ids = list(due.order_by("next_step_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return done + sum(_step(pk, now) for pk in ids)


def sweep_answers(*, now: datetime) -> int:
    """Answer every text that has been read in and not answered; how many were."""
    unanswered = Message.objects.filter(status=MessageStatus.RECEIVED, direction=Direction.INBOUND)
    ids = list(unanswered.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return _each(ids, lambda pk: replies.answer(message_id=pk, now=now, skip_locked=True))


def _each(ids: list[int], verb: Callable[[int], object]) -> int:
    done = 0
    for pk in ids:
        try:
            done += bool(verb(pk))
        except Exception:
            # The others go on; this one is found again by the next sweep.
            logger.exception("sweep step failed", extra={"row": pk})
    return done


def _step(cancellation_id: int, now: datetime) -> bool:
    try:
        rounds.advance(cancellation_id=cancellation_id, now=now, skip_locked=True)
    except slots.SlotBusy:
        return False
    except Exception:
        # One row that raises must not hold up the others: it steps aside, and the log says so.
        logger.exception("slot step failed", extra={"cancellation_id": cancellation_id})
        aside = Cancellation.objects.filter(pk=cancellation_id, status__in=RUNNING)
        aside.update(next_step_at=now + STEP_ASIDE)
        return False
    return True


def _set_clocks(now: datetime) -> None:
    """What comes due before the next sweep is woken in its moment: a grace that ends is not to end late."""
    soon = now + timedelta(seconds=settings.SWEEP_SECONDS) * 1.5
    slots_soon = Cancellation.objects.filter(status=CancellationStatus.OPEN, next_step_at__gt=now)
    slots_soon = slots_soon.filter(next_step_at__lte=soon).order_by("next_step_at", "pk")
    for pk, at in slots_soon.values_list("pk", "next_step_at")[:AT_ONCE]:
        wakeups.wake_at(tasks.advance, at=at, now=now, cancellation_id=pk)  # type: ignore[arg-type]
    freed = Appointment.objects.filter(status__in=FREED, offer_slot=True, fills_slot__isnull=False)
    freed = freed.filter(starts_at__gt=now, offer_from__gt=now, offer_from__lte=soon).order_by("pk")
    for pk, at in freed.values_list("pk", "offer_from")[:AT_ONCE]:
        wakeups.wake_at(tasks.open_freed, at=at, now=now, appointment_id=pk)  # type: ignore[arg-type]


def _freed(now: datetime) -> list[int]:
    opened = Cancellation.objects.filter(appointment=OuterRef("pk"))
    filled = Cancellation.objects.filter(pk=OuterRef("fills_slot"), status=CancellationStatus.FILLED)
    successor = Appointment.objects.active().filter(fills_slot=OuterRef("fills_slot"))
    freed = Appointment.objects.filter(status__in=FREED, offer_slot=True, starts_at__gt=now)
    freed = freed.exclude(pk__in=freed.replaced())
    settled = Q(offer_from=None) | Q(offer_from__lte=now)
    again = Exists(filled) & ~Exists(successor) & settled
    freed = freed.filter(Q(fills_slot=None) & ~Exists(opened) | again)
    return list(freed.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _wanted(now: datetime) -> list[int]:
    newcomers = WaitlistEntry.objects.filter(
        clinic=OuterRef("clinic"), status=EntryStatus.WAITING, changed_at__gt=OuterRef("changed_at")
    )
    found_nobody = Q(status=CancellationStatus.UNFILLED, unfilled_reason__in=NOBODY_YET)
    waits = Q(status__in=RUNNING, waiting_for__in=rounds.FOR_PATIENTS)
    idle = Cancellation.objects.filter(found_nobody | waits, starts_at__gt=now)
    return list(idle.filter(Exists(newcomers)).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _paused(now: datetime) -> list[int]:
    """Paused slots with a hold that has ended, and those that nobody can be asked for any more."""
    held = Offer.objects.filter(cancellation=OuterRef("pk"), status=OfferStatus.PENDING)
    paused = Cancellation.objects.filter(status=CancellationStatus.PAUSED).select_related("clinic")
    over = paused.filter(Exists(held.filter(hold_expires_at__lte=now))).order_by("pk")[:AT_ONCE]
    soonest = paused.order_by("starts_at", "pk")[:AT_ONCE]
    late = [slot for slot in soonest if now >= slots.last_useful_at(slot)]
    return sorted({slot.pk for slot in (*over, *late)})


def _orphaned() -> list[int]:
    """Open questions to entries that have left the list while nobody was there to withdraw them."""
    # From the questions, which are few, to their entries: the other way round reads every clinic's list.
    waits = WaitlistEntry.objects.filter(pk=OuterRef("entry"), status=EntryStatus.WAITING)
    open_ones = Offer.objects.filter(status__in=declining.OPEN)
    open_ones = open_ones.annotate(waits=Subquery(waits.values("pk"))).filter(waits=None)
    return list(open_ones.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _lost() -> list[int]:
    """Open questions that failed while nobody was there to give their places to somebody else."""
    pending = Offer.objects.filter(status=OfferStatus.PENDING)
    return list(expiring.lost(pending).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def unreachable(*, message_id: int, now: datetime) -> bool:
    """A text of ours was lost: if it was an offer, its place goes to somebody else at once."""
    message = Message.objects.filter(pk=message_id, kind=Kind.OFFER, status__in=expiring.LOST).first()
    if message is None:
        return False
    offer_id = message.related["offer"]
    if not expiring.lost(Offer.objects.filter(pk=offer_id)).exists():
        return False
    return declining.end(offer_id=offer_id, to=OfferStatus.UNDELIVERABLE, now=now)


def hours_changed(*, now: datetime, clinic_id: int | None = None, patient_id: int | None = None) -> int:
    """Other contact hours hold: slots that wait for the old ones look again; how many of them.

    In the transaction of the change, whose rows are locked after slots: a slot that is held is passed over,
    and at the latest goes on when the old hours begin.
    """
    waiting = Cancellation.objects.filter(status__in=RUNNING, waiting_for=rounds.CONTACT_HOURS)
    lines = WaitlistEntry.objects.in_line().filter(patient=patient_id).values("clinic")
    at = Q(clinic=clinic_id) if patient_id is None else Q(clinic__in=lines)
    free = waiting.filter(at).select_for_update(of=("self",), no_key=True, skip_locked=True)
    with transaction.atomic():
        ids = list(free.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        return sum(rounds.look_again(cancellation_id=pk, now=now) for pk in ids)


def wanted_by(*, entry_id: int, now: datetime) -> int:
    """Somebody has come to wait: slots of that clinic that have nobody to ask look again; how many."""
    entry = WaitlistEntry.objects.filter(pk=entry_id).only("clinic_id").first()
    if entry is None:
        return 0
    idle = Cancellation.objects.filter(clinic_id=entry.clinic_id)
    states = (*RUNNING, CancellationStatus.UNFILLED)
    idle = idle.filter(status__in=states, starts_at__gt=now).order_by("pk")
    ids = list(idle.values_list("pk", flat=True)[:AT_ONCE])
    return sum(rounds.look_again(cancellation_id=pk, now=now) for pk in ids)
