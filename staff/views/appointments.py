"""Who comes, who was reminded? The day, one visit, and booking, moving and cancelling it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from clinic import attending, booking, cancelling, scheduling, seeing
from clinic.models import Patient
from clinic.states import AppointmentStatus
from core import scoping, transitions
from staff import days, visits
from staff.bookings import CancelForm, MoveForm, VisitForm
from staff.days import DayFilter
from staff.forms import PatientChoice
from staff.permissions import needs
from waitlist import joining, moving

UNPROCESSABLE = 422
REFUSALS = (transitions.StaleState, joining.JoiningError)
ACTIONS: dict[str, tuple[Any, Any]] = {
    "confirm": (attending.confirm, gettext_lazy("Confirmed.")),
    "arrived": (
        partial(attending.set_status, to=AppointmentStatus.ARRIVED),
        gettext_lazy("Arrived."),
    ),
    "completed": (
        partial(attending.set_status, to=AppointmentStatus.COMPLETED),
        gettext_lazy("Completed."),
    ),
    "no-show": (
        partial(attending.set_status, to=AppointmentStatus.NO_SHOW),
        gettext_lazy("Recorded as a no-show."),
    ),
    "earlier": (
        joining.want_earlier,
        gettext_lazy("On the waitlist: whoever cancels, this patient may be asked."),
    ),
}


def _who(request: HttpRequest) -> str:
    return request.user.get_username()


def _typed(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@require_safe
@needs("clinic.view_appointment")
def day(request: HttpRequest) -> HttpResponse:
    """The visits of one clinic on one day; day and filters stand in the address."""
    now = timezone.now()
    form = DayFilter(request.GET, user=request.user, now=now)
    if not form.is_valid():
        status = UNPROCESSABLE if form.first else 200
        return render(request, "staff/appointments.html", {"form": form, "page": None}, status=status)
    clinic, on = form.cleaned_data["clinic"], form.cleaned_data["on"]
    seeing.day(clinic, on=on, request=request, now=now)
    page = Paginator(days.rows(form=form, user=request.user), days.PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    told = {"form": form, "page": page, "zone": clinic.timezone}
    return render(request, "staff/appointments.html", told)


@require_safe
@needs("clinic.view_appointment")
def day_csv(request: HttpRequest) -> HttpResponse:
    """The same visits for a spreadsheet. That they were taken away is written down."""
    now = timezone.now()
    form = DayFilter(request.GET, user=request.user, now=now)
    if not form.is_valid():
        return render(request, "staff/appointments.html", {"form": form, "page": None}, status=UNPROCESSABLE)
    clinic, on = form.cleaned_data["clinic"], f"{form.cleaned_data['on']:%Y-%m-%d}"
    rows = days.rows(form=form, user=request.user)
    seeing.taken_away("appointments", of=clinic, request=request, now=now, on=on, visits=len(rows))
    headers = {"Content-Disposition": f'attachment; filename="appointments-{on}.csv"'}
    words = days.as_csv(rows)
    return HttpResponse(words, content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
@needs("clinic.view_appointment")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened to this visit, and what may be done with it. That it was looked at is written down."""
    visit, now = visits.find(pk=pk, user=request.user), timezone.now()
    seeing.visit(visit, request=request, now=now)
    return render(request, "staff/appointment.html", {"card": visits.page(visit=visit, now=now)})


@require_POST
@needs("clinic.change_appointment")
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """One of ACTIONS on one visit; whoever was faster is told what it is by now."""
    visits.find(pk=pk, user=request.user)
    verb, done = ACTIONS[action]
    try:
        verb(appointment_id=pk, by=_who(request), now=timezone.now())
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("appointment", pk=pk)


@needs("clinic.change_appointment")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a visit, and offer its time to the waitlist or not."""
    visit = visits.find(pk=pk, user=request.user)
    seeing.form(visit, request=request, now=timezone.now())
    form = CancelForm(_typed(request))
    if form.is_valid():
        now, by = timezone.now(), _who(request)
        try:
            cancelling.cancel(appointment_id=pk, by=by, now=now, **form.cleaned_data)
        except transitions.StaleState as stale:
            form.add_error(None, str(stale))
        else:
            messages.success(request, _cancelled(visits.dropped(visit)))
            if form.cleaned_data["tells_patient"] and visits.is_unreached(visit):
                messages.warning(
                    request, _("No text reaches this patient. Call to say that the visit is off.")
                )
            return redirect("appointment", pk=pk)
    status = UNPROCESSABLE if form.errors else 200
    told = {"form": form, "card": visits.page(visit=visit, now=timezone.now())}
    return render(request, "staff/appointment_cancel.html", told, status=status)


def _cancelled(reminders: int) -> str:
    return ngettext(
        "Cancelled. %(number)s reminder was taken back.",
        "Cancelled. %(number)s reminders were taken back.",
        reminders,
    ) % {"number": reminders}


def _moved(reminders: int) -> str:
    return ngettext(
        "Moved. This is the visit at its new time; %(number)s reminder of the old one was taken back.",
        "Moved. This is the visit at its new time; %(number)s reminders of the old one were taken back.",
        reminders,
    ) % {"number": reminders}


@needs("clinic.change_appointment")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a visit; its old time goes to the waitlist."""
    visit = visits.find(pk=pk, user=request.user)
    seeing.form(visit, request=request, now=timezone.now())
    form = MoveForm(_typed(request), visit=visit)
    if form.is_valid():
        try:
            moved = moving.move(appointment_id=pk, by=_who(request), now=timezone.now(), **form.cleaned_data)
        except scheduling.Conflicting as conflicting:
            form.refuse(conflicting.found)
        except (transitions.StaleState, booking.BookingError) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _moved(visits.dropped(visit)))
            return redirect("appointment", pk=moved.pk)
    status = UNPROCESSABLE if form.errors else 200
    told = {"form": form, "card": visits.page(visit=visit, now=timezone.now())}
    return render(request, "staff/appointment_move.html", told, status=status)


@needs("clinic.add_appointment")
def find(request: HttpRequest) -> HttpResponse:
    """For whom a visit is booked: a search by name, which stands in no address."""
    finding = request.method == "POST" and "patient" not in request.POST
    typed = None if finding else request.POST or None
    form = PatientChoice(typed, user=request.user, name=request.POST.get("name", ""))
    if form.is_valid():
        return redirect("appointment-book", pk=form.cleaned_data["patient"].pk)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/appointment_find.html", {"form": form}, status=status)


@needs("clinic.add_appointment")
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Book a visit for this patient; what speaks against it is shown before and when it is sent."""
    patient = scoping.find(Patient, user=request.user, pk=pk)
    seeing.form(patient, request=request, now=timezone.now())
    form = VisitForm(_typed(request), user=request.user, patient=patient)
    if form.is_valid():
        try:
            visit = scheduling.schedule(booking=form.booking(), by=_who(request), now=timezone.now())
        except scheduling.Conflicting as conflicting:
            form.refuse(conflicting.found)
        except booking.BookingError as refusal:
            form.add_error("starts_at", str(refusal))
        else:
            messages.success(request, _("Booked."))
            return redirect("appointment", pk=visit.pk)
    status = UNPROCESSABLE if form.errors else 200
    told = {"form": form, "patient": patient}
    return render(request, "staff/appointment_book.html", told, status=status)


@require_POST
@needs("clinic.add_appointment")
def conflicts(request: HttpRequest, pk: int) -> HttpResponse:
    """What speaks against the visit that is being typed; nothing is stored."""
    patient = scoping.find(Patient, user=request.user, pk=pk)
    form = VisitForm(request.POST, user=request.user, patient=patient)
    return render(request, "staff/_conflicts.html", {"conflicts": form.look()})


@require_POST
@needs("clinic.change_appointment")
def move_conflicts(request: HttpRequest, pk: int) -> HttpResponse:
    """What speaks against the time to which a visit is being moved; nothing is stored."""
    form = MoveForm(request.POST, visit=visits.find(pk=pk, user=request.user))
    return render(request, "staff/_conflicts.html", {"conflicts": form.look()})
