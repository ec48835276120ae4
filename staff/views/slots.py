"""Logging a cancelled slot, what happened to it, and the buttons that act on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clinic import booking, seeing
from core import scoping, transitions
from offers import opening, phoning, shadow_report
from offers.models import Cancellation
from staff import actions, cards, foresights, formatting, lobby, shared, stories, visits
from staff.forms import FillForm, SlotForm
from staff.idling import unattended
from staff.permissions import needs

UNPROCESSABLE = 422
NOTHING_NEW = 204
_BOOKED = gettext_lazy("Booked. The patient gets a confirmation, and whoever else was asked is told.")
_CALLING = gettext_lazy("Your colleagues see that you are calling. Say here what came of it.")
_IN_SHADOW = gettext_lazy("Booked. In shadow nobody is texted: tell the patient.")
REFUSALS = (transitions.StaleState, booking.BookingError)


def _who(request: HttpRequest) -> str:
    return request.user.get_username()


@needs("offers.add_cancellation")
def new(request: HttpRequest) -> HttpResponse:
    """Who gets texted if I press this: the form for a cancelled slot, and a look ahead without a script."""
    form = SlotForm(request.POST or None, user=request.user)
    now, looks_ahead = timezone.now(), "preview" in request.POST
    if request.method == "POST" and form.is_valid() and not looks_ahead:
        try:
            slot = opening.open_slot(slot=form.slot(), by=_who(request), now=now)
        except opening.BadSlot as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            _say_logged(request, slot, tells_patient=form.cleaned_data["tells_patient"])
            return redirect("slot", pk=slot.pk)
    seen = foresights.of(form, now) if looks_ahead else foresights.nothing_yet()
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/slot_new.html", {"form": form, "seen": seen}, status=status)


def _say_logged(request: HttpRequest, slot: Cancellation, *, tells_patient: bool) -> None:
    at = formatting.second_with_zone(slot.grace_ends_at.astimezone(slot.clinic.zone))
    words = _("Logged. First texts go out at %(at)s; until then Undo takes it back without a trace.")
    if slot.is_shadow:
        words = _("Logged in shadow: nobody is texted. The page shows who would be.")
    messages.success(request, words % {"at": at})
    held = foresights.held(slot.clinic)
    if held:
        messages.warning(request, held)
    if tells_patient and slot.appointment and visits.is_unreached(slot.appointment):
        messages.warning(request, _("No text reaches this patient. Call to say that the visit is off."))


@require_POST
@needs("offers.add_cancellation")
def preview(request: HttpRequest) -> HttpResponse:
    """The look ahead alone, while the form is being filled in; what is missing yet is no error."""
    seen = foresights.of(SlotForm(request.POST, user=request.user), timezone.now())
    return render(request, "staff/_preview.html", {"seen": seen})


@require_safe
@needs("offers.view_cancellation")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What happened to this slot, and why each person was asked or not. A look is written down."""
    slot = scoping.find(Cancellation, user=request.user, pk=pk)
    seeing.row(slot, request=request, now=timezone.now())
    return render(request, "staff/slot.html", _told(request, slot, stories.version(slot)))


@unattended
@require_safe
@needs("offers.view_cancellation")
def part(request: HttpRequest, pk: int) -> HttpResponse:
    """What changes of the page; 204 where nothing has since version `v`."""
    slot = scoping.find(Cancellation, user=request.user, pk=pk)
    version = stories.version(slot)
    if request.GET.get("v") == version:
        return HttpResponse(status=NOTHING_NEW)
    return render(request, "staff/_slot.html", _told(request, slot, version))


def _told(request: HttpRequest, slot: Cancellation, version: str) -> dict[str, Any]:
    """The slot's page; `version` was read before its rows, so that no change falls between."""
    now, named = timezone.now(), lobby.names(request)
    card = cards.of([slot], now, named=named)[0]
    told: dict[str, Any] = {
        "card": card,
        "now": now,
        "version": version,
        "is_live": shared.is_live(request),
        "timeline": stories.timeline(card, named=named),
        "decisions": stories.decisions(slot, named=named),
        "calls": stories.to_call(card.slot, now, is_lobby=lobby.is_on(request)),
        "back": "slot",
        "may_act": request.user.has_perm(actions.PERMISSION),
    }
    if slot.is_shadow:
        told["shadow"] = shadow_report.story(slot=card.slot, now=now)
    return told


@needs(actions.PERMISSION)
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """One of actions.ACTIONS: asked about with GET, done with POST; whoever was faster is named."""
    slot = scoping.find(Cancellation, user=request.user, pk=pk)
    back = "board" if "board" in (request.POST.get("back"), request.GET.get("back")) else "slot"
    if request.method != "POST":
        named = lobby.names(request)
        card = cards.of([slot], timezone.now(), named=named)[0]
        question = actions.question(card.slot, action, named=named)
        asked = {"action": actions.ACTIONS[action], "question": question}
        return render(request, "staff/slot_act.html", {"card": card, "back": back, **asked})
    try:
        actions.ACTIONS[action].verb(cancellation_id=pk, by=_who(request), now=timezone.now())
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, actions.said(pk, action))
    return redirect("board") if back == "board" else redirect("slot", pk=pk)


@needs(actions.PERMISSION)
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """By phone: find a patient, say that one calls them, or book; the same lock and texts as a YES."""
    slot = scoping.find(Cancellation, user=request.user, pk=pk)
    typed = None if "find" in request.POST else request.POST or None
    calling = "call" in request.POST
    form = FillForm(typed, slot=slot, user=request.user, name=request.POST.get("name", ""))
    if form.is_valid():
        verb = phoning.begin if calling else phoning.book
        chosen = form.cleaned_data["patient"].pk
        try:
            verb(cancellation_id=pk, patient_id=chosen, by=_who(request), now=timezone.now())
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _CALLING if calling else _IN_SHADOW if slot.is_shadow else _BOOKED)
            return redirect("slot", pk=pk)
    context = {"form": form, "card": cards.of([slot], timezone.now(), named=lobby.names(request))[0]}
    return render(request, "staff/slot_fill.html", context, status=UNPROCESSABLE if form.errors else 200)
