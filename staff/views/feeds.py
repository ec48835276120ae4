"""Do the feeds work, what of them waits for a person, and where do they and our calendar differ?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.models import Clinic
from core import scoping, transitions
from integrations import colliding, drifting, parking, policing, showing
from integrations.codes import BadMeaning
from integrations.models import Parked, Source, Todo
from integrations.parking import ParkingError
from staff import feeds as pages
from staff.feeds_forms import DismissForm, MeaningForm, ParkedFilter, PolicyForm
from staff.permissions import needs

UNPROCESSABLE = 422


@require_safe
@needs("integrations.view_source")
def feeds(request: HttpRequest) -> HttpResponse:
    """Every feed with its health, and what is to be settled."""
    now = timezone.now()
    told = {"rows": pages.rows(request.user, now), "todos": pages.to_settle(request.user), "now": now}
    return render(request, "staff/feeds.html", told)


@require_safe
@needs("integrations.view_parked")
def parked(request: HttpRequest) -> HttpResponse:
    """What waits for a person, without a word of the messages."""
    form = ParkedFilter(request.GET, user=request.user)
    if not form.is_valid():
        return render(request, "staff/feeds_parked.html", {"form": form, "items": None}, status=UNPROCESSABLE)
    wanted = form.cleaned_data
    items = pages.parked(wanted=wanted, user=request.user, number=wanted["page"] or 1)
    return render(request, "staff/feeds_parked.html", {"form": form, "items": items})


@require_safe
@needs("integrations.view_raw_message")
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """One message as it came, why it waits, and what can be done. That it was read is written down."""
    return _item(request, pages.item(pk, request.user))


@require_POST
@needs("integrations.change_parked")
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Say what a code means or who somebody is, have the message handled again, or put it aside."""
    found = pages.item(pk, request.user)
    try:
        said = ACTIONS[action](request, found)
    except (transitions.StaleState, ParkingError, BadMeaning) as refusal:
        messages.error(request, str(refusal))
        return redirect("feeds-item", pk=pk)
    if isinstance(said, MeaningForm | DismissForm):
        return _item(request, found, **{"meaning" if isinstance(said, MeaningForm) else "dismissal": said})
    messages.success(request, said)
    return redirect("feeds-parked")


@require_POST
@needs("integrations.change_todo")
def settled(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has seen to two visits in one time."""
    scoping.find(Todo, user=request.user, pk=pk)
    try:
        colliding.settle(todo_id=pk, by=request.user.get_username(), now=timezone.now())
    except transitions.StaleState:
        messages.error(request, _("A colleague has settled this already."))
    else:
        messages.success(request, _("Settled."))
    return redirect("feeds")


@require_safe
@needs("integrations.view_visitlink")
def drift(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the feed and our calendar tell different stories of visits to come."""
    source, now = scoping.find(Source, user=request.user, pk=pk), timezone.now()
    unknown = drifting.never_mentioned(source=source, now=now)
    told = {"source": source, "rows": pages.drift(source, now), "unknown": unknown[: drifting.MOST]}
    return render(request, "staff/feeds_drift.html", told)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("clinic.view_clinic")
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """What becomes of the times that feeds free at a clinic."""
    clinic = scoping.find(Clinic, user=request.user, pk=pk)
    can_change = request.user.has_perm("clinic.change_clinic")
    form = PolicyForm(
        request.POST if request.method == "POST" else None, clinic=clinic, can_change=can_change
    )
    told = {"clinic": clinic, "form": form, "can_change": can_change}
    if request.method != "POST":
        return render(request, "staff/feeds_policy.html", told)
    if not can_change or not form.is_valid():
        return render(request, "staff/feeds_policy.html", told, status=UNPROCESSABLE if can_change else 403)
    by = request.user.get_username()
    policing.rule(clinic=clinic, rules=form.rules(), by=by, now=timezone.now())
    messages.success(request, _("The rules are kept."))
    return redirect("clinic-feeds", pk=pk)


def _item(request: HttpRequest, found: Parked, **forms: Any) -> HttpResponse:
    by, now = request.user.get_username(), timezone.now()
    ip = request.META.get("REMOTE_ADDR")
    told = {
        "item": found,
        "words": showing.show(message=found.message, by=by, ip=ip, now=now),
        "meaning": MeaningForm(item=found, user=request.user) if found.code_kind else None,
        "dismissal": DismissForm(),
        "alike": pages.others_alike(found),
        **forms,
    }
    return render(request, "staff/feeds_item.html", told, status=UNPROCESSABLE if forms else 200)


def _map(request: HttpRequest, found: Parked) -> str | MeaningForm:
    form = MeaningForm(request.POST, item=found, user=request.user)
    if not form.is_valid():
        return form
    by = request.user.get_username()
    count = parking.map_code(parked_id=found.pk, meaning=form.meaning(), by=by, now=timezone.now())
    words = ngettext("%(n)s message is handled again.", "%(n)s messages are handled again.", count)
    return words % {"n": count}


def _same(request: HttpRequest, found: Parked) -> str:
    return _decided(request, found, is_same=True)


def _apart(request: HttpRequest, found: Parked) -> str:
    return _decided(request, found, is_same=False)


def _decided(request: HttpRequest, found: Parked, *, is_same: bool) -> str:
    by = request.user.get_username()
    parking.decide_person(parked_id=found.pk, is_same=is_same, by=by, now=timezone.now())
    return _("Decided. The message is handled again.")


def _replay(request: HttpRequest, found: Parked) -> str:
    parking.replay(message_id=found.message_id, by=request.user.get_username(), now=timezone.now())
    return _("The message is handled again. Nobody is texted because of it.")


def _dismiss(request: HttpRequest, found: Parked) -> str | DismissForm:
    form = DismissForm(request.POST)
    if not form.is_valid():
        return form
    told = {"reason": form.cleaned_data["reason"], "by": request.user.get_username()}
    parking.dismiss(message_id=found.message_id, now=timezone.now(), **told)
    return _("Put aside.")


ACTIONS: dict[str, Callable[[HttpRequest, Parked], Any]] = {
    "map": _map,
    "same": _same,
    "apart": _apart,
    "replay": _replay,
    "dismiss": _dismiss,
}
