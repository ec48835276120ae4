"""May we text, and what did we promise? One patient, found without a name in any address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import consenting, registering, seeing
from clinic.models import Appointment, Patient
from core import looking, scoping, transitions
from offers import linking
from staff import finding, records
from staff.patient_forms import ConsentForm, DetailsForm, InviteForm, NewPatientForm, SearchForm
from staff.permissions import needs
from waitlist import inviting, joining
from waitlist.models import WaitlistEntry

UNPROCESSABLE = 422
ACTIONS: dict[str, Any] = {
    "pause": joining.pause,
    "resume": joining.resume,
    "remove": joining.remove,
    "link": linking.send_to_entry,
}


def _who(request: HttpRequest) -> str:
    return request.user.get_username()


def _form_page(request: HttpRequest, name: str, form: Any, patient: Patient | None = None) -> HttpResponse:
    status = UNPROCESSABLE if form.errors else 200
    return render(request, f"staff/{name}.html", {"form": form, "patient": patient}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("clinic.view_patient")
def patients(request: HttpRequest) -> HttpResponse:
    """Look for a patient. A search is a POST that changes nothing: a name must not stand in an address."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = UNPROCESSABLE if form.errors else 200
        return render(request, "staff/patients.html", {"form": form, "found": None}, status=status)
    typed, number = form.cleaned_data["typed"], form.cleaned_data["page"] or 1
    found = finding.find(typed=typed, number=number, user=request.user)
    looking.rows(Patient, count=len(found.page), request=request, now=timezone.now())
    return render(request, "staff/patients.html", {"form": form, "found": found})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("clinic.add_patient")
def new(request: HttpRequest) -> HttpResponse:
    """Take somebody on the books, and straight on to what they wait for."""
    usual = {"status": Patient.Status.ACTIVE, "birthday_greetings": True}
    form = NewPatientForm(request.POST or None, user=request.user, initial=usual)
    if form.is_valid():
        try:
            patient = registering.register(patient=form.new(), by=_who(request), now=timezone.now())
        except registering.RegisteringError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("On the books. What do they wait for?"))
            return redirect("waitlist-join", pk=patient.pk)
    return _form_page(request, "patient_new", form)


@require_safe
@needs("clinic.view_patient")
def patient(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole page. That it was looked at is written down."""
    found, now = scoping.find(Patient, user=request.user, pk=pk), timezone.now()
    seeing.patient(found, request=request, now=now)
    record = records.record(found, user=request.user, now=now)
    return render(request, "staff/patient.html", {"record": record, "patient": found})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("clinic.change_patient")
def details(request: HttpRequest, pk: int) -> HttpResponse:
    """Who it is, how to reach them, and how they want to be reached."""
    found = scoping.find(Patient, user=request.user, pk=pk)
    seeing.form(found, request=request, now=timezone.now())
    form = DetailsForm.of(found, request.POST or None, user=request.user)
    if form.is_valid():
        try:
            registering.update(patient_id=pk, changes=form.changes(), by=_who(request), now=timezone.now())
        except registering.RegisteringError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("Kept."))
            return redirect("patient", pk=pk)
    return _form_page(request, "patient_details", form, found)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("clinic.change_patient")
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what the patient said about being contacted: given, or taken back with the reason."""
    found = scoping.find(Patient, user=request.user, pk=pk)
    seeing.form(found, request=request, now=timezone.now())
    form = ConsentForm(request.POST or None)
    if form.is_valid():
        try:
            consenting.record(patient_id=pk, word=form.word(), by=_who(request), now=timezone.now())
        except consenting.ConsentError as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, _("It stands in the ledger."))
            return redirect("patient", pk=pk)
    return _form_page(request, "patient_consent", form, found)


@require_POST
@needs("waitlist.change_waitlistentry")
def act(request: HttpRequest, pk: int, entry: int, action: str) -> HttpResponse:
    """One of ACTIONS on one wish of this patient; who was faster is said."""
    scoping.find(WaitlistEntry, user=request.user, pk=entry, patient=pk)
    verb = ACTIONS.get(action)
    if verb is None:
        raise Http404
    try:
        verb(entry_id=entry, by=_who(request), now=timezone.now())
    except (transitions.StaleState, inviting.CannotInvite) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Done."))
    return redirect("patient", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("waitlist.add_waitlistentry")
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a link by which the patient joins the list without a login."""
    found = scoping.find(Patient, user=request.user, pk=pk)
    seeing.form(found, request=request, now=timezone.now())
    form = InviteForm(request.POST or None, user=request.user)
    if form.is_valid():
        try:
            linking.invite(invite=form.invite(found), by=_who(request), now=timezone.now())
        except (transitions.StaleState, inviting.CannotInvite) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The link is on its way."))
            return redirect("patient", pk=pk)
    return _form_page(request, "patient_invite", form, found)


@require_POST
@needs("waitlist.add_waitlistentry")
def wants_earlier(request: HttpRequest, pk: int) -> HttpResponse:
    """From a booked visit to the waitlist in one click."""
    visit = scoping.find(Appointment, user=request.user, pk=pk)
    try:
        joining.want_earlier(appointment_id=pk, by=_who(request), now=timezone.now())
    except (joining.JoiningError, transitions.StaleState) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("On the list for an earlier time; this visit is kept until then."))
    return redirect("patient", pk=visit.patient_id)
