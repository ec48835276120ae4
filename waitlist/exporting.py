"""A clinic's waitlist as a file in which no spreadsheet calculates, and that can be read in again."""

from __future__ import annotations

from typing import Any

import tablib
from django.db.models import QuerySet
from import_export import fields, resources, widgets
from import_export.formats import base_formats

from core import spreadsheets
from waitlist.models import WaitlistEntry

FORMATS = {"csv": base_formats.CSV, "xlsx": base_formats.XLSX}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class PlainWidget(widgets.Widget):
    """A cell that is never a formula."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return spreadsheets.plain("" if value is None else str(value))


def _field(column: str, attribute: str | None = None) -> fields.Field:
    return fields.Field(column_name=column, attribute=attribute, widget=PlainWidget())


class EntryResource(resources.Resource):
    """One line an entry, in the columns of waitlist.importing."""

    last_name = _field("last_name", "patient__last_name")
    first_name = _field("first_name", "patient__first_name")
    date_of_birth = _field("date_of_birth", "patient__date_of_birth")
    phone = _field("phone", "patient__phone")
    email = _field("email", "patient__email")
    language = _field("language", "patient__language")
    consent = _field("consent")
    visit_type = _field("visit_type", "visit_type__name")
    provider = _field("provider", "provider__name")
    provider_type = _field("provider_type", "provider_type")
    urgent = _field("urgent")
    notice_minutes = _field("notice_minutes", "min_notice_minutes")
    available = _field("available")
    joined = _field("joined")
    status = _field("status", "status")

    class Meta:
        chunk_size = 2000

    def dehydrate_consent(self, entry: WaitlistEntry) -> str:
        return "yes" if entry.patient.sms_consent else "no"

    def dehydrate_urgent(self, entry: WaitlistEntry) -> str:
        return "yes" if entry.urgent else "no"

    def dehydrate_available(self, entry: WaitlistEntry) -> str:
        windows = sorted(entry.availability.all(), key=lambda window: (window.weekday, window.start))
        return "; ".join(f"{_DAYS[one.weekday]} {one.start:%H:%M}-{one.end:%H:%M}" for one in windows)

    def dehydrate_joined(self, entry: WaitlistEntry) -> str:
        return entry.joined_at.astimezone(entry.clinic.zone).date().isoformat()


def dataset(entries: QuerySet[WaitlistEntry]) -> tablib.Dataset:
    """The entries, whoever joined first in front."""
    full = entries.select_related("patient", "clinic", "provider", "visit_type")
    return EntryResource().export(full.prefetch_related("availability").order_by("joined_at", "pk"))


def as_file(rows: tablib.Dataset, kind: str) -> tuple[bytes, str]:
    """The rows as a file of that kind, csv or xlsx, and its type. The mark in front of a CSV is for Excel."""
    written = FORMATS[kind]()
    data = written.export_data(rows)
    raw = data.encode("utf-8-sig") if isinstance(data, str) else bytes(data)
    return raw, written.get_content_type()
