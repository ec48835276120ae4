"""Must I act now?"""

from datetime import datetime

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.views.decorators.http import require_safe

from staff import calls, presenters
from staff.permissions import needs

NOTHING_NEW = 204


def _context(request: HttpRequest, now: datetime) -> dict[str, object]:
    user = request.user
    return {
        # Read before the rows: a change in between is shown by the next poll, never lost.
        "version": presenters.version(now),
        "board": presenters.board(now, user=user),
        "texts_waiting_since": presenters.texts_waiting_since(now),
        "troubles": calls.troubles(),
        "lost": calls.count_of_lost(now, user=user),
        "unanswered": presenters.unanswered(user=user),
        "is_live": settings.LIVE_STREAMS or isinstance(request, ASGIRequest),
        "now": now,
    }


@require_safe
@needs("offers.view_cancellation")
def board(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    return render(request, "staff/board.html", _context(request, timezone.now()))


@require_safe
@needs("offers.view_cancellation")
def fragment(request: HttpRequest) -> HttpResponse:
    """The part that changes; 204 where it has not changed since version `v`. `X-Checked-At` says when."""
    now = timezone.now()
    if request.GET.get("v") == presenters.version(now):
        response = HttpResponse(status=NOTHING_NEW)
    else:
        response = render(request, "staff/_board.html", _context(request, now))
    response["X-Checked-At"] = formats.date_format(timezone.localtime(now), "H:i:s T")
    return response
