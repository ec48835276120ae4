"""What would have happened? A clinic's time in shadow, and its end."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clinic.models import Clinic
from core import scoping, transitions
from offers import shadow_report, shadowing
from staff.permissions import needs

UNPROCESSABLE = 422


def _page(request: HttpRequest, clinic: Clinic, status: int = 200) -> HttpResponse:
    told = {
        "clinic": clinic,
        "report": shadow_report.report(clinic=clinic, now=timezone.now()),
        "can_begin": shadowing.can_begin(clinic=clinic),
    }
    return render(request, "staff/shadow.html", told, status=status)


@require_safe
@needs("offers.view_cancellation")
def shadow(request: HttpRequest, pk: int) -> HttpResponse:
    """Who would have been asked, and how many times would probably have been filled."""
    return _page(request, scoping.find(Clinic, user=request.user, pk=pk))


@require_POST
@needs("clinic.change_clinic")
def go_live(request: HttpRequest, pk: int) -> HttpResponse:
    """From now on patients are texted; asked once, as there is no way back."""
    clinic = scoping.find(Clinic, user=request.user, pk=pk)
    if request.POST.get("sure") != "yes":
        messages.error(request, _("Tick that patients may be texted from now on."))
        return _page(request, clinic, UNPROCESSABLE)
    try:
        closed = shadowing.go_live(clinic_id=pk, by=request.user.get_username(), now=timezone.now())
    except transitions.StaleState as stale:
        messages.error(request, str(stale))
    else:
        words = ngettext(
            "Live. %(closed)d time in shadow was withdrawn.",
            "Live. %(closed)d times in shadow were withdrawn.",
            closed,
        )
        messages.success(request, words % {"closed": closed})
    return redirect("clinic-settings", pk=pk)


@require_POST
@needs("clinic.change_clinic")
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a new clinic into shadow."""
    scoping.find(Clinic, user=request.user, pk=pk)
    try:
        shadowing.begin(clinic_id=pk, by=request.user.get_username(), now=timezone.now())
    except transitions.StaleState as stale:
        messages.error(request, str(stale))
    else:
        messages.success(request, _("In shadow: everything is decided, and nobody is texted."))
    return redirect("clinic-settings", pk=pk)
