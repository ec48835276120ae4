"""The states of a reminder, the arrows between them, and why one did not go out."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outreach.timing import Unfit


class ReminderStatus(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Skipped")


REMINDER_ARROWS: dict[str, frozenset[str]] = {
    ReminderStatus.SCHEDULED: frozenset(
        {ReminderStatus.SENT, ReminderStatus.CANCELLED, ReminderStatus.FAILED, ReminderStatus.SKIPPED}
    ),
    # The provider took it, and said later that it did not arrive.
    ReminderStatus.SENT: frozenset({ReminderStatus.FAILED}),
    # A late word of the provider's: it arrived after all.
    ReminderStatus.FAILED: frozenset({ReminderStatus.SENT}),
    # Nothing reached the patient, until somebody entered a phone or an address.
    ReminderStatus.SKIPPED: frozenset({ReminderStatus.SCHEDULED}),
}


class Reason(models.TextChoices):
    """Of a reminder that was cancelled or skipped. One that failed has the provider's code as well."""

    NONE = "", "–"
    VISIT_CANCELLED = "visit_cancelled", _("The visit was cancelled")
    VISIT_MOVED = "visit_moved", _("The visit was moved; the new one has reminders of its own")
    NO_CONTACT = "no_contact", _("No phone and no e-mail to send to")
    BOOKED_TOO_LATE = Unfit.BOOKED_TOO_LATE.value, _("Its moment was over when it was planned")
    OUTSIDE_HOURS = Unfit.OUTSIDE_HOURS.value, _("Contact hours never meet")
    ONE_IS_ENOUGH = Unfit.ONE_IS_ENOUGH.value, _("A nearer reminder comes at the same time")
    NOT_BOOKED = "not_booked", _("The visit is no longer booked")
    TOO_LATE = "too_late", _("The visit would have begun")
    NOT_ACTIVE = "not_active", _("The patient is not active")
    NO_CONSENT = "no_consent", _("No consent to this channel")
    OPTED_OUT = "opted_out", _("The number has opted out")
    WRONG_NUMBER = "wrong_number", _("The number is somebody else's")
    UNUSABLE_NUMBER = "unusable_number", _("Texts do not reach this number")
    BARRED_WORDS = "barred_words", _("A carrier filtered these words at this number")
    SHADOW = "shadow", _("The clinic is in shadow: nobody is texted")
    NOT_DELIVERED = "not_delivered", _("The provider could not deliver it")
    NOT_SENT = "not_sent", _("It did not leave, twice")


class Answer(models.TextChoices):
    """What came of the question whether a visit is to be cancelled. Blank: it is open."""

    OPEN = "", pgettext_lazy("question", "Open")
    CANCELLED = "cancelled", pgettext_lazy("visit", "Cancelled")
    KEPT = "kept", pgettext_lazy("visit", "Kept")
    LAPSED = "lapsed", _("Not answered, or overtaken")
