"""Lobby mode: a screen that others see shows initials. The browser remembers, the server obeys."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core import phone
from staff import cards

COOKIE = "lobby"
YEAR_SECONDS = 365 * 24 * 3600


def is_on(request: HttpRequest) -> bool:
    """Whether this browser shows initials."""
    return request.COOKIES.get(COOKIE) == "on"


def names(request: HttpRequest) -> cards.Named:
    """How this browser names patients: a name that is not sent cannot be read over a shoulder."""
    return named(is_lobby=is_on(request))


def named(*, is_lobby: bool) -> cards.Named:
    """How patients are named in lobby mode and without it."""
    return cards.initials if is_lobby else cards.full_name


class Way(NamedTuple):
    """A phone number or an e-mail address as it is shown, and where its link leads; "": there is none."""

    shown: str
    link: str


def way(address: str, *, is_lobby: bool) -> Way:
    """How to reach somebody; in lobby mode only those who open the patient's page can read that."""
    if is_lobby:
        return Way(phone.mask(address), "")
    return Way(address, f"{'mailto' if '@' in address else 'tel'}:{address}")


def remember(response: HttpResponse, *, is_on: bool) -> None:
    """Keep the choice for a year in this browser."""
    if not is_on:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    response.set_cookie(
        COOKIE, "on", max_age=YEAR_SECONDS, httponly=True, samesite="Lax", secure=settings.IS_HTTPS
    )
