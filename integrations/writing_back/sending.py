"""Claim, call, settle: an order leaves once, or is honestly unknown and asked about.

claim: it is still needed, ours for a lease, and begun, in one transaction. call: the network, with no
transaction open. settle: what the EHR said. A worker that dies in between leaves a lease that runs out: then
nobody knows, and the EHR is asked before anything is sent again.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from core import audit, transitions
from integrations import identity
from integrations.models import Outlet, VisitLink, WriteBack, WriteBackStatus
from integrations.models.write_back import ARROWS, DUE
from integrations.writing_back import describing, naming, needing, outlets, refusing
from integrations.writing_back.orders import (
    Absent,
    Adapter,
    Booked,
    Found,
    Order,
    Refused,
    Then,
    Unknown,
    What,
)

logger = logging.getLogger(__name__)

NOT_DUE = "not due"
# Longer than the slowest adapter may take: a token, a question and an order, twenty seconds each.
LEASE = timedelta(seconds=90)
ASK_AFTER = timedelta(seconds=30)
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=5), timedelta(minutes=5)
# Longer than this nobody is left with a booking of which nobody knows.
DOUBT_AT_MOST = timedelta(minutes=10)
# An EHR that is down for a day is a matter for a person.
TRY_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A row that is ours for a lease, and what the EHR is to be told or asked."""

    row: WriteBack
    adapter: Adapter
    order: Order


def send(*, write_back_id: int, clock: Callable[[], datetime]) -> str:
    """Tell the EHR of one booking, or ask it; returns the state it ended in, or NOT_DUE."""
    claimed = claim(write_back_id=write_back_id, now=clock())
    if not isinstance(claimed, Claimed):
        return claimed
    # The network. No transaction is open here.
    found = call(claimed)
    return settle(row=claimed.row, found=found, now=clock())


@transaction.atomic
def claim(*, write_back_id: int, now: datetime) -> Claimed | str:
    """Take a due row for a lease, with what is to be said; or the state that it has without a call."""
    hold_visit(write_back_id=write_back_id)
    row = _locked(write_back_id)
    if row is None or row.status not in DUE or (row.next_attempt_at or now) > now:
        return NOT_DUE
    verdict = needing.look(row=row, now=now)
    if isinstance(verdict, needing.Later):
        WriteBack.objects.filter(pk=row.pk).update(next_attempt_at=verdict.at)
        return NOT_DUE
    if not isinstance(verdict, needing.Go):
        overtaken = WriteBack.objects.filter(pk__in=verdict.instead_of, status=WriteBackStatus.BY_HAND)
        overtaken.update(status=WriteBackStatus.NEEDLESS, reason="overtaken", changed_at=now)
        return _end(row, verdict.status, verdict.reason, now)
    try:
        adapter = outlets.adapter_of(row.source)
        if adapter is None:
            return _end(row, WriteBackStatus.BY_HAND, "", now)
        order = describing.order(row, what=verdict.what, key=verdict.key)
    except (outlets.NoWay, describing.Unsayable) as error:
        return _end(row, WriteBackStatus.BY_HAND, str(error)[:40], now)
    _name_visit(row, now)
    asks = row.status == WriteBackStatus.UNKNOWN
    lease: dict[str, Any] = {"lease_token": uuid.uuid4(), "leased_until": now + LEASE, "asks": asks}
    begun = {**lease, "next_attempt_at": None, "attempt": row.attempt + 1, "changed_at": now}
    transitions.move(row, to=WriteBackStatus.SENDING, arrows=ARROWS, **begun)
    return Claimed(row=row, adapter=adapter, order=order)


def call(claimed: Claimed) -> Found:
    """The network. An adapter that raises has told nobody whether it got through."""
    adapter, order = claimed.adapter, claimed.order
    try:
        return adapter.ask(order) if claimed.row.asks else adapter.write(order)
    except Exception as error:
        # A bug must not lose a booking; its words may quote a patient, its name may not.
        name = type(error).__name__
        logger.error("writing back failed", extra={"write_back_id": claimed.row.pk, "error": name})
        return Unknown("program", Then.ASK if claimed.row.asks else Then.PERSON)


@transaction.atomic
def settle(*, row: WriteBack, found: Found, now: datetime) -> str:
    """Write down what the EHR said, unless our lease ran out meanwhile: then what is certain still counts."""
    if isinstance(found, Refused):
        return refusing.refused(row=row, code=found.code, now=now)
    if isinstance(found, Booked):
        hold_visit(write_back_id=row.pk, key=found.key)
    current = _locked(row.pk)
    is_ours = current is not None and current.lease_token == row.lease_token
    if current is None or (not is_ours and current.status != WriteBackStatus.UNKNOWN):
        return NOT_DUE
    if isinstance(found, Booked):
        done(row=current, key=found.key, by=audit.SYSTEM, now=now)
    elif is_ours:
        _wait(current, found, now)
    return current.status


def done(*, row: WriteBack, key: str, by: str, now: datetime) -> None:
    """The EHR has it: from now on its name for the visit leads to ours.

    The caller holds the row, and where there is a key, the visit before it.
    """
    if key:
        _know_as(row, key, now)
    fields = {"key": key or row.key, "reason": "", "done_at": now, "done_by": by, **_FREED}
    transitions.move(row, to=WriteBackStatus.DONE, arrows=ARROWS, changed_at=now, **fields)
    audit.record(actor=by, verb="write_back.done", obj=row, at=now, what=row.what)


@transaction.atomic
def heard(*, write_back_id: int, now: datetime) -> bool:
    """The EHR's own feed says that it has it: nobody needs to enter it. False: somebody was faster."""
    row = _locked(write_back_id)
    if row is None or row.status != WriteBackStatus.BY_HAND:
        return False
    done(row=row, key="", by=audit.SYSTEM, now=now)
    return True


def release_expired(*, now: datetime, at_once: int = 200) -> int:
    """Free the rows whose worker died in the call: nobody knows what came of it. How many."""
    sending = WriteBack.objects.filter(status=WriteBackStatus.SENDING, leased_until__lte=now)
    ids = list(sending.order_by("leased_until", "pk").values_list("pk", flat=True)[:at_once])
    unknown = {"status": WriteBackStatus.UNKNOWN, "reason": "worker lost", "next_attempt_at": now}
    freed: dict[str, Any] = {**_FREED, "doubted_at": now, "changed_at": now}
    freed.pop("next_attempt_at")
    return sending.filter(pk__in=ids).update(**unknown, **freed)


_FREED: dict[str, Any] = {"lease_token": None, "leased_until": None, "next_attempt_at": None}


def _locked(write_back_id: int) -> WriteBack | None:
    rows = WriteBack.objects.select_for_update(of=("self",), no_key=True)
    related = rows.select_related("source", "appointment__clinic", "appointment__patient")
    return related.filter(pk=write_back_id).first()


def _end(row: WriteBack, to: WriteBackStatus, reason: str, now: datetime) -> str:
    if row.status == WriteBackStatus.UNKNOWN and to == WriteBackStatus.NEEDLESS:
        to = WriteBackStatus.BY_HAND
    fields: dict[str, Any] = {**_FREED, "reason": reason, "changed_at": now}
    if to == WriteBackStatus.DONE:
        fields |= {"done_at": now, "done_by": audit.SYSTEM}
    transitions.move(row, to=to, arrows=ARROWS, **fields)
    audit.record(actor=audit.SYSTEM, verb=f"write_back.{to}", obj=row, at=now, what=row.what, code=reason)
    return row.status


def _wait(row: WriteBack, found: Unknown | Absent, now: datetime) -> None:
    """What comes next where nobody knows, or where it is certain that nothing was taken."""
    if isinstance(found, Absent):
        found = Unknown("not there", Then.REPEAT)
    reason, doubted_at = found.reason[:40], row.doubted_at
    again_at = now + max(found.wait or timedelta(0), _backoff(row.attempt))
    to = WriteBackStatus.QUEUED
    if found.then == Then.ASK:
        to, doubted_at = WriteBackStatus.UNKNOWN, row.doubted_at or now
        # Not at once: what is still on its way would be found missing, and sent a second time.
        again_at = max(again_at, now + ASK_AFTER)
    is_over = doubted_at is not None and to == WriteBackStatus.UNKNOWN and now >= doubted_at + DOUBT_AT_MOST
    if found.then == Then.PERSON or is_over or now >= row.created_at + (found.give_up_after or TRY_FOR):
        to = WriteBackStatus.BY_HAND
    fields = {**_FREED, "reason": reason, "doubted_at": doubted_at, "changed_at": now}
    fields["next_attempt_at"] = None if to == WriteBackStatus.BY_HAND else again_at
    transitions.move(row, to=to, arrows=ARROWS, **fields)
    extra = {"write_back_id": row.pk, "reason": reason, "state": str(to)}
    logger.warning("not written back yet", extra=extra)


def hold_visit(*, write_back_id: int, key: str = "") -> None:
    """Hold what is known there of the visit, for a row that is about to be locked: the row comes last."""
    row = WriteBack.objects.select_related("source").filter(pk=write_back_id).first()
    if row is not None:
        identity.hold_visit(source=row.source, keys=_keys(row, key))


def _name_visit(row: WriteBack, now: datetime) -> None:
    """The EHR may speak of the visit before it answers us: by our number its word leads to our row."""
    if VisitLink.objects.filter(appointment=row.appointment_id).exists():
        return
    link = identity.visit(source=row.source, keys=_keys(row), now=now)
    if link.appointment_id is None:
        VisitLink.objects.filter(pk=link.pk).update(appointment=row.appointment_id)


def _know_as(row: WriteBack, key: str, now: datetime) -> None:
    link = identity.visit(source=row.source, keys=_keys(row, key), now=now)
    is_linked = VisitLink.objects.filter(appointment=row.appointment_id).exists()
    if link.appointment_id is None and not is_linked and row.what != What.CANCEL:
        VisitLink.objects.filter(pk=link.pk).update(appointment=row.appointment_id)


def _keys(row: WriteBack, key: str = "") -> list[str]:
    said = {"placer": row.placer, "key": key}
    outlet = Outlet.objects.filter(source=row.source).first()
    if outlet is not None:
        said["application"] = outlet.sending_application
    return naming.heard(kind=row.source.kind, **said)


def _backoff(attempt: int) -> timedelta:
    doubled = min(FIRST_RETRY * int(2 ** min(attempt - 1, 10)), LONGEST_RETRY)
    return timedelta(seconds=doubled.total_seconds() * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, guards nothing
