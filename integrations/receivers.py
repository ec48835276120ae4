"""What the calendar announces, and what the EHR has to learn of it."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from clinic.signals import appointment_booked, appointment_cancelled
from integrations.writing_back import owing


# No tasks: what the EHR is owed is a row in the transaction of the booking.
@receiver(appointment_booked, dispatch_uid="integrations.owe_booking")
def owe_booking(*, appointment_id: int, **kwargs: Any) -> None:
    owing.booked(appointment_id=appointment_id, now=timezone.now())


@receiver(appointment_cancelled, dispatch_uid="integrations.owe_cancelling")
def owe_cancelling(*, appointment_id: int, **kwargs: Any) -> None:
    owing.cancelled(appointment_id=appointment_id, now=timezone.now())
