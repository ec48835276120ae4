"""Who may speak for a source of HL7 messages: the user that the admin has set up for it, by a token."""

from __future__ import annotations

from functools import cache

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from core import prepared, rows
from core.scoping import User
from integrations.models import Source, SourceKind


class FeedToken(TokenAuthentication):
    """The token, its user and the user's source in one kept query: each message asks it."""

    def authenticate_credentials(self, key: str) -> tuple[User, Token]:
        user = _user_of(key)
        if user is None or not user.is_active:
            raise AuthenticationFailed
        return user, Token(key=key, user_id=user.pk)


def _user_of(key: str) -> User | None:
    people = get_user_model()
    with prepared.cursor() as cursor:
        cursor.execute(_asked(people), [key])
        values = cursor.fetchone()
    if values is None:
        return None
    user, source = rows.built(values, people, Source)
    Source._meta.get_field("user").remote_field.set_cached_value(user, source if source.pk else None)
    return user  # type: ignore[no-any-return]


@cache
def _asked(people: type[AbstractUser]) -> str:
    return f"""
        SELECT {rows.columns(people, "person")}, {rows.columns(Source, "source")}
        FROM {Token._meta.db_table} token JOIN {people._meta.db_table} person ON person.id = token.user_id
        LEFT JOIN {Source._meta.db_table} source ON source.user_id = person.id
        WHERE token.key = %s
    """  # noqa: S608 - words of ours


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
