"""Who may speak for a source of HL7 messages: the user that the admin has set up for it, by a token."""

from __future__ import annotations

from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from core.scoping import User
from integrations.models import SourceKind


class FeedToken(TokenAuthentication):
    """The token, its user and the user's source in one query: it is asked with every message."""

    def authenticate_credentials(self, key: str) -> tuple[User, Token]:
        token = Token.objects.select_related("user__source").filter(key=key).first()
        if token is None or not token.user.is_active:
            raise AuthenticationFailed
        return token.user, token


class SpeaksForHL7(BasePermission):
    """Lets those in who have the permission that the view names and speak for a source of HL7 messages."""

    message = "This user speaks for no source of HL7 messages."

    def has_permission(self, request: Request, view: APIView) -> bool:
        permission = getattr(view, "permission", None)
        if permission is None or not request.user.has_perm(permission):
            return False
        # Whoever may do anything still speaks for nobody.
        source = getattr(request.user, "source", None)
        return source is not None and source.kind == SourceKind.HL7
