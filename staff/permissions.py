"""Who may open a page: every view names its permission, and no cache keeps a page with patients."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

View = Callable[..., Any]

UNAUTHORIZED = 401


def needs(permission: str) -> Callable[[View], View]:
    """Send nobody to the login, refuse whoever lacks `permission`, and forbid storing the answer."""

    def guard(view: View) -> View:
        guarded = login_required(permission_required(permission, raise_exception=True)(view))

        @cache_control(no_store=True, private=True)
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            # A part of a page cannot show the login: the page is loaded again and then does.
            if request.headers.get("HX-Request") and not request.user.is_authenticated:
                return HttpResponse(status=UNAUTHORIZED, headers={"HX-Refresh": "true"})
            return guarded(request, *args, **kwargs)

        answer.permission = permission  # type: ignore[attr-defined]
        return answer

    return guard
