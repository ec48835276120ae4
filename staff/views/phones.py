"""What do patients see? The simulated phones, where no real provider is configured."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from clinic.models import Patient
from messaging.gateways import simulated
from staff import handsets
from staff.forms import AnswerForm
from staff.permissions import needs

UNPROCESSABLE, NOTHING_NEW = 422, 204
QUICK_ANSWERS = ("YES", "NO", "STOP")


def _patient(pk: int) -> Patient:
    """The owner of a simulated phone. Raises Http404 where texts go to real ones."""
    if not settings.USE_MOCK_TWILIO:
        raise Http404
    return get_object_or_404(Patient, pk=pk)


def _page(request: HttpRequest, patient: Patient, form: AnswerForm) -> HttpResponse:
    thread = handsets.thread(patient)
    context = {"patient": patient, "thread": thread, "last": thread[-1].pk if thread else 0, "form": form}
    context["quick_answers"] = QUICK_ANSWERS
    return render(request, "staff/phone.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_safe
@needs("messaging.view_message")
def phones(request: HttpRequest) -> HttpResponse:
    """Every phone that was texted."""
    if not settings.USE_MOCK_TWILIO:
        raise Http404
    return render(request, "staff/phones.html", {"handsets": handsets.handsets()})


@require_safe
@needs("messaging.view_message")
def phone(request: HttpRequest, pk: int) -> HttpResponse:
    """One patient's phone."""
    return _page(request, _patient(pk), AnswerForm())


@require_POST
@needs("messaging.change_message")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Text back as the patient would."""
    patient, form = _patient(pk), AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, patient, form)
    try:
        simulated.answer(from_number=patient.phone, body=form.cleaned_data["body"])
    except RequestException:
        messages.error(request, "The answer did not get through. Is PUBLIC_URL this server's address?")
    return redirect("phone", pk=pk)


@require_safe
@needs("messaging.view_message")
def thread(request: HttpRequest, pk: int) -> HttpResponse:
    """The texts alone, for a page that looks again; 204 where nothing came after text `last`."""
    patient = _patient(pk)
    shown = handsets.thread(patient)
    last = shown[-1].pk if shown else 0
    if request.GET.get("last") == str(last):
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "staff/_thread.html", {"patient": patient, "thread": shown, "last": last})
