"""Must I act now?"""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core import pulse
from staff import actions, calls, drawing, ehr, feeds, lobby, presenters, shared
from staff.idling import unattended
from staff.permissions import needs

NOTHING_NEW = 204


def _context(request: HttpRequest, now: datetime) -> dict[str, object]:
    user = request.user
    # Read before the rows: a change in between is shown by the next poll, never lost.
    version = presenters.version(now)
    shown = presenters.board(now, user=user, named=lobby.names(request))
    may_act = user.has_perm(actions.PERMISSION)
    return {
        "version": version,
        "board": shown,
        "drawn": [(each, drawing.draw(each.cards, may_act=may_act, back="board")) for each in shown.groups],
        "texts_waiting_since": presenters.texts_waiting_since(now),
        "steps_waiting_since": presenters.steps_waiting_since(now),
        "pulse": pulse.felt(now=now),
        "troubles": calls.troubles(),
        "feeds": feeds.notice(user, now),
        "to_enter": ehr.waiting(user),
        "is_live": shared.is_live(request),
        "is_lobby": lobby.is_on(request),
        "now": now,
    }


@require_safe
@needs("offers.view_cancellation")
def board(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    return render(request, "staff/board.html", _context(request, timezone.now()))


@unattended
@require_safe
@needs("offers.view_cancellation")
def fragment(request: HttpRequest) -> HttpResponse:
    """The part that changes; 204 where it has not changed since version `v`. `X-Checked-At` says when."""
    now = timezone.now()
    version = presenters.version(now)
    if request.GET.get("v") == version:
        response = HttpResponse(status=NOTHING_NEW)
    else:
        response = HttpResponse(shared.board(request, version, now, lambda: _part(request, now)))
    response["X-Checked-At"] = presenters.clock(now)
    return response


def _part(request: HttpRequest, now: datetime) -> str:
    return render_to_string("staff/_board.html", _context(request, now), request)


@require_POST
@needs("offers.view_cancellation")
def lobby_mode(request: HttpRequest) -> HttpResponse:
    """Initials instead of names on this browser, or names again."""
    response = redirect("board")
    lobby.remember(response, is_on=not lobby.is_on(request))
    return response
