"""The page behind a patient's own link. To look at it does nothing; only its buttons do.

It says the clinic's short name, whether one waits, and when one can come: no name, no address, no date of
birth, no provider and no kind of visit, since a link may end up with somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core import gone, transitions
from waitlist import inviting, joining, links, own_times, self_service
from waitlist.joining import Window
from waitlist.models import Invitation
from waitlist.own_times import Line
from waitlist.states import EntryStatus

MOST_IN_A_MINUTE = 30
MINUTE = 60
LANGUAGES = ("en", "es")
_UNPROCESSABLE, _TOO_MANY = 422, 429
_STEPS = {"pause": self_service.pause, "resume": self_service.resume}


# No cookie guards it: the signed link does, and nobody else knows it.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_page(request: HttpRequest, token: str) -> HttpResponse:
    """One patient's wish, and its buttons."""
    key = links.read(token)
    if key is None:
        return gone.page(request)
    if _asks_too_often(str(key)):
        return HttpResponse(status=_TOO_MANY)
    invitation = inviting.standing(key=key, now=timezone.now())
    if invitation is None:
        return gone.page(request)
    if request.method != "POST":
        return _page(request, invitation, token)
    try:
        return _act(request, invitation, token)
    except (self_service.LinkIsDead, transitions.StaleState):
        return gone.page(request)


def _act(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    word = request.POST.get("word", "")
    if word in _STEPS:
        _STEPS[word](invitation_id=invitation.pk, now=timezone.now())
    elif word == "leave":
        self_service.leave(invitation_id=invitation.pk, now=timezone.now())
        return _said(request, "own/left", invitation.patient.language, {"clinic": invitation.clinic.sms_name})
    elif word == "times":
        typed = own_times.read(request.POST.dict())
        if not typed or any(line.is_wrong for line in typed):
            return _page(request, invitation, token, typed=typed)
        return _keep_times(request, invitation, token, typed)
    else:
        return _page(request, invitation, token, typed=[])
    return HttpResponseRedirect(reverse("own-page", args=[token]))


def _keep_times(
    request: HttpRequest, invitation: Invitation, token: str, typed: Sequence[Line]
) -> HttpResponse:
    windows = own_times.windows(typed)
    try:
        self_service.choose_times(invitation_id=invitation.pk, windows=windows, now=timezone.now())
    except joining.JoiningError:
        return _page(request, invitation, token, typed=typed, is_refused=True)
    return HttpResponseRedirect(f"{reverse('own-page', args=[token])}?kept=1")


def _page(
    request: HttpRequest,
    invitation: Invitation,
    token: str,
    *,
    typed: Sequence[Line] | None = None,
    is_refused: bool = False,
) -> HttpResponse:
    entry = invitation.entry
    stored = entry.availability.order_by("weekday", "start") if entry else ()
    windows = [Window(row.weekday, row.start, row.end) for row in stored]
    values = {
        "token": token,
        "clinic": invitation.clinic.sms_name,
        "phone": invitation.clinic.phone,
        "lines": typed or own_times.lines(windows),
        "has_joined": entry is not None,
        "is_paused": entry is not None and entry.status == EntryStatus.PAUSED,
        "is_kept": request.GET.get("kept") == "1",
        "is_refused": is_refused,
    }
    status = 200 if typed is None else _UNPROCESSABLE
    return _said(request, "own/page", invitation.patient.language, values, status)


def _said(
    request: HttpRequest, name: str, language: str, values: dict[str, Any], status: int = 200
) -> HttpResponse:
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    response = render(request, f"{name}_{spoken}.html", values, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def _asks_too_often(key: str) -> bool:
    """Whether this process was asked for this page more than anybody needs to within a minute."""
    cache.add(f"own:{key}", 0, MINUTE)
    try:
        return cache.incr(f"own:{key}") > MOST_IN_A_MINUTE
    except ValueError:
        # It ended between the two.
        return False
