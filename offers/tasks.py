"""Wake-ups of the slots' work. Each may be lost, late or doubled: the sweeps find the same rows."""

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from core import wakeups
from offers.models import Cancellation


@shared_task
def advance(*, cancellation_id: int) -> None:
    from offers import rounds

    with suppress(Cancellation.DoesNotExist):
        rounds.advance(cancellation_id=cancellation_id, now=timezone.now())


@shared_task
def answer(*, message_id: int) -> None:
    from offers import replies

    replies.answer(message_id=message_id, now=timezone.now())


@shared_task
def offer_failed(*, message_id: int) -> None:
    from offers import sweeping

    sweeping.unreachable(message_id=message_id, now=timezone.now())


@shared_task
def call_ended(*, message_id: int) -> None:
    from offers import calls

    calls.ended(message_id=message_id, now=timezone.now())


@shared_task
def open_freed(*, appointment_id: int) -> None:
    from offers import reopening

    reopening.slot_freed(appointment_id=appointment_id, now=timezone.now())


@shared_task
def time_booked(*, appointment_id: int) -> None:
    from offers import withdrawing

    withdrawing.booked_elsewhere(appointment_id=appointment_id, now=timezone.now())


@shared_task
def slot_wanted(*, entry_id: int) -> None:
    from offers import sweeping

    sweeping.wanted_by(entry_id=entry_id, now=timezone.now())


@shared_task
def entry_gone(*, entry_id: int) -> None:
    from offers import declining

    declining.end_all(now=timezone.now(), entry_id=entry_id)


@shared_task
def patient_gone(*, patient_id: int) -> None:
    from offers import unreached

    unreached.end(patient_id=patient_id, now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def sweep_slots() -> None:
    from offers import sweeping

    sweeping.sweep_slots(now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def call_off() -> None:
    from offers import calling_off

    calling_off.sweep(now=timezone.now())


@shared_task
@wakeups.one_at_a_time
def sweep_answers() -> None:
    from offers import sweeping

    sweeping.sweep_answers(now=timezone.now())
