"""Who comes on one day, who was reminded, and what speaks against a visit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import OuterRef, Prefetch, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic import scheduling
from clinic.models import Appointment, Clinic, ClinicFile, Provider
from clinic.states import ACTIVE, AppointmentStatus
from core import scoping, spreadsheets
from core.scoping import User
from outreach.models import Reminder
from staff.bookings import said

PAGE_SIZE = 100
CONFLICTS, UNCONFIRMED, UNREMINDED = "conflicts", "unconfirmed", "unreminded"
ONLY = (
    ("", _("All visits")),
    (CONFLICTS, _("With conflicts")),
    (UNCONFIRMED, _("Not confirmed")),
    (UNREMINDED, _("A reminder did not go out")),
)


class DayFilter(forms.Form):
    """What is looked for; it stands in the address, so that a list can be sent to a colleague."""

    clinic = forms.ModelChoiceField(Clinic.objects.none(), empty_label=None, label=_("Clinic"))
    on = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        localize=False,
        validators=[MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2199, 12, 31))],
    )
    provider = forms.ModelChoiceField(
        Provider.objects.none(), required=False, empty_label=_("Any provider"), label=_("Provider")
    )
    status = forms.ChoiceField(
        choices=[("", _("Any status")), *AppointmentStatus.choices], required=False, label=_("Status")
    )
    only = forms.ChoiceField(choices=ONLY, required=False, label=_("Only"))

    def __init__(self, data: Any, *, user: User, now: datetime) -> None:
        clinics = scoping.limit(Clinic.objects.order_by("name", "pk"), user)
        self.first = clinics.first()
        typed = {name: data[name] for name in data if data[name]}
        usual: dict[str, Any] = {}
        if self.first:
            place = next((one for one in clinics if str(one.pk) == typed.get("clinic")), self.first)
            usual = {"clinic": place.pk, "on": f"{now.astimezone(place.zone):%Y-%m-%d}"}
        super().__init__({**usual, **typed})
        fields: dict[str, Any] = self.fields
        fields["clinic"].queryset = clinics
        fields["provider"].queryset = scoping.limit(Provider.objects.order_by("name", "pk"), user)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One visit of the day; times are the clinic's own."""

    visit: Appointment
    starts_at: datetime
    ends_at: datetime
    file_number: str
    reminders: Sequence[Reminder]
    conflicts: Sequence[dict[str, Any]]

    @property
    def is_unreminded(self) -> bool:
        return any(reminder.status in ("failed", "skipped") for reminder in self.reminders)


def with_file(visits: Any) -> Any:
    """Visits with the number of the clinic's file of their patient as `file_number`."""
    files = ClinicFile.objects.filter(patient=OuterRef("patient"), clinic=OuterRef("clinic"))
    return visits.annotate(file_number=Subquery(files.values("number")[:1]))


def rows(*, form: DayFilter, user: User) -> list[Row]:
    """The visits that the valid form looks for, the earliest first."""
    wanted = form.cleaned_data
    visits = _visits(wanted["clinic"], wanted["on"], user)
    if wanted["provider"]:
        visits = visits.filter(provider=wanted["provider"])
    if wanted["status"]:
        visits = visits.filter(status=wanted["status"])
    if wanted["only"] == UNCONFIRMED:
        visits = visits.filter(status=AppointmentStatus.BOOKED, confirmed_at=None)
    found = list(visits)
    against = scheduling.found_in([visit for visit in found if visit.status in ACTIVE])
    made = [_row(visit, said(against.get(visit.pk, ()))) for visit in found]
    keep = {CONFLICTS: lambda row: row.conflicts, UNREMINDED: lambda row: row.is_unreminded}
    chosen = keep.get(wanted["only"])
    return made if chosen is None else [row for row in made if chosen(row)]


def _visits(clinic: Clinic, on: date, user: User) -> Any:
    # The clinic's midnights: a day of a change of the clocks has 23 or 25 hours.
    midnights = [datetime.combine(day, time(), clinic.zone) for day in (on, on + timedelta(days=1))]
    visits = Appointment.objects.filter(
        clinic=clinic, starts_at__gte=midnights[0], starts_at__lt=midnights[1]
    )
    visits = with_file(scoping.limit(visits, user))
    reminders = Prefetch("reminders", Reminder.objects.order_by("-minutes_before", "pk"))
    joined = visits.select_related("clinic", "provider", "patient", "visit_type")
    return joined.prefetch_related(reminders).order_by("starts_at", "pk")


def _row(visit: Any, conflicts: Sequence[dict[str, Any]]) -> Row:
    zone = visit.clinic.zone
    return Row(
        visit=visit,
        starts_at=visit.starts_at.astimezone(zone),
        ends_at=visit.ends_at.astimezone(zone),
        file_number=visit.file_number or "",
        reminders=list(visit.reminders.all()),
        conflicts=conflicts,
    )


HEAD = ("start", "end", "file", "patient", "visit type", "provider", "status", "confirmed")
HEAD += ("reminders", "conflicts")  # type: ignore[assignment]


def as_csv(found: Sequence[Row]) -> str:
    """The same visits for a spreadsheet; the mark in front is for Excel."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for row in found:
        writer.writerow([spreadsheets.plain(cell) for cell in _cells(row)])
    return out.getvalue()


def _cells(row: Row) -> Iterator[str]:
    visit = row.visit
    yield row.starts_at.isoformat(timespec="minutes")
    yield row.ends_at.isoformat(timespec="minutes")
    yield from (row.file_number, str(visit.patient), str(visit.visit_type), str(visit.provider))
    yield str(visit.get_status_display())
    yield gettext("yes") if visit.confirmed_at else gettext("no")
    yield "; ".join(_reminder(reminder) for reminder in row.reminders)
    yield "; ".join(str(conflict["words"]) for conflict in row.conflicts)


def _reminder(reminder: Reminder) -> str:
    reason = f" ({reminder.get_reason_display()})" if reminder.reason else ""
    return f"{reminder.get_status_display()}{reason}"
