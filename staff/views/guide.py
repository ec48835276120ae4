"""How do I begin? From an empty system to the first filled time, step by step."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.models import Clinic
from core import scoping
from staff import clinic_pages, guiding
from staff.guide_forms import FORMS, NewClinicForm, StepForm
from staff.permissions import needs

UNPROCESSABLE = 422


@needs("clinic.add_clinic")
def start(request: HttpRequest) -> HttpResponse:
    """The first step: a clinic. Those that are there are gone on with."""
    form = NewClinicForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        clinic = form.carry_out(by=request.user.get_username(), now=timezone.now())
        messages.success(request, _("Added, in shadow: nobody is texted until you go live."))
        return redirect("guide-clinic", pk=clinic.pk)
    told = {"form": form, "rows": clinic_pages.clinics(request.user)}
    return render(request, "staff/guide_start.html", told, status=UNPROCESSABLE if form.errors else 200)


@needs("clinic.change_clinic")
def clinic_guide(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the clinic has come; each step that is missing is taken here."""
    clinic = scoping.find(Clinic, user=request.user, pk=pk)
    entered: StepForm | None = None
    if request.method == "POST":
        asked = FORMS.get(request.POST.get("step", ""))
        if asked is None:
            raise Http404
        if not request.user.has_perm(asked.permission):
            raise PermissionDenied
        entered = asked(request.POST, clinic=clinic)
        if entered.is_valid() and entered.is_done(by=request.user.get_username(), now=timezone.now()):
            messages.success(request, _("Done."))
            return redirect("guide-clinic", pk=pk)
    found = guiding.steps(clinic=clinic, entered=entered)
    todo = next((step.name for step in found if not step.is_done), "")
    told = {"clinic": clinic, "steps": found, "todo": todo, "done": sum(step.is_done for step in found)}
    return render(request, "staff/guide.html", told, status=UNPROCESSABLE if entered else 200)
