"""What is taken away as a file: no more at once than a file may bring in again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import Appointment, Clinic, Patient
from core import files, scoping
from core.scoping import User

USUAL_DAYS = timedelta(days=90)


class PatientsOut(forms.Form):
    """Which part of the patients, by name; there is one where they are few."""

    part = forms.TypedChoiceField(coerce=int, label=_("Which of them, by name"))
    title, back, back_words = _("Take patients away"), "patients", _("Patients")

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__({"part": data.get("part", 1)})
        self._patients = scoping.limit(Patient.objects.order_by("last_name", "first_name", "pk"), user)
        total = self._patients.count()
        firsts = range(1, max(total, 1) + 1, files.MOST_ROWS)
        part: Any = self.fields["part"]
        part.choices = [
            (number, f"{first}–{min(first + files.MOST_ROWS - 1, total)}")
            for number, first in enumerate(firsts, start=1)
        ]

    def rows(self) -> QuerySet[Patient]:
        """The patients of the valid form."""
        first = (self.cleaned_data["part"] - 1) * files.MOST_ROWS
        return self._patients[first : first + files.MOST_ROWS]

    def urls(self) -> dict[str, str]:
        return {kind: reverse("patients-export", args=[kind]) for kind in ("csv", "xlsx")}


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        localize=False,
        validators=[MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2199, 12, 31))],
    )


class VisitsOut(forms.Form):
    """Of which clinic, and from which day to which, both included, by the clinic's calendar."""

    clinic = forms.ModelChoiceField(Clinic.objects.none(), empty_label=None, label=_("Clinic"))
    first_on = _day(_("From"))
    last_on = _day(_("Until"))
    title, back, back_words = _("Take appointments away"), "appointments", _("Appointments")

    def __init__(self, data: Any, *, user: User, now: datetime) -> None:
        clinics = scoping.limit(Clinic.objects.order_by("name", "pk"), user)
        first, usual = clinics.first(), {}
        if first:
            today = now.astimezone(first.zone).date()
            usual = {"clinic": first.pk, "first_on": today, "last_on": today + USUAL_DAYS}
        super().__init__({**usual, **{name: data[name] for name in data if data[name]}})
        clinic: Any = self.fields["clinic"]
        clinic.queryset = clinics

    def clean(self) -> dict[str, Any]:
        """Refuse days the wrong way round, and more visits than a file may bring."""
        data = super().clean() or {}
        if not {"clinic", "first_on", "last_on"} <= set(data):
            return data
        if data["last_on"] < data["first_on"]:
            self.add_error("last_on", _("The last day comes before the first."))
        elif self.rows().order_by()[: files.MOST_ROWS + 1].count() > files.MOST_ROWS:
            told = {"most": files.MOST_ROWS}
            self.add_error("last_on", gettext("More than %(most)s visits: choose fewer days.") % told)
        return data

    def rows(self) -> QuerySet[Appointment]:
        """The visits of those days."""
        clinic, last_on = self.cleaned_data["clinic"], self.cleaned_data["last_on"]
        since = datetime.combine(self.cleaned_data["first_on"], time(), clinic.zone)
        until = datetime.combine(last_on + timedelta(days=1), time(), clinic.zone)
        return Appointment.objects.filter(clinic=clinic, starts_at__gte=since, starts_at__lt=until)

    def urls(self) -> dict[str, str]:
        return {kind: reverse("appointments-export", args=[kind]) for kind in ("csv", "xlsx")}
