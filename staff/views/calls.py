"""Whom do I call because texts do not reach them?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from staff import calls
from staff.permissions import needs


@require_safe
@needs("messaging.view_message")
def call_list(request: HttpRequest) -> HttpResponse:
    """The alarms, and the patients who should hear by phone what their text cannot tell them."""
    now, user = timezone.now(), request.user
    told = {"troubles": calls.troubles(), "calls": calls.calls(user=user), "lost": calls.lost(now, user=user)}
    return render(request, "staff/calls.html", {**told, "unreminded": calls.unreminded(now, user=user)})
