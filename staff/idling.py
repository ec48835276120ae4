"""When a login runs out: so long after a person did something. A page that looks by itself is nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

View = Callable[..., Any]

# Asked above all while the database is gone, which a session would need.
PROBES = ("/healthz", "/readyz")


def unattended(view: View) -> View:
    """Mark what an open page asks for by itself: a board left open all night must not stay logged in."""
    view.is_unattended = True  # type: ignore[attr-defined]
    return view


class IdleTimeout(MiddlewareMixin):
    """Sets the session's age back with each request of a person; within the session's own middleware.

    Health is told to whoever asks, logged in or not.
    """

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info in PROBES:
            request.COOKIES = {}

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        # Without this cookie there is no session to load: the provider's webhooks bring none.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not _is_unattended(request):
            user = getattr(request, "user", None)
            if user is not None and user.is_authenticated:
                request.session.modified = True
        return response


def _is_unattended(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and getattr(match.func, "is_unattended", False)
