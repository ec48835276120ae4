"""Telling a provider in the program what became of a visit, and marking what was read."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from clinic.models import Appointment, Notice, Provider
from core import rows, scoping
from core.scoping import User


def tell(*, visit: Appointment, about: str, now: datetime) -> None:
    """Tell the visit's provider. The caller is in the transaction in which it happens."""
    notice = Notice(
        provider_id=visit.provider_id, appointment_id=visit.pk, about=about, created_at=now, read_at=None
    )
    rows.insert(notice)


def is_provider(*, user: User) -> bool:
    """Whether some provider's notices are this user's."""
    return Provider.objects.filter(user=user.pk).exists()


def unread(*, user: User) -> int:
    """How many notices wait for this user; none for somebody who is no provider."""
    return _own(user).count()


def read(*, user: User, now: datetime, notice_id: int | None = None) -> int:
    """Mark the user's own notice as read, or all of them; how many were not before."""
    found = _own(user)
    if notice_id is not None:
        found = found.filter(pk=notice_id)
    return found.update(read_at=now)


def _own(user: User) -> QuerySet[Notice]:
    """The user's own that are not read, of visits that the user may see: the page shows no others."""
    own = Notice.objects.to(user.pk).unread()
    return scoping.limit(own, user)
