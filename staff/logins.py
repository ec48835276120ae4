"""Who logged in, and who failed to: a line of the audit trail each."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from core import audit

NOBODY = "unknown"


def succeeded(*, user: User, request: HttpRequest | None) -> None:
    """This user is in."""
    _record(user, "login.succeeded", user.get_username(), request)


def failed(*, credentials: dict[str, Any], request: HttpRequest | None) -> None:
    """Somebody is not. A name that nobody has is left out: a password may have been typed there."""
    model = get_user_model()
    name = str(credentials.get(model.USERNAME_FIELD) or "")
    user = model.objects.filter(**{model.USERNAME_FIELD: name}).first() if "\0" not in name else None
    _record(user or model(pk=0), "login.failed", name if user else NOBODY, request)


def _record(user: Any, verb: str, actor: str, request: HttpRequest | None) -> None:
    ip = request.META.get("REMOTE_ADDR") if request is not None else None
    audit.record(actor=actor, verb=verb, obj=user, at=timezone.now(), ip=ip)
