"""Lobby mode: a screen that others see shows initials. The browser remembers, the server obeys."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from staff import cards

COOKIE = "lobby"
YEAR_SECONDS = 365 * 24 * 3600


def is_on(request: HttpRequest) -> bool:
    """Whether this browser shows initials."""
    return request.COOKIES.get(COOKIE) == "on"


def names(request: HttpRequest) -> cards.Named:
    """How this browser names patients: a name that is not sent cannot be read over a shoulder."""
    return cards.initials if is_on(request) else cards.full_name


def remember(response: HttpResponse, *, is_on: bool) -> None:
    """Keep the choice for a year in this browser."""
    if not is_on:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    response.set_cookie(
        COOKIE, "on", max_age=YEAR_SECONDS, httponly=True, samesite="Lax", secure=settings.IS_HTTPS
    )
