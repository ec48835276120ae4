"""What a provider is told in the program: the page of notices, and the bell in the header of every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic import noticing
from clinic.models import Notice
from core import scoping
from staff import visits
from staff.idling import unattended
from staff.permissions import needs


@require_safe
@needs("clinic.view_notice")
def notices(request: HttpRequest) -> HttpResponse:
    """The user's own notices, the last one first."""
    user = request.user
    told = {"notices": visits.notices(user=user), "is_provider": noticing.is_provider(user=user)}
    return render(request, "staff/notices.html", told)


@unattended
@require_safe
@needs("clinic.view_notice")
def bell(request: HttpRequest) -> HttpResponse:
    """The bell with its number, for a page that is open."""
    return render(request, "staff/_bell.html")


@require_POST
@needs("clinic.view_notice")
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one's own notice as read and show its visit."""
    notice = scoping.find(Notice, user=request.user, pk=pk, provider__user=request.user)
    noticing.read(user=request.user, notice_id=pk, now=timezone.now())
    return redirect("appointment", pk=notice.appointment_id)


@require_POST
@needs("clinic.view_notice")
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of one's own notices as read."""
    noticing.read(user=request.user, now=timezone.now())
    return redirect("notices")
