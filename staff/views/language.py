"""The switch of languages in the head of every page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from staff import languages

UNPROCESSABLE = 422


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """The page again, in another language: the user's own from now on, this browser's where nobody is."""
    language, following = request.POST.get("language", ""), request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}, request.is_secure()):
        following = "/"
    response = redirect(following)
    try:
        if request.user.is_authenticated:
            languages.choose(user=request.user, language=language, session=request.session)
        else:
            languages.check(language)
            _keep(response, language)
    except languages.UnknownLanguage:
        return HttpResponse(status=UNPROCESSABLE)
    return response


def _keep(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
