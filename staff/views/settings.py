"""What will it do, and when? A clinic's settings, the brake of its texts, and what these say."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import settling
from clinic.models import Clinic
from core import scoping, transitions
from messaging import pausing
from staff import clinic_pages, settings_words
from staff.permissions import needs
from staff.settings_forms import ClinicSettings, PauseForm

UNPROCESSABLE = 422


def _clinic(request: HttpRequest, pk: int) -> Clinic:
    return scoping.find(Clinic, user=request.user, pk=pk)


def _who(request: HttpRequest) -> str:
    return request.user.get_username()


@require_safe
@needs("clinic.view_clinic")
def clinics(request: HttpRequest) -> HttpResponse:
    """The clinics one may look at; whoever has one goes there at once."""
    rows = clinic_pages.clinics(request.user)
    if len(rows) == 1 and not request.user.has_perm("clinic.add_clinic"):
        return redirect("clinic-settings", pk=rows[0].clinic.pk)
    return render(request, "staff/settings_clinics.html", {"rows": rows})


@needs("clinic.view_clinic")
def clinic_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """What the settings mean and how they stand; whoever may change them does so here."""
    clinic, can_change = _clinic(request, pk), request.user.has_perm("clinic.change_clinic")
    if request.method != "POST":
        return _page(request, clinic, ClinicSettings(clinic=clinic, can_change=can_change))
    if not can_change:
        raise PermissionDenied
    form = ClinicSettings(request.POST, clinic=clinic, can_change=True)
    if form.is_valid():
        seen = {"seen": form.cleaned_data["seen"], "by": _who(request), "now": timezone.now()}
        try:
            changed = settling.settle(clinic_id=pk, values=form.values(), **seen)
        except settling.Overtaken as overtaken:
            return _overtaken(request, pk, overtaken)
        said = (
            _("Kept. From the next step on it is done like this.") if changed else _("Nothing was changed.")
        )
        messages.success(request, said)
        return redirect("clinic-settings", pk=pk)
    return _page(request, _clinic(request, pk), form, status=UNPROCESSABLE)


def _overtaken(request: HttpRequest, pk: int, overtaken: settling.Overtaken) -> HttpResponse:
    """Nothing is stored. What was typed stays, beside who changed what; sending it again replaces that."""
    clinic = _clinic(request, pk)
    typed = request.POST.copy()
    typed["seen"] = settling.version(clinic)
    form = ClinicSettings(typed, clinic=_clinic(request, pk), can_change=True)
    told = {"overtaken": overtaken, "their_changes": clinic_pages.in_words(overtaken.last)}
    return _page(request, clinic, form, status=UNPROCESSABLE, **told)


def _page(
    request: HttpRequest, clinic: Clinic, form: ClinicSettings, *, status: int = 200, **told: Any
) -> HttpResponse:
    shown = {
        "clinic": clinic,
        "form": form,
        "meaning": settings_words.meaning(clinic),
        "channels": settings_words.channels(),
        "pause": clinic_pages.pause_of(clinic),
        "pause_form": told.pop("pause_form", None) or PauseForm(),
        "last": settling.last_change(clinic),
        "overtaken": None,
        "their_changes": [],
        **told,
    }
    return render(request, "staff/settings.html", shown, status=status)


@require_POST
@needs("messaging.add_pause")
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Let no text of the clinic leave, with the reason that colleagues read."""
    clinic, form = _clinic(request, pk), PauseForm(request.POST)
    if not form.is_valid():
        can_change = request.user.has_perm("clinic.change_clinic")
        shown = ClinicSettings(clinic=_clinic(request, pk), can_change=can_change)
        return _page(request, clinic, shown, status=UNPROCESSABLE, pause_form=form)
    told = {"reason": form.cleaned_data["reason"], "by": _who(request), "now": timezone.now()}
    try:
        pausing.pause(clinic_id=pk, **told)
    except transitions.StaleState as stale:
        standing = clinic_pages.pause_of(clinic)
        by = _("By %(by)s: %(reason)s") % {"by": standing.by, "reason": standing.reason} if standing else ""
        messages.error(request, f"{stale} {by}".strip())
    else:
        messages.success(request, _("No text of this clinic leaves until somebody lets go."))
    return redirect("clinic-settings", pk=pk)


@require_POST
@needs("messaging.change_pause")
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the clinic's texts leave again; a pause of all clinics ends where all are kept."""
    clinic = _clinic(request, pk)
    wanted = request.POST.get("pause", "")
    try:
        pause_id = clinic_pages.own_pause(clinic, wanted)
        pausing.resume(pause_id=pause_id, by=_who(request), now=timezone.now())
    except transitions.StaleState as stale:
        messages.error(request, str(stale))
    else:
        messages.success(request, _("Texts leave again."))
    return redirect("clinic-settings", pk=pk)
