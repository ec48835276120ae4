"""What the pages do when somebody logs in."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from staff import languages


@receiver(user_logged_in, dispatch_uid="staff.remember_language")
def remember_language(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Show the pages in the language that the user chose before."""
    languages.remember(user=user, session=request.session)
