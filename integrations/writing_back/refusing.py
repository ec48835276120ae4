"""The EHR said no. A slot that was won is given back honestly; anything else is for a person to settle."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from core import audit, transitions
from integrations import identity
from integrations.models import Todo, TodoKind, VisitLink, WriteBack, WriteBackStatus
from integrations.models.write_back import ARROWS
from integrations.writing_back.orders import What
from offers import turning_back
from offers.turning_back import Held, Turned

# A time that the EHR has refused so often is not to be had there: nobody else is disappointed by it.
ENOUGH = 2
NOT_OURS = "not ours"
_CLOSED: dict[str, Any] = {"lease_token": None, "leased_until": None, "next_attempt_at": None}


@transaction.atomic
def refused(*, row: WriteBack, code: str, now: datetime, by: str = audit.SYSTEM) -> str:
    """Draw the consequences of a refusal in the transaction that writes it down; the state the row ends in.

    A visit that fills a slot is undone: its patient is told, and the next one asked. Any other waits for a
    person, unless a person says so. NOT_OURS where somebody else has settled the row meanwhile.
    """
    held = _held(row) if row.what == What.BOOK else None
    current = _ours(row, by)
    if current is None:
        return NOT_OURS
    is_closed = held is not None or by != audit.SYSTEM
    to = WriteBackStatus.REFUSED if is_closed else WriteBackStatus.BY_HAND
    fields: dict[str, Any] = {**_CLOSED, "reason": f"refused {code}"[:40], "changed_at": now}
    if is_closed:
        fields |= {"done_at": now, "done_by": by}
    transitions.move(current, to=to, arrows=ARROWS, **fields)
    audit.record(actor=by, verb="write_back.refused", obj=current, at=now, what=current.what, code=code)
    if held is not None:
        _turn_back(held, by, now)
    return current.status


def _held(row: WriteBack) -> Held | None:
    """What the EHR said of the later visit first, then the slots, and the row last, as everywhere."""
    given_up = turning_back.given_up(appointment_id=row.appointment_id)
    if given_up is not None:
        identity.hold_visit_of(appointment_id=given_up.pk)
    return turning_back.hold(appointment_id=row.appointment_id)


def _ours(row: WriteBack, by: str) -> WriteBack | None:
    rows = WriteBack.objects.select_for_update(of=("self",), no_key=True)
    current = rows.get(pk=row.pk)
    if by != audit.SYSTEM:
        return current if current.status == WriteBackStatus.BY_HAND else None
    is_ours = current.status == WriteBackStatus.SENDING and current.lease_token == row.lease_token
    return current if is_ours else None


def _turn_back(held: Held, by: str, now: datetime) -> None:
    refusals = WriteBack.objects.filter(
        appointment__fills_slot=held.slot.pk, what=What.BOOK, status=WriteBackStatus.REFUSED
    )
    turned = turning_back.turn_back(held=held, by=by, now=now, goes_on=refusals.count() < ENOUGH)
    if turned.stands_again is not None:
        _stands_again(turned, now)
    elif turned.given_up is not None:
        lost = Todo(kind=TodoKind.LOST, clinic=held.slot.clinic, appointment=held.visit, created_at=now)
        lost.save(force_insert=True)


def _stands_again(turned: Turned, now: datetime) -> None:
    """The EHR has not heard yet that the later visit was given up: then there is nothing to tell it."""
    unsaid = WriteBack.objects.filter(appointment=turned.given_up, what=What.CANCEL)
    unsaid = unsaid.filter(status__in=[WriteBackStatus.QUEUED, WriteBackStatus.BY_HAND])
    if not unsaid.update(**_CLOSED, status=WriteBackStatus.NEEDLESS, reason="stands again", changed_at=now):
        return
    VisitLink.objects.filter(appointment=turned.given_up).update(appointment=turned.stands_again)
    before = WriteBack.objects.filter(appointment=turned.given_up, status=WriteBackStatus.DONE)
    known = before.order_by("-pk").values("placer", "key").first()
    if known is not None:
        anew = WriteBack.objects.filter(appointment=turned.stands_again, what=What.BOOK)
        anew.update(**_CLOSED, **known, status=WriteBackStatus.DONE, done_at=now, changed_at=now)
