"""What the API reads, with all that a page of it needs: queries do not grow with the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, IntegerField, Max, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from clinic.models import (
    Appointment,
    Clinic,
    ClinicFile,
    Consent,
    Notice,
    Patient,
    Provider,
    Resource,
    VisitType,
)
from integrations import drifting, health
from integrations.health import Health
from integrations.models import Source
from messaging.models import Message, Suppression
from offers.models import Cancellation, Offer, Round
from outreach.models import Greeting, Reminder
from waitlist.models import Availability, WaitlistEntry


def clinics() -> QuerySet[Clinic]:
    return Clinic.objects.all()


def providers() -> QuerySet[Provider]:
    return Provider.objects.prefetch_related(Prefetch("clinics", Clinic.objects.only("pk").order_by("pk")))


def visit_types() -> QuerySet[VisitType]:
    return VisitType.objects.all()


def patients() -> QuerySet[Patient]:
    """Patients, each with `opted_out`."""
    stopped = Suppression.objects.filter(phone=OuterRef("phone"), lifted_at=None)
    return Patient.objects.annotate(opted_out=Exists(stopped))


def consents(patient: Patient) -> QuerySet[Consent]:
    """What a patient has said about being contacted, the last word first."""
    return Consent.objects.filter(patient=patient).order_by("-pk")


def waitlist_entries() -> QuerySet[WaitlistEntry]:
    """Entries with all that their score depends on."""
    windows = Availability.objects.order_by("weekday", "start", "pk")
    return WaitlistEntry.objects.select_related("clinic", "current_appointment").prefetch_related(
        Prefetch("availability", windows)
    )


def appointments() -> QuerySet[Appointment]:
    """Visits with their reminders, the earliest first, and the number of the clinic's file."""
    files = ClinicFile.objects.filter(patient=OuterRef("patient"), clinic=OuterRef("clinic"))
    joined = Appointment.objects.select_related("clinic", "visit_type")
    numbered = joined.annotate(clinic_file=Subquery(files.values("number")[:1]))
    return numbered.prefetch_related(
        Prefetch("reminders", Reminder.objects.order_by("-minutes_before", "pk")),
        Prefetch("resources", Resource.objects.order_by("pk")),
    )


def resources() -> QuerySet[Resource]:
    return Resource.objects.all()


def clinic_files() -> QuerySet[ClinicFile]:
    return ClinicFile.objects.all()


def notices() -> QuerySet[Notice]:
    return Notice.objects.select_related("appointment")


def cancellations() -> QuerySet[Cancellation]:
    """Slots with their offers and the number of the current round; the rounds' long arrays stay behind."""
    newest = Round.objects.filter(cancellation=OuterRef("pk")).order_by().values("cancellation")
    number = Subquery(newest.annotate(last=Max("number")).values("last"), output_field=IntegerField())
    offers = Offer.objects.annotate(round_number=F("round__number")).order_by("round__number", "rank", "pk")
    return Cancellation.objects.annotate(round_number=Coalesce(number, 0)).prefetch_related(
        Prefetch("offers", offers)
    )


def messages() -> QuerySet[Message]:
    return Message.objects.all()


def greetings() -> QuerySet[Greeting]:
    """What became of each birthday."""
    return Greeting.objects.all()


def sources() -> QuerySet[Source]:
    """Sources of schedules, each with its clinics."""
    return Source.objects.prefetch_related(Prefetch("clinics", Clinic.objects.only("pk").order_by("pk")))


@dataclass(frozen=True, slots=True)
class Feed:
    """A source with how it is."""

    health: Health
    drift: drifting.Counts


def feeds(page: Sequence[Source], *, now: datetime) -> list[Feed]:
    """The sources of a page, in their order."""
    found = {one.source.pk: one for one in health.look(sources=_of(page), now=now)}
    drifts = drifting.counts(sources=page, now=now)
    return [Feed(found[source.pk], drifts[source.pk]) for source in page]


def _of(page: Sequence[Source]) -> QuerySet[Source]:
    return sources().filter(pk__in=[source.pk for source in page])


def visits_with_names() -> QuerySet[Appointment]:
    """Visits with whom, where and what."""
    return Appointment.objects.select_related("provider", "clinic", "visit_type")


def slots_with_names() -> QuerySet[Cancellation]:
    """Slots with whose they are, where and what for."""
    return Cancellation.objects.select_related("provider", "clinic", "visit_type")


def patients_with_doctor() -> QuerySet[Patient]:
    """Patients with the doctor who looks after them."""
    return Patient.objects.select_related("primary_provider")
