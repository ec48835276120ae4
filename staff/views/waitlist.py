"""Who is next, and why? The list, and what staff do to one wish or to several."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clinic import seeing
from clinic.models import Patient
from core import looking, scoping, transitions
from offers import linking
from staff import lists, lobby, typed
from staff.forms import PatientChoice
from staff.permissions import needs
from staff.wishes import BoostForm, WaitlistFilter, WishForm
from waitlist import inviting, joining
from waitlist.models import WaitlistEntry

UNPROCESSABLE = 422
ACTIONS: dict[str, tuple[Any, Any]] = {
    "pause": (joining.pause, gettext_lazy("%(count)s paused: not asked until you resume.")),
    "resume": (joining.resume, gettext_lazy("%(count)s waiting again.")),
    "remove": (joining.remove, gettext_lazy("%(count)s taken off the list.")),
    "link": (linking.send_to_entry, gettext_lazy("%(count)s sent a link to their own page.")),
}


def _who(request: HttpRequest) -> str:
    return request.user.get_username()


def _to_list(query: str) -> HttpResponse:
    return redirect(f"{reverse('waitlist')}?{query}")


@require_safe
@needs("waitlist.view_waitlistentry")
def waitlist(request: HttpRequest) -> HttpResponse:
    """The list of one clinic in the order in which it is asked; filters stand in the address."""
    form = WaitlistFilter(request.GET, user=request.user)
    if not form.is_valid():
        status = UNPROCESSABLE if form.first else 200
        return render(request, "staff/waitlist.html", {"form": form}, status=status)
    now, wanted = timezone.now(), form.wanted()
    page = lists.waitlist(wanted=wanted, now=now, number=typed.page_number(request.GET.get("page", "")))
    looking.rows(WaitlistEntry, count=len(page), request=request, now=now)
    return render(request, "staff/waitlist.html", {"form": form, "page": page, "wanted": wanted})


@require_safe
@needs("waitlist.view_waitlistentry")
def depths(request: HttpRequest) -> HttpResponse:
    """How deep the list of a clinic is, which takes longer to count than the page takes to show."""
    form = WaitlistFilter(request.GET, user=request.user)
    if not form.is_valid():
        return HttpResponse(status=UNPROCESSABLE)
    found = lists.depths(wanted=form.wanted(), now=timezone.now())
    return render(request, "staff/_depths.html", {"depths": found})


@require_POST
@needs("waitlist.change_waitlistentry")
def act(request: HttpRequest, action: str) -> HttpResponse:
    """One of ACTIONS on every entry that is ticked; who was faster on one is said, the others go on."""
    verb, done = ACTIONS[action]
    count, named = 0, lobby.names(request)
    ticked = lists.ticked(request.POST.getlist("entry"), user=request.user)
    for entry in ticked:
        try:
            verb(entry_id=entry.pk, by=_who(request), now=timezone.now())
        except (transitions.StaleState, inviting.CannotInvite) as refusal:
            who = named(entry.patient.first_name, entry.patient.last_name)
            messages.error(request, f"{who}: {refusal}")
        else:
            count += 1
    if count:
        messages.success(request, done % {"count": count})
    elif not ticked:
        messages.error(request, _("Nobody was ticked."))
    return _to_list(request.POST.get("back", ""))


@needs("waitlist.change_waitlistentry")
def boost(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one patient ahead of others, with the reason that the audit keeps."""
    entry = scoping.find(WaitlistEntry, user=request.user, pk=pk)
    seeing.form(entry, request=request, now=timezone.now())
    form = BoostForm(request.POST or None, entry=entry)
    if request.method == "POST" and form.is_valid():
        try:
            joining.edit(entry_id=pk, changes=form.cleaned_data, by=_who(request), now=timezone.now())
        except joining.JoiningError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        except transitions.StaleState as stale:
            form.add_error(None, str(stale))
        else:
            messages.success(request, _("Kept."))
            return _to_list(f"clinic={entry.clinic_id}")
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/waitlist_boost.html", {"form": form, "entry": entry}, status=status)


@needs("waitlist.add_waitlistentry")
def find(request: HttpRequest) -> HttpResponse:
    """Whom to put on the list: a search by name, which stands in no address."""
    finding = request.method == "POST" and "patient" not in request.POST
    name = request.POST.get("name", "")
    typed = None if finding else request.POST or None
    form = PatientChoice(typed, user=request.user, name=name)
    if form.is_valid():
        return redirect("waitlist-join", pk=form.cleaned_data["patient"].pk)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/waitlist_find.html", {"form": form}, status=status)


@needs("waitlist.add_waitlistentry")
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a patient on the list."""
    patient = scoping.find(Patient, user=request.user, pk=pk)
    seeing.form(patient, request=request, now=timezone.now())
    form = WishForm(request.POST or None, user=request.user, patient=patient)
    if request.method == "POST" and form.is_valid():
        try:
            joining.join(wish=form.wish(), by=_who(request), now=timezone.now())
        except joining.JoiningError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("On the list."))
            return _to_list(f"clinic={form.cleaned_data['clinic'].pk}")
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "staff/waitlist_join.html", {"form": form, "patient": patient}, status=status)
