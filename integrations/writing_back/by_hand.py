"""What staff enter in the EHR themselves, until they have said that they did."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import transitions
from integrations.models import WriteBack, WriteBackStatus
from integrations.writing_back import refusing, sending


def waiting() -> QuerySet[WriteBack]:
    """Everything that waits for a person, the oldest first."""
    rows = WriteBack.objects.filter(status=WriteBackStatus.BY_HAND)
    return rows.select_related("appointment__provider", "appointment__clinic", "source").order_by("pk")


@transaction.atomic
def confirm(*, write_back_id: int, by: str, now: datetime, key: str = "") -> WriteBack:
    """Somebody has entered it there; `key` is what the EHR calls the visit, where that is known.

    Raises StaleState where a colleague was faster, or it has become needless.
    """
    if key.strip():
        sending.hold_visit(write_back_id=write_back_id, key=key.strip())
    row = _locked(write_back_id)
    sending.done(row=row, key=key.strip(), by=by, now=now)
    return row


@transaction.atomic
def refuse(*, write_back_id: int, by: str, now: datetime) -> WriteBack:
    """It cannot be entered there: a slot that was won is given back, and its patient told.

    Raises StaleState where a colleague was faster, or it has become needless.
    """
    row = WriteBack.objects.get(pk=write_back_id)
    if refusing.refused(row=row, code="by hand", now=now, by=by) == refusing.NOT_OURS:
        raise transitions.StaleState(_why_not(row))
    row.refresh_from_db()
    return row


def _rows() -> QuerySet[WriteBack]:
    return WriteBack.objects.select_for_update(of=("self",), no_key=True).select_related("source")


def _locked(write_back_id: int) -> WriteBack:
    row = _rows().get(pk=write_back_id)
    if row.status != WriteBackStatus.BY_HAND:
        raise transitions.StaleState(_why_not(row))
    return row


def _why_not(row: WriteBack) -> str:
    row.refresh_from_db()
    if row.done_by:
        return _("%(who)s has seen to this already.") % {"who": row.done_by}
    return _("Nobody needs to see to this any more.")
