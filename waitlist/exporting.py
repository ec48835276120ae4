"""A clinic's waitlist as a file in which no spreadsheet calculates, and that can be read in again."""

from __future__ import annotations

from datetime import datetime

import tablib
from django.db.models import QuerySet

from clinic import consenting
from core import exporting
from core.exporting import PlainResource, field
from waitlist.models import WaitlistEntry

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class EntryResource(PlainResource):
    """One line an entry, in the columns of waitlist.importing."""

    last_name = field("last_name", "patient__last_name")
    first_name = field("first_name", "patient__first_name")
    date_of_birth = field("date_of_birth", "patient__date_of_birth")
    phone = field("phone", "patient__phone")
    email = field("email", "patient__email")
    language = field("language", "patient__language")
    consent = field("consent")
    consent_words = field("consent_words")
    visit_type = field("visit_type", "visit_type__name")
    provider = field("provider", "provider__name")
    provider_type = field("provider_type", "provider_type")
    urgent = field("urgent")
    notice_minutes = field("notice_minutes", "min_notice_minutes")
    available = field("available")
    joined = field("joined")
    expires = field("expires")
    boost = field("boost", "manual_boost")
    boost_reason = field("boost_reason", "boost_reason")
    current_visit = field("current_visit")
    status = field("status", "status")

    def dehydrate_consent(self, entry: WaitlistEntry) -> str:
        return exporting.flag(entry.patient.sms_consent)

    def dehydrate_consent_words(self, entry: WaitlistEntry) -> str:
        return entry.said or ""  # type: ignore[attr-defined]

    def dehydrate_urgent(self, entry: WaitlistEntry) -> str:
        return exporting.flag(entry.urgent)

    def dehydrate_available(self, entry: WaitlistEntry) -> str:
        windows = sorted(entry.availability.all(), key=lambda window: (window.weekday, window.start))
        return "; ".join(f"{_DAYS[one.weekday]} {one.start:%H:%M}-{one.end:%H:%M}" for one in windows)

    def dehydrate_joined(self, entry: WaitlistEntry) -> str:
        return _moment(entry.joined_at, entry)

    def dehydrate_expires(self, entry: WaitlistEntry) -> str:
        return _moment(entry.expires_at, entry)

    def dehydrate_current_visit(self, entry: WaitlistEntry) -> str:
        visit = entry.current_appointment
        return _moment(visit.starts_at if visit is not None else None, entry)


def _moment(at: datetime | None, entry: WaitlistEntry) -> str:
    """By the clinic's clocks, with the offset: of two who joined on one day the first stays the first."""
    return at.astimezone(entry.clinic.zone).isoformat(sep=" ") if at is not None else ""


def dataset(entries: QuerySet[WaitlistEntry]) -> tablib.Dataset:
    """The entries, whoever joined first in front."""
    full = entries.select_related("patient", "clinic", "provider", "visit_type", "current_appointment")
    full = full.annotate(said=consenting.last_agreed(patient="patient"))
    return EntryResource().export(full.prefetch_related("availability").order_by("joined_at", "pk"))
