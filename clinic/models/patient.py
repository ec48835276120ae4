"""The people the clinic looks after."""

from django.db import models

from core.phone import validate_e164


class Patient(models.Model):
    """A patient. Two patients may share a phone: a parent and a child often do."""

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

    class Meta:
        indexes = [models.Index(fields=["last_name", "first_name", "id"], name="patient_by_name")]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"
