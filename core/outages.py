"""What is answered where an error got through: 503 while the database is away, else 500."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

RETRY_SECONDS = "5"
AWAY = "The database cannot answer now. Try again in a moment."


def answer(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`, which is called while the error is being handled."""
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return server_error(request)
    response: HttpResponse
    if request.path_info.startswith("/api/"):
        response = JsonResponse({"detail": AWAY}, status=503)
    else:
        # Without the request: what every page knows comes from the database.
        response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = RETRY_SECONDS
    return response
