"""The brake that staff pull: no text of a clinic, or of all clinics, leaves. The rows stay in the queue."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, transitions
from messaging import senders
from messaging.models import Pause, Sender, SenderStatus

REASON_LENGTH = 200


@transaction.atomic
def pause(*, clinic_id: int | None, reason: str, by: str, now: datetime) -> Pause:
    """Let no text of the clinic leave from now on; None: of no clinic. Raises StaleState where it is so.

    A text that was claimed before is on its way.
    """
    row = Pause(clinic_id=clinic_id, reason=reason[:REASON_LENGTH], by=by, since=now)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "pause_one_open" not in str(error):
            raise
        raise transitions.StaleState(_("These texts are paused already.")) from None
    audit.record(actor=by, verb="texting.paused", obj=row, at=now, reason=row.reason, clinic=clinic_id)
    return row


def is_held(*, clinic_id: int) -> bool:
    """Whether nothing of the clinic leaves: it is paused, or every configured sender is refused."""
    paused = Pause.objects.filter(Q(clinic_id=clinic_id) | Q(clinic_id=None), ended_at=None)
    stopped = set(Sender.objects.filter(status=SenderStatus.STOPPED).values_list("name", flat=True))
    return paused.exists() or stopped.issuperset(route.name for route in senders.routes())


@transaction.atomic
def resume(*, pause_id: int, by: str, now: datetime) -> None:
    """What waited leaves with the next sweep. Raises StaleState where the pause is over already."""
    if not Pause.objects.filter(pk=pause_id, ended_at=None).update(ended_at=now, ended_by=by):
        raise transitions.StaleState(_("This pause is over already."))
    audit.record(actor=by, verb="texting.resumed", obj=Pause(pk=pause_id), at=now)
