"""Whom do I call because texts do not reach them, and what came of a call about a slot?"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from core import scoping
from offers import phoning
from offers.models import StaffCall
from offers.states import CallOutcome
from staff import calls, lobby, presenters
from staff.permissions import needs
from staff.views.slots import REFUSALS

OUTCOMES = {
    CallOutcome.BOOKED: _("Booked. The patient gets a confirmation, and whoever else was asked is told."),
    CallOutcome.DECLINED: _("Written down: this patient is not asked about this slot again."),
    CallOutcome.NO_ANSWER: _("Written down. The patient may still be asked by text."),
    CallOutcome.NOT_CALLED: _("Taken back: nobody is being called about this slot."),
}


@require_safe
@needs("messaging.view_message")
def call_list(request: HttpRequest) -> HttpResponse:
    """The alarms, and the patients who should hear by phone what their text cannot tell them."""
    now, user, is_lobby = timezone.now(), request.user, lobby.is_on(request)
    told = {
        "troubles": calls.troubles(),
        "calls": calls.calls(user=user, is_lobby=is_lobby),
        "lost": calls.lost(now, user=user, is_lobby=is_lobby),
        "unreminded": calls.unreminded(now, user=user, is_lobby=is_lobby),
        "printed_at": presenters.clock(now),
    }
    return render(request, "staff/calls.html", told)


@require_POST
@needs("offers.change_cancellation")
def ended(request: HttpRequest, pk: int, outcome: str) -> HttpResponse:
    """What came of a call; whoever was faster with the slot is named."""
    call = scoping.find(StaffCall, user=request.user, pk=pk)
    slot, by, now = call.cancellation_id, request.user.get_username(), timezone.now()
    try:
        if outcome == CallOutcome.BOOKED:
            phoning.book(cancellation_id=slot, patient_id=call.patient_id, by=by, now=now)
        else:
            phoning.end(call_id=pk, outcome=CallOutcome(outcome), by=by, now=now)
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, OUTCOMES[CallOutcome(outcome)])
    return redirect("board") if request.POST.get("back") == "board" else redirect("slot", pk=slot)
