"""What do patients see? The simulated phones, where no real provider is configured."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from clinic.models import Patient
from core import scoping
from messaging.gateways import simulated_network, simulated_replies
from staff import handsets, threads
from staff.idling import unattended
from staff.permissions import needs
from staff.phone_forms import AnswerForm, NetworkForm, SearchForm

UNPROCESSABLE, NOTHING_NEW = 422, 204
# Where a search is kept: a name must not stand in an address.
SEARCH = "phones_search"
NOT_BROUGHT = _(
    "The answer did not get through, so it will be fetched within two minutes."
    " Is PUBLIC_URL this server's address?"
)
View = Callable[..., HttpResponse]


def simulated(view: View) -> View:
    """Where texts go to real phones there are no such pages."""

    @wraps(view)
    def there(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.USE_MOCK_TWILIO:
            raise Http404
        return view(request, *args, **kwargs)

    return there


def owner(request: HttpRequest, pk: int) -> Patient:
    """A patient whom the user may see and who has a phone; Http404 where there is none."""
    patient = scoping.find(Patient, user=request.user, pk=pk)
    if not patient.phone:
        raise Http404
    return patient


def phone_page(
    request: HttpRequest,
    patient: Patient,
    *,
    form: AnswerForm | None = None,
    network: NetworkForm | None = None,
) -> HttpResponse:
    """One phone with its forms; a refused one keeps what was typed, with 422."""
    now = timezone.now()
    shown, phone = threads.thread(patient, now), handsets.phone_of(patient)
    handsets.look(patient, shown)
    own = simulated_network.own(patient.phone)
    context = {
        "patient": patient,
        "who": handsets.named(handsets.sharing(patient)),
        "phone": phone,
        "thread": shown,
        "version": threads.version(shown),
        "form": form or AnswerForm(),
        "network": network or NetworkForm.showing(own or simulated_network.of(patient.phone)),
        "is_own": own is not None,
        "quick_answers": handsets.quick_answers(patient, phone),
    }
    refused = (form and form.errors) or (network and network.errors)
    return render(request, "staff/phone.html", context, status=UNPROCESSABLE if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("messaging.view_message")
@simulated
def phones(request: HttpRequest) -> HttpResponse:
    """Every phone that was texted, or those that a search finds."""
    if request.method == "POST":
        form = SearchForm(request.POST)
        request.session[SEARCH] = form.cleaned_data["search"] if form.is_valid() else ""
        return redirect("phones")
    return render(request, "staff/phones.html", {"shelf": _shelf(request)})


@unattended
@require_safe
@needs("messaging.view_message")
@simulated
def rows(request: HttpRequest) -> HttpResponse:
    """The list alone, for a page that looks again; 204 where it is as in version `v`."""
    shelf = _shelf(request)
    if request.GET.get("v") == shelf.version:
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "staff/_phones.html", {"shelf": shelf})


@require_safe
@needs("messaging.view_message")
@simulated
def phone(request: HttpRequest, pk: int) -> HttpResponse:
    """One patient's phone."""
    return phone_page(request, owner(request, pk))


@require_safe
@needs("messaging.view_message")
@simulated
def of_text(request: HttpRequest, text: int) -> HttpResponse:
    """The phone on which a text is: where a push leads."""
    owner = handsets.owner_of(text, user=request.user)
    if owner is None:
        raise Http404
    return redirect("phone", pk=owner.pk)


@require_POST
@needs("messaging.change_message")
@simulated
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Text back as the patient would."""
    patient, form = owner(request, pk), AnswerForm(request.POST)
    if not form.is_valid():
        return phone_page(request, patient, form=form)
    said, pictures = form.cleaned_data["body"], int(form.cleaned_data["picture"])
    try:
        simulated_replies.answer(from_number=patient.phone, body=said, pictures=pictures, now=timezone.now())
    except RequestException:
        messages.error(request, NOT_BROUGHT)
    return redirect("phone", pk=pk)


@unattended
@require_safe
@needs("messaging.view_message")
@simulated
def thread(request: HttpRequest, pk: int) -> HttpResponse:
    """The texts alone, for a page that looks again; 204 where they are as in version `v`."""
    patient = owner(request, pk)
    shown = threads.thread(patient, timezone.now())
    version = threads.version(shown)
    if request.GET.get("v") == version:
        return HttpResponse(status=NOTHING_NEW)
    handsets.look(patient, shown)
    return render(request, "staff/_thread.html", {"patient": patient, "thread": shown, "version": version})


def _shelf(request: HttpRequest) -> handsets.Shelf:
    return handsets.shelf(search=request.session.get(SEARCH, ""), user=request.user, now=timezone.now())
