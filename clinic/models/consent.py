"""What a patient has said about being contacted: a ledger that only grows."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.models.patient import Patient
from core.channels import Channel


class ConsentChannel(models.TextChoices):
    """What a patient agrees to. Who agrees to texts about visits has not agreed to greetings."""

    SMS = Channel.SMS.value, _("Texts about earlier appointments")
    EMAIL = Channel.EMAIL.value, _("E-mail")
    WHATSAPP = Channel.WHATSAPP.value, _("WhatsApp")
    VOICE = Channel.VOICE.value, _("Phone calls by the system")
    GREETING = "greeting", _("Birthday greetings")


class ConsentSource(models.TextChoices):
    """How the words reached us."""

    STAFF = "staff", _("Recorded by staff")
    API = "api", _("Recorded by another program")
    IMPORT = "import", _("Imported")
    TEXT = "text", _("Texted by the patient")
    CALL = "call", _("Pressed on a call")
    EMAIL = "email", _("Answered over a link in an e-mail")
    PROVIDER = "provider", _("Reported by the text provider")
    BEFORE = "before", _("Known before the ledger was kept")


class ConsentQuerySet(models.QuerySet["Consent"]):
    def on(self, *, patient_id: int, channel: str) -> ConsentQuerySet:
        """What one patient has said about one channel, the last word first."""
        return self.filter(patient_id=patient_id, channel=channel).order_by("-pk")


class Consent(models.Model):
    """One word of one patient about one channel. The last row counts; the database refuses to change one.

    No row at all means no. `words` are the exact words, or those of the box that staff tick.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=8, choices=ConsentChannel)
    given = models.BooleanField(help_text="Given, or else withdrawn.")
    source = models.CharField(max_length=8, choices=ConsentSource)
    words = models.TextField()
    recorded_by = models.CharField(max_length=150, help_text="A username, “patient” or “system”.")
    recorded_at = models.DateTimeField()

    objects = ConsentQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="consent_has_words"),
            models.CheckConstraint(
                condition=Q(channel__in=ConsentChannel.values), name="consent_channel_known"
            ),
        ]
        indexes = [models.Index(fields=["patient", "channel", "-id"], name="consent_last_word")]

    def __str__(self) -> str:
        return f"{self.channel} {'given' if self.given else 'withdrawn'}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return Q(patient__in=Patient.objects.filter(Patient.within(places)))
