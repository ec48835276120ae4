"""The states of an appointment and the arrows between them."""

from django.db import models


class AppointmentStatus(models.TextChoices):
    BOOKED = "booked", "Booked"
    ARRIVED = "arrived", "Arrived"
    COMPLETED = "completed", "Completed"
    NO_SHOW = "no_show", "No show"
    CANCELLED = "cancelled", "Cancelled"
    RESCHEDULED = "rescheduled", "Rescheduled"


ACTIVE = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED)
# Their time is somebody else's to have.
FREED = (AppointmentStatus.CANCELLED, AppointmentStatus.RESCHEDULED)

ARROWS: dict[str, frozenset[str]] = {
    AppointmentStatus.BOOKED: frozenset(
        {
            AppointmentStatus.ARRIVED,
            AppointmentStatus.COMPLETED,
            AppointmentStatus.NO_SHOW,
            AppointmentStatus.CANCELLED,
            AppointmentStatus.RESCHEDULED,
        }
    ),
    AppointmentStatus.ARRIVED: frozenset({AppointmentStatus.COMPLETED}),
    # A job says so of whoever was not seen to arrive; somebody who knows better may.
    AppointmentStatus.NO_SHOW: frozenset({AppointmentStatus.COMPLETED}),
}
