"""What the rooms below announce. Reminders change in the transaction of the visit: a task could be lost."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from clinic.signals import (
    appointment_attended,
    appointment_booked,
    appointment_cancelled,
    appointment_moved,
    appointments_carried_over,
    contact_hours_changed,
    patient_within_reach,
    patients_merged,
    reminder_list_changed,
)
from messaging.signals import message_arrived, message_failed
from outreach import greeting_joining, greeting_settling, planning, relisting, settling
from outreach.states import Reason


@receiver(appointment_booked, dispatch_uid="outreach.plan")
def plan_reminders(*, appointment_id: int, **kwargs: Any) -> int:
    return planning.plan(appointment_ids=[appointment_id])


@receiver(appointments_carried_over, dispatch_uid="outreach.plan_carried_over")
def plan_reminders_together(*, appointment_ids: Sequence[int], **kwargs: Any) -> int:
    return planning.plan(appointment_ids=appointment_ids)


@receiver(appointment_cancelled, dispatch_uid="outreach.drop_cancelled")
def drop_reminders(*, appointment_id: int, **kwargs: Any) -> int:
    return planning.drop(appointment_id=appointment_id, reason=Reason.VISIT_CANCELLED, now=timezone.now())


@receiver(appointment_moved, dispatch_uid="outreach.drop_moved")
def move_reminders(*, appointment_id: int, **kwargs: Any) -> int:
    return planning.drop(appointment_id=appointment_id, reason=Reason.VISIT_MOVED, now=timezone.now())


@receiver(appointment_attended, dispatch_uid="outreach.drop_attended")
def drop_needless(*, appointment_id: int, **kwargs: Any) -> int:
    return planning.drop(appointment_id=appointment_id, reason=Reason.NOT_BOOKED, now=timezone.now())


@receiver(patient_within_reach, dispatch_uid="outreach.within_reach")
def plan_again(*, patient_id: int, **kwargs: Any) -> int:
    return planning.plan_again(patient_id=patient_id, now=timezone.now())


@receiver(patients_merged, dispatch_uid="outreach.join_greetings")
def join_greetings(*, kept_id: int, gone_id: int, **kwargs: Any) -> int:
    return greeting_joining.join(kept_id=kept_id, gone_id=gone_id)


@receiver(contact_hours_changed, dispatch_uid="outreach.other_hours")
def move_into_hours(*, patient_id: int | None, clinic_id: int | None, **kwargs: Any) -> int:
    return planning.replan(patient_id=patient_id, clinic_id=clinic_id, now=timezone.now())


@receiver(reminder_list_changed, dispatch_uid="outreach.other_list")
def follow_the_list(*, clinic_id: int, **kwargs: Any) -> int:
    return relisting.follow(clinic_id=clinic_id, now=timezone.now())


# Heard after offers.receivers, which is where the next channel is tried: a reminder that is on its way by
# that one has not failed.
@receiver(message_failed, dispatch_uid="outreach.text_failed")
@receiver(message_arrived, dispatch_uid="outreach.text_arrived")
def text_ended(*, message_id: int, **kwargs: Any) -> None:
    settling.ended(message_id=message_id, now=timezone.now())


@receiver(message_failed, dispatch_uid="outreach.greeting_failed")
def greeting_failed(*, message_id: int, **kwargs: Any) -> bool:
    return greeting_settling.failed(message_id=message_id, now=timezone.now())
