"""Patients and visits as files in which no spreadsheet calculates, and that can be read in again."""

from __future__ import annotations

from datetime import timedelta

import tablib
from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from clinic import consenting, importing_patients, scheduling
from clinic.models import Appointment, Patient
from clinic.states import STANDING
from core import exporting
from core.exporting import PlainResource, field
from core.models import AuditEvent


class PatientResource(PlainResource):
    """One line a patient, in the columns of clinic.importing_patients."""

    last_name = field("last_name", "last_name")
    first_name = field("first_name", "first_name")
    date_of_birth = field("date_of_birth", "date_of_birth")
    phone = field("phone", "phone")
    email = field("email", "email")
    language = field("language", "language")
    consent = field("consent")
    consent_words = field("consent_words")
    status = field("status", "status")
    preferred_channel = field("preferred_channel", "preferred_channel")
    timezone = field("timezone", "timezone")
    primary_provider = field("primary_provider", "primary_provider__name")
    under_guardian = field("under_guardian")
    birthday_greetings = field("birthday_greetings")
    agreed_email = field("agreed_email", "agreed_email")
    agreed_whatsapp = field("agreed_whatsapp", "agreed_whatsapp")
    agreed_voice = field("agreed_voice", "agreed_voice")
    agreed_greeting = field("agreed_greeting", "agreed_greeting")

    def dehydrate_consent(self, patient: Patient) -> str:
        return exporting.flag(patient.sms_consent)

    def dehydrate_consent_words(self, patient: Patient) -> str:
        return patient.said or ""  # type: ignore[attr-defined]

    def dehydrate_under_guardian(self, patient: Patient) -> str:
        return exporting.flag(patient.under_guardian)

    def dehydrate_birthday_greetings(self, patient: Patient) -> str:
        return exporting.flag(patient.birthday_greetings)


class VisitResource(PlainResource):
    """One line a visit, in the columns of clinic.importing_visits."""

    last_name = field("last_name", "patient__last_name")
    first_name = field("first_name", "patient__first_name")
    date_of_birth = field("date_of_birth", "patient__date_of_birth")
    phone = field("phone", "patient__phone")
    email = field("email", "patient__email")
    language = field("language", "patient__language")
    start = field("start")
    minutes = field("minutes")
    visit_type = field("visit_type", "visit_type__name")
    provider = field("provider", "provider__name")
    rooms = field("rooms")
    status = field("status", "status")
    because = field("because")

    def dehydrate_start(self, visit: Appointment) -> str:
        # With its offset: in the night in which clocks go back a time alone says too little.
        return visit.starts_at.astimezone(visit.clinic.zone).isoformat(sep=" ")

    def dehydrate_because(self, visit: Appointment) -> str:
        return scheduling.said_why(visit.reason or "")  # type: ignore[attr-defined]

    def dehydrate_minutes(self, visit: Appointment) -> str:
        return str((visit.ends_at - visit.starts_at) // timedelta(minutes=1))

    def dehydrate_rooms(self, visit: Appointment) -> str:
        return "; ".join(sorted(room.name for room in visit.resources.all()))


def patients(rows: QuerySet[Patient]) -> tablib.Dataset:
    """The patients in their order. Of a consent the words come with it: no importer takes one without."""
    agreed = {
        name: consenting.last_agreed(patient="pk", channel=channel)
        for name, channel in importing_patients.AGREED.items()
    }
    return PatientResource().export(rows.annotate(said=consenting.last_agreed(patient="pk"), **agreed))


def visits(rows: QuerySet[Appointment]) -> tablib.Dataset:
    """Those of the visits that are not off, the earliest first, and why one was booked against a warning."""
    lines = AuditEvent.objects.filter(verb="appointment.booked", object_type=Appointment._meta.label_lower)
    booked = lines.filter(object_id=Cast(OuterRef("pk"), CharField())).order_by("id")
    full = rows.filter(status__in=STANDING).annotate(reason=Subquery(booked.values("reason")[:1]))
    full = full.select_related("patient", "clinic", "provider", "visit_type")
    return VisitResource().export(full.prefetch_related("resources").order_by("starts_at", "pk"))
