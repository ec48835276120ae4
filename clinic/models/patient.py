"""The people the clinic looks after."""

from django.db import models

from clinic.models.clinic import validate_zone
from core.phone import validate_e164


class Patient(models.Model):
    """A patient. Two patients may share a phone: a parent and a child often do.

    `sms_consent` is the last word of the ledger about texts; clinic.consenting alone writes both.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"
        DECEASED = "deceased", "Deceased"

    class Channel(models.TextChoices):
        SMS = "sms", "SMS"
        WHATSAPP = "whatsapp", "WhatsApp"
        EMAIL = "email", "E-mail"

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        SPANISH = "es", "Spanish"

    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    date_of_birth = models.DateField(null=True, blank=True)
    phone = models.CharField(max_length=16, blank=True, validators=[validate_e164], db_index=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    preferred_channel = models.CharField(max_length=8, choices=Channel, default=Channel.SMS)
    sms_consent = models.BooleanField(
        default=False, help_text="The patient agreed to be texted about earlier appointments."
    )
    timezone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        validators=[validate_zone],
        help_text="Where the patient lives, like America/Chicago. Empty: as the phone number says.",
    )
    # The zones, with a space between them, in all of which the patient must be within contact hours:
    # the own one, else those that the number may be in, else "", which is the clinic's.
    contact_zones = models.TextField(blank=True, default="", db_default="", editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="patient_by_name"),
            # The few different values of 100,000 rows are read from here by leaps: offers.timing.
            models.Index(fields=["contact_zones"], name="patient_by_zones"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"
