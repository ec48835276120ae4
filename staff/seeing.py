"""Who looked at what of a patient: the access log, kept in the audit trail like every other event.

45 CFR 164.312(b): record and examine activity in systems that hold health information.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from clinic.models import Patient
from core import audit


def patient(seen: Patient, *, request: HttpRequest, now: datetime) -> None:
    """The page of this patient was opened."""
    _write("patient.seen", seen, request, now)


def talk(at_address: Iterable[Patient], *, about: Model | None, request: HttpRequest, now: datetime) -> None:
    """What was said with these patients was read; with nobody known, the message that led there."""
    known = list(at_address)
    for one in known:
        _write("patient.messages_seen", one, request, now)
    if not known and about is not None:
        _write("message.seen", about, request, now)


def taken_away(what: str, of: Model, *, request: HttpRequest, now: datetime, **counted: Any) -> None:
    """A file with patients, or with the audit itself, was downloaded: of a clinic, or of the user's own."""
    _write(f"{what}.exported", of, request, now, **counted)


def user_of(request: HttpRequest) -> Model:
    """Whoever is logged in, as the record that an event without any other is about."""
    assert isinstance(request.user, Model)  # noqa: S101 - every page that writes an event needs a login
    return request.user


def _write(verb: str, obj: Model, request: HttpRequest, now: datetime, **data: Any) -> None:
    audit.record(
        actor=request.user.get_username(),
        verb=verb,
        obj=obj,
        at=now,
        ip=request.META.get("REMOTE_ADDR"),
        **data,
    )
