"""What if a text does not arrive? The network of the simulated phones, and callbacks as they are wanted."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.models import Patient
from core.translating import translated
from messaging.gateways import simulated_callbacks, simulated_network
from messaging.gateways.simulated_callbacks import Forced
from staff import threads
from staff.permissions import needs
from staff.phone_forms import ForceForm, NetworkForm
from staff.views.phones import UNPROCESSABLE, owner, phone_page, simulated


@require_http_methods(["GET", "HEAD", "POST"])
@needs("messaging.change_message")
@simulated
def for_all(request: HttpRequest) -> HttpResponse:
    """The network of every phone."""
    form = NetworkForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        simulated_network.set_for_all(conditions=form.cleaned_data["conditions"], now=timezone.now())
        messages.success(request, _("From the next text on, every phone has this network."))
        return redirect("phones")
    shown = form or NetworkForm.showing(simulated_network.of(simulated_network.EVERY_PHONE))
    status = UNPROCESSABLE if shown.errors else 200
    return render(request, "staff/phone_network.html", {"form": shown}, status=status)


@require_POST
@needs("messaging.change_message")
@simulated
def for_one(request: HttpRequest, pk: int) -> HttpResponse:
    """The network of one phone, or that of all again."""
    patient, form = owner(request, pk), NetworkForm(request.POST)
    if "forget" in request.POST:
        simulated_network.forget(number=patient.phone)
        messages.success(request, _("This phone has the network of all phones again."))
    elif form.is_valid():
        conditions = form.cleaned_data["conditions"]
        simulated_network.set_for(number=patient.phone, conditions=conditions, now=timezone.now())
        messages.success(request, _("From the next text on, this phone has this network."))
    else:
        return phone_page(request, patient, network=form)
    return redirect("phone", pk=pk)


@require_safe
@needs("messaging.view_message")
@simulated
def text(request: HttpRequest, pk: int, text: int) -> HttpResponse:
    """One text: what became of it, and what the provider might say of it."""
    return _text_page(request, owner(request, pk), text, ForceForm())


@require_POST
@needs("messaging.change_message")
@simulated
def force(request: HttpRequest, pk: int, text: int) -> HttpResponse:
    """Let the provider say something of a text now."""
    patient, form = owner(request, pk), ForceForm(request.POST)
    if threads.story(patient, text, timezone.now()) is None:
        raise Http404
    if not form.is_valid():
        return _text_page(request, patient, text, form)
    forced, code = Forced(form.cleaned_data["forced"]), form.cleaned_data["error_code"]
    try:
        simulated_callbacks.force(text_id=text, forced=forced, error_code=code, now=timezone.now())
    except simulated_callbacks.CannotForce as refusal:
        messages.error(request, translated(str(refusal)))
        return redirect("phone-text", pk=pk, text=text)
    return redirect("phone", pk=pk)


def _text_page(request: HttpRequest, patient: Patient, text: int, form: ForceForm) -> HttpResponse:
    story = threads.story(patient, text, timezone.now())
    if story is None:
        raise Http404
    context = {"patient": patient, "story": story, "form": form}
    return render(request, "staff/phone_text.html", context, status=UNPROCESSABLE if form.errors else 200)
