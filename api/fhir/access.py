"""Who may speak FHIR here: somebody with an API token, a session, or a program with an access token.

A program is a client that the admin has set up for one account, whose roles and clinics hold for it; its
scopes narrow that further and widen nothing.
"""

from __future__ import annotations

import hashlib
from typing import Any

from oauth2_provider.models import AccessToken
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView


class BearerAuthentication(BaseAuthentication):
    """An access token from the token endpoint, in the header alone: an address is in every log."""

    keyword = "bearer"

    def authenticate(self, request: Request) -> tuple[Any, AccessToken] | None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != self.keyword:
            return None
        digest = hashlib.sha256(given.strip().encode(errors="replace")).hexdigest()
        tokens = AccessToken.objects.select_related("application__user")
        token = tokens.filter(token_checksum=digest).first()
        if token is None or token.is_expired() or token.application is None:
            raise AuthenticationFailed
        user = token.application.user
        if user is None or not user.is_active:
            raise AuthenticationFailed
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="fhir"'


class FhirPermission(BasePermission):
    """The permission and the scope that the view names for the method; what is not named is refused."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        method = str(request.method)
        if method not in view.allowed_methods:
            # DRF answers 405, which tells nobody anything.
            return True
        needed: dict[str, tuple[str, str]] = getattr(view, "needs", {})
        # HEAD asks what GET asks, without the answer's body.
        named = needed.get("GET" if method == "HEAD" else method)
        if named is None:
            return False
        permission, scope = named
        return request.user.has_perm(permission) and is_within(request, scope)


def is_within(request: Request, scope: str) -> bool:
    """Whether the scopes of the token allow this; who comes with no access token has none to keep to."""
    token = request.auth
    return not isinstance(token, AccessToken) or bool(token.allow_scopes([scope] if scope else []))


class TokenThrottle(AnonRateThrottle):
    """Whoever guesses at secrets has few tries."""

    scope = "token"
    rate = "30/min"
