"""Logging a cancelled slot, what happened to it, and the buttons that act on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import booking
from core import scoping, transitions
from offers import accepting, opening, pausing, reopening, shadow_report, withdrawing
from offers.models import Cancellation
from staff import presenters, stories
from staff.forms import FillForm, SlotForm
from staff.permissions import needs

UNPROCESSABLE = 422
ACTIONS: dict[str, tuple[Any, str]] = {
    "withdraw": (withdrawing.withdraw, "Withdrawn. Whoever had been texted is told."),
    "pause": (pausing.pause, "Paused. Nobody else is asked until you resume."),
    "resume": (pausing.resume, "Going on."),
    "reopen": (reopening.reopen, "Open again: the standby is next, then the next round."),
}


def _who(request: HttpRequest) -> str:
    return request.user.get_username()


@needs("offers.add_cancellation")
def new(request: HttpRequest) -> HttpResponse:
    """Who gets texted if I press this: the form for a cancelled slot."""
    form = SlotForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            slot = opening.open_slot(slot=form.slot(), by=_who(request), now=timezone.now())
        except opening.BadSlot as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            first = formats.date_format(slot.grace_ends_at.astimezone(slot.clinic.zone), "H:i:s T")
            words = f"Logged. First texts go out at {first}; until then Withdraw undoes it without a trace."
            if slot.is_shadow:
                words = _("Logged in shadow: nobody is texted. The page shows who would be.")
            messages.success(request, words)
            return redirect("slot", pk=slot.pk)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/slot_new.html", {"form": form}, status=status)


@require_safe
@needs("offers.view_cancellation")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened to this slot, and why each person was asked or not."""
    now = timezone.now()
    slot = scoping.find(Cancellation, user=request.user, pk=pk)
    card = presenters.cards([slot], now)[0]
    told: dict[str, Any] = {
        "timeline": stories.timeline(card),
        "decisions": stories.decisions(slot),
        "calls": stories.to_call(card.slot, now),
    }
    if slot.is_shadow:
        told["shadow"] = shadow_report.story(slot=card.slot, now=now)
    return render(request, "staff/slot.html", {"card": card, "now": now, **told})


@require_POST
@needs("offers.change_cancellation")
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """One of ACTIONS on one slot; whoever was faster is named by the sentence shown."""
    scoping.find(Cancellation, user=request.user, pk=pk)
    verb, done = ACTIONS[action]
    try:
        verb(cancellation_id=pk, by=_who(request), now=timezone.now())
    except transitions.StaleState as stale:
        messages.error(request, str(stale))
    else:
        messages.success(request, done)
    return redirect("board") if request.POST.get("back") == "board" else redirect("slot", pk=pk)


@needs("offers.change_cancellation")
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Booked by phone: find and choose the patient; the same lock and the same texts as a YES."""
    slot = scoping.find(Cancellation, user=request.user, pk=pk)
    finding = "find" in request.POST
    typed = None if finding else request.POST or None
    form = FillForm(typed, slot=slot, user=request.user, name=request.POST.get("name", ""))
    if form.is_valid():
        chosen = form.cleaned_data["patient"].pk
        try:
            accepting.fill(cancellation_id=pk, patient_id=chosen, by=_who(request), now=timezone.now())
        except (transitions.StaleState, booking.BookingError) as refusal:
            form.add_error(None, str(refusal))
        else:
            told = _("Booked. In shadow nobody is texted: tell the patient.")
            messages.success(request, told if slot.is_shadow else "Booked. The patient gets a confirmation.")
            return redirect("slot", pk=pk)
    context = {"form": form, "card": presenters.cards([slot], timezone.now())[0]}
    return render(request, "staff/slot_fill.html", context, status=UNPROCESSABLE if form.errors else 200)
