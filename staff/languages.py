"""In which language a user reads the pages: the user's own choice, else the browser's.

Texts to patients have nothing to do with it: `offers.texts` words them in each patient's own language.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from staff.models import Preference

KNOWN = tuple(code for code, _ in settings.LANGUAGES)
# Where the choice is kept while somebody is logged in: a page asks no table for it.
IN_SESSION = "language"


class UnknownLanguage(ValueError):
    """There are no pages in this language."""


def choose(*, user: User, language: str, session: SessionBase) -> None:
    """Show this user the pages in `language` from now on, here and after every login.

    A session that is open elsewhere follows at its next login. Raises UnknownLanguage.
    """
    check(language)
    Preference.objects.update_or_create(user=user, defaults={"language": language})
    session[IN_SESSION] = language


def remember(*, user: User, session: SessionBase) -> None:
    """Bring the choice of a user who logs in into the session."""
    chosen = Preference.objects.filter(user=user.pk).values_list("language", flat=True).first()
    if chosen:
        session[IN_SESSION] = chosen


def check(language: str) -> None:
    """Raise UnknownLanguage for what there are no pages in."""
    if language not in KNOWN:
        raise UnknownLanguage(language)


class PageLanguage(LocaleMiddleware):
    """As Django decides, from a cookie or the browser's wishes; but what a user has chosen goes first."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        # Programs read the API: whatever their caller's browser wishes, its words are one language.
        if request.path_info.startswith("/api/"):
            translation.activate(settings.LANGUAGE_CODE)
            return
        # Without this cookie there is no session to load: the provider's webhooks bring none.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        chosen = request.session.get(IN_SESSION)
        if chosen in KNOWN:
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        answer = super().process_response(request, response)
        # A thread outlives its request: what it does next is not in this reader's language.
        translation.deactivate()
        return answer
