"""Where our bookings of a source's clinics are written down."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.models.source import Source, of_source


class Way(models.TextChoices):
    BY_HAND = "by_hand", _("Staff enter them there")
    HL7 = "hl7", _("HL7 v2 (SIU over MLLP)")
    FHIR = "fhir", _("FHIR R4")
    DRCHRONO = "drchrono", _("drchrono")


class Outlet(models.Model):
    """How a source takes our bookings; a source without one takes them by hand.

    `secret` is sealed: the private key in PEM of SMART backend services, or without a `token_url` the token
    itself. It is written by writing_back.outlets and shown to nobody.
    """

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="outlet")
    way = models.CharField(max_length=8, choices=Way, default=Way.BY_HAND)
    host = models.CharField(max_length=255, blank=True, help_text=_("HL7: where the other system listens."))
    port = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    tls = models.BooleanField(default=True, help_text=_("HL7: speak in TLS."))
    authority = models.TextField(
        blank=True,
        help_text=_("The certificate (PEM) of who signs theirs. Empty: those known to the machine."),
    )
    sending_application = models.CharField(max_length=60, default="WAITLIST", help_text=_("HL7: MSH-3."))
    sending_facility = models.CharField(max_length=60, blank=True, help_text=_("HL7: MSH-4."))
    receiving_application = models.CharField(max_length=60, blank=True, help_text=_("HL7: MSH-5."))
    receiving_facility = models.CharField(max_length=60, blank=True, help_text=_("HL7: MSH-6."))
    dedupes = models.BooleanField(
        default=False,
        help_text=_("HL7: a message that comes twice under one control id (MSH-10) counts once there."),
    )
    base_url = models.URLField(blank=True, help_text=_("FHIR: the address of the R4 server."))
    token_url = models.URLField(blank=True, help_text=_("FHIR: where SMART backend services give a token."))
    client_id = models.CharField(max_length=200, blank=True)
    algorithm = models.CharField(
        max_length=5, choices=[("RS384", "RS384"), ("ES384", "ES384")], default="RS384"
    )
    secret = models.BinaryField(default=b"", editable=False)
    exam_room = models.PositiveSmallIntegerField(
        default=1, help_text=_("drchrono: in which room of the office our bookings are.")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(way=Way.HL7) | (~Q(host="") & Q(port__isnull=False)), name="outlet_hl7_has_line"
            ),
            models.CheckConstraint(condition=~Q(way=Way.FHIR) | ~Q(base_url=""), name="outlet_fhir_has_url"),
        ]

    def __str__(self) -> str:
        return f"outlet of {self.source}"

    @staticmethod
    def within(places: Collection[int]) -> Q:
        return of_source(places)

    @property
    def status(self) -> str:
        return self.way

    def clean(self) -> None:
        """Refuse a way that does not say where it leads."""
        if self.way == Way.HL7 and not (self.host and self.port):
            raise ValidationError({"host": _("HL7 needs a host and a port.")})
        if self.way == Way.FHIR and not self.base_url:
            raise ValidationError({"base_url": _("FHIR needs the address of a server.")})
