"""The calls of a simulated phone: they ring, somebody takes them and presses keys."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from messaging.gateways import simulated_calls
from staff.idling import unattended
from staff.permissions import needs
from staff.views.phones import owner, simulated

NOTHING_NEW = 204
KEYS = ("1", "2", "9", "5")
ACTIONS: dict[str, Callable[..., bool]] = {
    "pick-up": simulated_calls.pick_up,
    "machine": partial(simulated_calls.pick_up, answered_by="machine_start"),
    "silent": simulated_calls.stay_silent,
    "hang-up": simulated_calls.hang_up,
    **{f"press-{key}": partial(simulated_calls.press, digit=key) for key in KEYS},
}


@unattended
@require_safe
@needs("messaging.view_message")
@simulated
def calls(request: HttpRequest, pk: int) -> HttpResponse:
    """The last calls of a phone, for a page that looks again; 204 where nothing has changed."""
    patient = owner(request, pk)
    shown = simulated_calls.of_phone(patient.phone)
    seen = simulated_calls.version(shown)
    if request.GET.get("seen") == seen:
        return HttpResponse(status=NOTHING_NEW)
    context = {"patient": patient, "calls": shown, "seen": seen, "keys": KEYS}
    return render(request, "staff/_phone_calls.html", context)


@require_POST
@needs("messaging.change_message")
@simulated
def act(request: HttpRequest, pk: int, call: int, action: str) -> HttpResponse:
    """Do what the patient does with a call."""
    patient = owner(request, pk)
    verb = ACTIONS.get(action)
    if verb is None:
        raise Http404
    try:
        if not verb(call_id=simulated_calls.on_phone(call, patient.phone)):
            messages.error(request, _("The call is over, or waits for something else."))
    except RequestException:
        messages.error(request, _("The call was lost. Is PUBLIC_URL this server's address?"))
    return redirect("phone", pk=pk)
