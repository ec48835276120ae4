"""The states of a birthday greeting, the arrows between them, and why somebody is not greeted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from outreach.greeting_days import Unfit


class GreetingStatus(models.TextChoices):
    SCHEDULED = "scheduled", _("On its way")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not delivered")
    SKIPPED = "skipped", _("Skipped")


GREETING_ARROWS: dict[str, frozenset[str]] = {
    GreetingStatus.SCHEDULED: frozenset({GreetingStatus.SENT, GreetingStatus.FAILED, GreetingStatus.SKIPPED}),
    # The provider took it and said later that it did not arrive: it goes by another channel, or has failed.
    GreetingStatus.SENT: frozenset({GreetingStatus.SCHEDULED, GreetingStatus.FAILED}),
    # It arrived after all.
    GreetingStatus.FAILED: frozenset({GreetingStatus.SENT}),
}


class Why(models.TextChoices):
    """Why somebody is not greeted; of a greeting that failed, what became of it. Blank: nothing bars it."""

    NONE = "", "–"
    DECEASED = "deceased", _("The patient has died")
    INACTIVE = "inactive", _("No longer a patient")
    FUTURE_BIRTH = "future_birth", _("The date of birth is in the future")
    IMPOSSIBLE_BIRTH = "impossible_birth", _("The date of birth is more than 120 years ago")
    GREETED_LATELY = "greeted_lately", _("Was greeted less than a year ago, on another day")
    GUARDIAN = "guardian", _("Under eighteen, or under a guardian's care")
    NO_DOCTOR = "no_doctor", _("No primary provider")
    DOCTOR_LEFT = "doctor_left", _("The primary provider is no longer active")
    SWITCHED_OFF = "switched_off", _("The provider has not switched greetings on")
    PATIENT_OFF = "patient_off", _("Greetings are switched off for this patient")
    NO_CLINIC = "no_clinic", _("The provider works at no clinic")
    NO_CONTACT = "no_contact", _("No phone and no e-mail to send to")
    OPTED_OUT = "opted_out", _("The number has opted out")
    NO_CONSENT = "no_consent", _("No consent to greetings, or to any channel")
    WRONG_NUMBER = "wrong_number", _("The number is somebody else's")
    UNUSABLE_NUMBER = "unusable_number", _("Texts do not reach this number")
    OUTSIDE_HOURS = Unfit.OUTSIDE_HOURS.value, _("Contact hours never meet")
    MISSED = Unfit.MISSED.value, _("Its days were over")
    BIRTHDAY_CHANGED = "birthday_changed", _("The date of birth was corrected meanwhile")
    DOCTOR_CHANGED = "doctor_changed", _("The primary provider changed meanwhile")
    CHANNEL_OFF = "channel_off", _("The channel was switched off")
    BARRED_WORDS = "barred_words", _("A carrier filtered these words at this number")
    NOT_DELIVERED = "not_delivered", _("The provider could not deliver it")
    NOT_SENT = "not_sent", _("It did not leave, twice")
