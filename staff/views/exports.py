"""Files out: what staff take away, which is written down, in the columns of what can be read in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic import exporting as calendar
from clinic import seeing
from core import exporting as sheets
from staff import lists
from staff.export_forms import PatientsOut, VisitsOut
from staff.permissions import needs
from staff.wishes import WaitlistFilter
from waitlist import exporting

UNPROCESSABLE = 422


@require_safe
@needs("waitlist.export_waitlist")
def export_waitlist(request: HttpRequest, kind: str) -> HttpResponse:
    """The list as its filters show it, as CSV or XLSX. That it was taken away is written down."""
    form = WaitlistFilter(request.GET, user=request.user)
    if not form.is_valid():
        return render(request, "staff/waitlist.html", {"form": form}, status=UNPROCESSABLE)
    now, wanted = timezone.now(), form.wanted()
    rows = exporting.dataset(lists.entries(wanted=wanted))
    seeing.taken_away("waitlist", of=wanted.clinic, request=request, now=now, entries=len(rows), kind=kind)
    return _file(rows, kind, f"waitlist-{now:%Y-%m-%d}")


@require_safe
@needs("clinic.export_patient")
def choose_patients(request: HttpRequest) -> HttpResponse:
    """Which part of the patients is taken away."""
    return _choice(request, PatientsOut(request.GET, user=request.user))


@require_safe
@needs("clinic.export_patient")
def export_patients(request: HttpRequest, kind: str) -> HttpResponse:
    """A part of the patients whom the user may see: as many as a file may bring."""
    form = PatientsOut(request.GET, user=request.user)
    if not form.is_valid():
        return _choice(request, form)
    now, part = timezone.now(), form.cleaned_data["part"]
    rows = calendar.patients(form.rows())
    seeing.taken_away("patients", request=request, now=now, patients=len(rows), part=part, kind=kind)
    return _file(rows, kind, f"patients-{now:%Y-%m-%d}-{part}")


@require_safe
@needs("clinic.export_appointment")
def choose_appointments(request: HttpRequest) -> HttpResponse:
    """Of which clinic and days the visits are taken away."""
    return _choice(request, VisitsOut(request.GET, user=request.user, now=timezone.now()))


@require_safe
@needs("clinic.export_appointment")
def export_appointments(request: HttpRequest, kind: str) -> HttpResponse:
    """The visits of a clinic on some days: no more than a file may bring."""
    now = timezone.now()
    form = VisitsOut(request.GET, user=request.user, now=now)
    if not form.is_valid():
        return _choice(request, form)
    rows = calendar.visits(form.rows())
    days = {name: f"{form.cleaned_data[name]:%Y-%m-%d}" for name in ("first_on", "last_on")}
    clinic = form.cleaned_data["clinic"]
    seeing.taken_away(
        "appointments", of=clinic, request=request, now=now, visits=len(rows), kind=kind, **days
    )
    return _file(rows, kind, f"appointments-{days['first_on']}-{days['last_on']}")


def _choice(request: HttpRequest, form: PatientsOut | VisitsOut) -> HttpResponse:
    status = 200 if form.is_valid() else UNPROCESSABLE
    return render(request, "staff/export.html", {"form": form}, status=status)


def _file(rows: Any, kind: str, name: str) -> HttpResponse:
    raw, content_type = sheets.as_file(rows, kind)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return HttpResponse(raw, content_type=content_type, headers=headers)
