"""That somebody looked is a line of the audit trail: 45 CFR 164.312(b), record and examine who saw what."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from core import audit, scoping


def note(
    verb: str, obj: Model, *, request: HttpRequest, now: datetime, places: Collection[int], **data: Any
) -> None:
    """Write down that whoever asks did `verb` to `obj`, which concerns these places."""
    actor, ip = request.user.get_username(), request.META.get("REMOTE_ADDR")
    audit.record_look(actor=actor, verb=verb, obj=obj, at=now, ip=ip, places=places, **data)


def row(seen: Model, *, request: HttpRequest, now: datetime) -> None:
    """One record was opened: a line of its own clinic, else of those where whoever looks works."""
    place = getattr(seen, "clinic_id", None)
    places = own(request) if place is None else {place}
    note(f"{seen._meta.model_name}.seen", seen, request=request, now=now, places=places)


def rows(model: type[Model], *, count: int, request: HttpRequest, now: datetime) -> None:
    """A page of a list was read: one line of whoever looks, however many records it shows."""
    reader: Any = request.user
    note(
        f"{model._meta.model_name}.listed", reader, request=request, now=now, places=own(request), rows=count
    )


def own(request: HttpRequest) -> frozenset[int]:
    """Where whoever looks works; nowhere in particular for those who see every place."""
    return scoping.of(request.user) or frozenset()
