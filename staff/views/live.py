"""Something has changed: the stream that open boards listen to."""

from __future__ import annotations

from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from staff import live
from staff.permissions import needs

NOT_FOUND = 404


@require_safe
@needs("offers.view_cancellation")
def changes(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Server-sent events without data. 404 under WSGI, where a stream would hold a thread."""
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=NOT_FOUND)
    # The look at the session opened one; a board is open all day, and needs none.
    connections.close_all()
    headers = {"X-Accel-Buffering": "no"}
    return StreamingHttpResponse(live.stream(), content_type="text/event-stream", headers=headers)
