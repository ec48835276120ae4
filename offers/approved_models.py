"""Words that WhatsApp has approved: none other may be sent by it."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from clinic.models import Patient


class WhatsAppTemplate(models.Model):
    """The approved words for one text in one language, by their ContentSid at Twilio.

    `placeholders` are the names that fill {{1}}, {{2}} … there, in this order, with commas between them.
    """

    name = models.CharField(max_length=20, help_text="Which text, for example offer.")
    language = models.CharField(max_length=2, choices=Patient.Language)
    content_sid = models.CharField(
        max_length=34,
        validators=[RegexValidator(r"^HX[0-9a-fA-F]{32}$", "Enter HX and 32 hexadecimal digits.")],
    )
    placeholders = models.CharField(max_length=120, blank=True, help_text="For example clinic, day, time.")

    class Meta:
        verbose_name = "WhatsApp template"
        constraints = [
            models.UniqueConstraint(fields=["name", "language"], name="whatsapp_template_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.language}"

    @property
    def names(self) -> list[str]:
        """The placeholders, in order."""
        return [name.strip() for name in self.placeholders.split(",") if name.strip()]
