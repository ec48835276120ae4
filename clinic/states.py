"""The states of an appointment and the arrows between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AppointmentStatus(models.TextChoices):
    BOOKED = "booked", _("Booked")
    ARRIVED = "arrived", _("Arrived")
    COMPLETED = "completed", _("Completed")
    NO_SHOW = "no_show", _("No show")
    CANCELLED = "cancelled", pgettext_lazy("visit", "Cancelled")
    RESCHEDULED = "rescheduled", _("Rescheduled")


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

# These are not taken out of the calendar: they are to come, or were.
STANDING = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.COMPLETED,
    AppointmentStatus.NO_SHOW,
)
# What another system, whose calendar it is, may say of a visit whatever was known of it: it saw the patient,
# or takes back that it did. What is off or moved is not booked again; that is another row.
FACT_ARROWS: dict[str, frozenset[str]] = {
    **{status: frozenset({*STANDING, *FREED} - {status}) for status in STANDING},
    AppointmentStatus.CANCELLED: frozenset({AppointmentStatus.NO_SHOW}),
}
