"""What the pages do when somebody logs in."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from staff import languages, logins


@receiver(user_logged_in, dispatch_uid="staff.remember_language")
def remember_language(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Show the pages in the language that the user chose before."""
    languages.remember(user=user, session=request.session)


@receiver(user_logged_in, dispatch_uid="staff.record_login")
def record_login(*, user: User, request: HttpRequest | None = None, **kwargs: Any) -> None:
    logins.succeeded(user=user, request=request)


@receiver(user_login_failed, dispatch_uid="staff.record_failed_login")
def record_failed_login(
    *, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    logins.failed(credentials=credentials, request=request)
