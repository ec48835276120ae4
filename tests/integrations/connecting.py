"""A clinic's calendar that is kept in an EHR which takes our bookings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic import booking, cancelling
from clinic.booking import NewBooking
from clinic.models import Appointment, Clinic, Patient, Provider
from integrations import sealing
from integrations.models import (
    DrchronoAccount,
    FeedCode,
    Outlet,
    PersonKey,
    PersonLink,
    Source,
    WriteBack,
)
from integrations.writing_back import sending
from tests.factories import ClinicFactory, PatientFactory, ProviderFactory, VisitTypeFactory
from tests.integrations.ehrs import DrchronoEhr, Ehr, FhirEhr, Hl7Ehr

KINDS: dict[str, type[Ehr]] = {"hl7": Hl7Ehr, "fhir": FhirEhr, "drchrono": DrchronoEhr}


@dataclass(kw_only=True)
class Connected:
    """The EHR, and the source that speaks for it."""

    ehr: Ehr
    source: Source

    def knows(self, *patients: Patient) -> None:
        """The EHR has a record of these patients."""
        for patient in patients:
            link = PersonLink.objects.create(source=self.source, patient=patient, changed_at=timezone.now())
            PersonKey.objects.create(source=self.source, key=f"P{patient.pk}", link=link)

    def states(self) -> list[str]:
        """What is owed to the EHR and how it stands, in order."""
        rows = WriteBack.objects.order_by("pk").values_list("what", "status")
        return [f"{what} {status}" for what, status in rows]

    def standing(self) -> list[str]:
        """How the visits stand over there."""
        return [str(visit.get("status") or "booked").lower() for visit in self.ehr.visits.values()]


def by_hand(clinic: Clinic) -> Source:
    """The clinic's calendar is kept in a system that staff enter our bookings in."""
    source = Source.objects.create(
        name="The hospital", kind="hl7", timezone=clinic.timezone, created_at=timezone.now()
    )
    source.clinics.add(clinic)
    return source


@contextmanager
def connected(way: str, *, clinic: Clinic, provider: Provider, settings: Any) -> Iterator[Connected]:
    """An EHR of this sort that listens on a real socket."""
    with KINDS[way]() as ehr:
        source = by_hand(clinic)
        # What it books without saying what it is.
        source.kind, source.visit_type = way, VisitTypeFactory.create()
        source.save(update_fields=["kind", "visit_type"])
        FeedCode.objects.create(source=source, kind="provider", value="9", provider=provider)
        FeedCode.objects.create(source=source, kind="clinic", value="5", clinic=clinic)
        outlet = Outlet(source=source, way=way, host="127.0.0.1", port=ehr.port, tls=False, dedupes=True)
        outlet.base_url = f"http://127.0.0.1:{ehr.port}"
        outlet.secret = sealing.seal(b"a-token")
        outlet.save()
        settings.DRCHRONO_BASE_URL = outlet.base_url
        token = {"access_token": outlet.secret, "refresh_token": outlet.secret, "scopes": "calendar:write"}
        DrchronoAccount.objects.create(source=source, **token)
        yield Connected(ehr=ehr, source=source)


def owed(what: str = "book") -> WriteBack:
    """The only row of that sort."""
    return WriteBack.objects.get(what=what)


def told(row: WriteBack) -> str:
    """Send it now; the state that it ends in."""
    WriteBack.objects.filter(pk=row.pk, next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
    return sending.send(write_back_id=row.pk, clock=timezone.now)


BY = "frontdesk"
every_way = pytest.mark.parametrize("connected", ["hl7", "fhir", "drchrono"], indirect=True)


def wanted(*, days: int = 7) -> NewBooking:
    """A visit that staff book, with everybody new."""
    clinic = ClinicFactory.create()
    return NewBooking(
        clinic_id=clinic.pk,
        provider_id=ProviderFactory.create(clinics=[clinic]).pk,
        patient_id=PatientFactory.create().pk,
        visit_type_id=VisitTypeFactory.create().pk,
        starts_at=timezone.now() + timedelta(days=days),
        ends_at=timezone.now() + timedelta(days=days, minutes=30),
    )


def book(wish: NewBooking) -> Appointment:
    return booking.book(booking=wish, by=BY, now=timezone.now())


def cancel(visit: Appointment) -> None:
    cancelling.cancel(appointment_id=visit.pk, by=BY, now=timezone.now())
