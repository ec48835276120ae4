"""A clinic's waitlist as a file in which no spreadsheet calculates, and that can be read in again."""

from __future__ import annotations

import tablib
from django.db.models import QuerySet

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
    visit_type = field("visit_type", "visit_type__name")
    provider = field("provider", "provider__name")
    provider_type = field("provider_type", "provider_type")
    urgent = field("urgent")
    notice_minutes = field("notice_minutes", "min_notice_minutes")
    available = field("available")
    joined = field("joined")
    status = field("status", "status")

    def dehydrate_consent(self, entry: WaitlistEntry) -> str:
        return exporting.flag(entry.patient.sms_consent)

    def dehydrate_urgent(self, entry: WaitlistEntry) -> str:
        return exporting.flag(entry.urgent)

    def dehydrate_available(self, entry: WaitlistEntry) -> str:
        windows = sorted(entry.availability.all(), key=lambda window: (window.weekday, window.start))
        return "; ".join(f"{_DAYS[one.weekday]} {one.start:%H:%M}-{one.end:%H:%M}" for one in windows)

    def dehydrate_joined(self, entry: WaitlistEntry) -> str:
        return entry.joined_at.astimezone(entry.clinic.zone).date().isoformat()


def dataset(entries: QuerySet[WaitlistEntry]) -> tablib.Dataset:
    """The entries, whoever joined first in front."""
    full = entries.select_related("patient", "clinic", "provider", "visit_type")
    return EntryResource().export(full.prefetch_related("availability").order_by("joined_at", "pk"))
