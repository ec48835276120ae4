"""What the rooms below announce, and the task that each announcement wakes."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from clinic.signals import (
    appointment_booked,
    appointment_cancelled,
    appointment_moved,
    appointments_carried_over,
    contact_hours_changed,
    patient_out_of_reach,
)
from core import wakeups
from messaging.signals import call_ended, message_failed, message_received, number_opted_in, number_opted_out
from offers import calls, confirming, falling_back, ledger, sweeping, tasks, withdrawing
from waitlist.signals import entry_left, entry_waiting


@receiver(appointment_cancelled, dispatch_uid="offers.open_freed")
def open_freed(*, appointment_id: int, **kwargs: Any) -> None:
    wakeups.wake(tasks.open_freed, appointment_id=appointment_id)


# No task, as with a booking: what is owed is a row in the transaction of the cancelling.
@receiver(appointment_cancelled, dispatch_uid="offers.tell_cancelled")
def tell_cancelled(*, appointment_id: int, tells_patient: bool, **kwargs: Any) -> None:
    if tells_patient:
        confirming.owe_cancelled(appointment_id=appointment_id, now=timezone.now())


@receiver(appointment_moved, dispatch_uid="offers.open_moved")
def open_moved(*, appointment_id: int, **kwargs: Any) -> None:
    wakeups.wake(tasks.open_freed, appointment_id=appointment_id)


# No task: a confirmation that is owed is a row in the transaction of the booking. Who filled a slot is told
# with all the others who were asked for it.
@receiver(appointment_booked, dispatch_uid="offers.confirm")
def confirm(*, appointment_id: int, fills_slot: int | None, tells_patient: bool, **kwargs: Any) -> None:
    if tells_patient and fills_slot is None:
        confirming.owe(appointment_id=appointment_id, now=timezone.now())


@receiver(appointment_booked, dispatch_uid="offers.time_booked")
def time_booked(*, appointment_id: int, fills_slot: int | None, **kwargs: Any) -> None:
    if fills_slot is None:
        wakeups.wake(tasks.time_booked, appointment_id=appointment_id)


# A file brings thousands: only those are looked at whose time is being offered.
@receiver(appointments_carried_over, dispatch_uid="offers.times_carried_over")
def times_booked(*, appointment_ids: Sequence[int], **kwargs: Any) -> None:
    for pk in withdrawing.in_the_way(appointment_ids=appointment_ids):
        wakeups.wake(tasks.time_booked, appointment_id=pk)


@receiver(message_received, dispatch_uid="offers.answer")
def answer(*, message_id: int, **kwargs: Any) -> None:
    wakeups.follow(tasks.answer, message_id=message_id)


# No task: a lost one would leave the slot asleep until the old hours.
@receiver(contact_hours_changed, dispatch_uid="offers.hours_changed")
def hours_changed(*, clinic_id: int | None, patient_id: int | None, **kwargs: Any) -> int:
    return sweeping.hours_changed(clinic_id=clinic_id, patient_id=patient_id, now=timezone.now())


@receiver(message_failed, dispatch_uid="offers.offer_failed")
def offer_failed(*, message_id: int, **kwargs: Any) -> bool:
    if falling_back.owe_next(message_id=message_id, now=timezone.now()):
        return True
    wakeups.wake(tasks.offer_failed, message_id=message_id)
    return False


@receiver(entry_waiting, dispatch_uid="offers.slot_wanted")
def slot_wanted(*, entry_id: int, **kwargs: Any) -> None:
    wakeups.wake(tasks.slot_wanted, entry_id=entry_id)


@receiver(entry_left, dispatch_uid="offers.entry_left")
def entry_gone(*, entry_id: int, **kwargs: Any) -> None:
    wakeups.wake(tasks.entry_gone, entry_id=entry_id)


@receiver(patient_out_of_reach, dispatch_uid="offers.patient_out_of_reach")
def patient_gone(*, patient_id: int, **kwargs: Any) -> None:
    wakeups.wake(tasks.patient_gone, patient_id=patient_id)


@receiver(call_ended, dispatch_uid="offers.call_ended")
def call_over(*, message_id: int, **kwargs: Any) -> None:
    wakeups.wake(tasks.call_ended, message_id=message_id)


# No task: what a call did not get to say is owed in the transaction in which that is known.
@receiver(message_failed, dispatch_uid="offers.reply_unsaid")
def reply_unsaid(*, message_id: int, **kwargs: Any) -> bool:
    return calls.tell_otherwise(message_id=message_id) != ""


# No task: the ledger says in the same transaction what takes effect in it.
@receiver(number_opted_out, dispatch_uid="offers.number_opted_out")
def number_silenced(*, suppression_id: int, **kwargs: Any) -> None:
    ledger.opted_out(suppression_id=suppression_id)


@receiver(number_opted_in, dispatch_uid="offers.number_opted_in")
def number_speaks_again(*, suppression_id: int, **kwargs: Any) -> None:
    ledger.opted_in(suppression_id=suppression_id)
