"""Something has changed: the stream that open boards listen to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from staff import live
from staff.idling import unattended
from staff.permissions import needs

NOT_FOUND = 404


@unattended
@require_safe
@needs("offers.view_cancellation")
def changes(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Server-sent events without data. 404 under WSGI, where a stream would hold a thread."""
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=NOT_FOUND)
    headers = {"X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_unconnected(), content_type="text/event-stream", headers=headers)


async def _unconnected() -> AsyncIterator[str]:
    # The session was looked at before the view and stored after it: by now that connection is of no use, and
    # a board is open all day.
    await sync_to_async(connections.close_all)()
    async with aclosing(live.stream()) as stream:
        async for chunk in stream:
            yield chunk
