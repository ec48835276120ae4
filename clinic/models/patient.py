"""The people the clinic looks after."""

from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.translation import gettext_lazy as _

from clinic.models.clinic import Provider, validate_zone
from core.channels import Channel
from core.phone import validate_e164


class Patient(models.Model):
    """A patient. Two patients may share a phone: a parent and a child often do.

    `sms_consent` is the last word of the ledger about texts, and so for each channel: clinic.consenting
    alone writes both. An e-mail address is kept in small letters.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        INACTIVE = "inactive", _("Inactive")
        DECEASED = "deceased", _("Deceased")

    class Language(models.TextChoices):
        ENGLISH = "en", _("English")
        SPANISH = "es", _("Spanish")

    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    date_of_birth = models.DateField(null=True, blank=True)
    primary_provider = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="patients",
        help_text=_("The doctor who looks after this patient, and in whose name birthdays are greeted."),
    )
    under_guardian = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Somebody else decides for this patient: no birthday greetings."),
    )
    birthday_greetings = models.BooleanField(
        default=True,
        db_default=True,
        help_text=_(
            "Cleared: no birthday greetings, whatever was agreed. Ticked: only with a consent to them."
        ),
    )
    phone = models.CharField(max_length=16, blank=True, validators=[validate_e164], db_index=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.ENGLISH)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    preferred_channel = models.CharField(max_length=8, choices=Channel, default=Channel.SMS)
    sms_consent = models.BooleanField(
        default=False, help_text=_("The patient agreed to be texted about earlier appointments.")
    )
    whatsapp_consent = models.BooleanField(default=False, db_default=False)
    email_consent = models.BooleanField(default=False, db_default=False)
    voice_consent = models.BooleanField(default=False, db_default=False)
    timezone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        validators=[validate_zone],
        help_text=_("Where the patient lives, like America/Chicago. Empty: as the phone number says."),
    )
    # The zones, with a space between them, in all of which the patient must be within contact hours:
    # the own one, else those that the number may be in, else "", which is the clinic's.
    contact_zones = models.TextField(blank=True, default="", db_default="", editable=False)

    class Meta:
        permissions = [
            ("import_patient", "Can take a file of patients on the books"),
            ("export_patient", "Can take the patients away as a file"),
        ]
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="patient_by_name"),
            # The few different values of 100,000 rows are read from here by leaps: offers.timing.
            models.Index(fields=["contact_zones"], name="patient_by_zones"),
            models.Index(fields=["email"], condition=~Q(email=""), name="patient_by_email"),
            models.Index(
                ExtractMonth("date_of_birth"), ExtractDay("date_of_birth"), name="patient_by_birthday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def file_number(self) -> str:
        """The number of the main file, given at registration and never changed."""
        return f"{self.pk:06d}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        """Those with a visit or a wish there, and those whom no clinic knows yet."""
        known = _has("appointments", clinic__in=places) | _has("waitlist_entries", clinic__in=places)
        return Q(known) | Q(~_has("appointments"), ~_has("waitlist_entries"))


def _has(name: str, **conditions: Any) -> Exists:
    """Whether a patient has rows of that name. One look in an index each: a join would count some twice."""
    model: Any = Patient._meta.get_field(name).related_model
    return Exists(model._base_manager.filter(patient=OuterRef("pk"), **conditions))
