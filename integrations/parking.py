"""What waits for a person: why, where in the message, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clinic import noting
from clinic.models import Patient
from core import audit, transitions, wakeups
from integrations import codes, tasks
from integrations.applying_people import MaybeKnown, NotKnown
from integrations.codes import Meaning
from integrations.facts import Code, Park, Why
from integrations.models import (
    CodeKind,
    FeedMessage,
    MessageStatus,
    Parked,
    PersonLink,
    Resolution,
    Source,
)
from integrations.models.message import ARROWS

_REASON_LENGTH = 200
KNOWN, STANDS = "the patient is known by now", "the visit stands by now"


class ParkingError(Exception):
    """What staff cannot do about a parked item, in words for them."""


def waiting() -> QuerySet[Parked]:
    """Everything that waits for a person."""
    return Parked.objects.filter(resolution=Resolution.OPEN)


@transaction.atomic
def finish(*, message: FeedMessage, parks: Sequence[Park], now: datetime) -> str:
    """The message is handled, or waits for a person; says which. Whoever was faster has said so already."""
    status = MessageStatus.PARKED if parks else MessageStatus.HANDLED
    try:
        transitions.move(message, to=status, arrows=ARROWS, handled_at=now, next_attempt_at=None)
    except transitions.StaleState:
        return "nothing to do"
    Parked.objects.bulk_create([_parked(message, park, now) for park in parks])
    return str(status)


@transaction.atomic
def replay(*, message_id: int, by: str, now: datetime, reason: str = "") -> FeedMessage:
    """Have a parked message handled again, which texts nobody. Raises StaleState where it is not parked."""
    message = _locked(message_id)
    transitions.move(
        message,
        to=MessageStatus.RECEIVED,
        arrows=_only_parked(message),
        replayed_at=now,
        next_attempt_at=now,
        attempt=0,
    )
    _resolve(message, Resolution.REPLAYED, by, now, reason)
    audit.record(actor=by, verb="feed.replayed", obj=message, at=now, reason=reason)
    wakeups.wake_together(tasks.handle, pk=message.pk, queue=tasks.QUEUE)
    return message


def release(*, now: datetime, at_once: int = 200) -> int:
    """Replay what waited for a patient who is known by now, or for a visit that stands by now; how many.

    Looked for rather than told: it may come to be so between a message's look and its parking.
    """
    is_known = Q(person__patient__isnull=False) | Q(person__merged_into__patient__isnull=False)
    reasons = {
        KNOWN: Q(is_known, why=Why.UNKNOWN_PATIENT),
        STANDS: Q(visit__appointment__isnull=False, code_kind=""),
    }
    return sum(_release(condition, reason, now, at_once) for reason, condition in reasons.items())


def _release(condition: Q, reason: str, now: datetime, at_once: int) -> int:
    items = waiting().filter(condition, message__emptied_at=None, message__status=MessageStatus.PARKED)
    ids = sorted(set(items.order_by("pk").values_list("message_id", flat=True)[:at_once]))
    return sum(_replayed(message_id, reason, now) for message_id in ids)


def _replayed(message_id: int, reason: str, now: datetime) -> bool:
    try:
        replay(message_id=message_id, by=audit.SYSTEM, now=now, reason=reason)
    except transitions.StaleState:
        # A person was faster.
        return False
    return True


@transaction.atomic
def dismiss(*, message_id: int, reason: str, by: str, now: datetime) -> FeedMessage:
    """Put a parked message aside for good. Raises StaleState where it is not parked, and ParkingError."""
    if not reason.strip():
        raise ParkingError(_("Say why it is put aside."))
    message = _locked(message_id)
    transitions.move(message, to=MessageStatus.DISMISSED, arrows=_only_parked(message))
    _resolve(message, Resolution.DISMISSED, by, now, reason.strip()[:_REASON_LENGTH])
    audit.record(actor=by, verb="feed.dismissed", obj=message, at=now, reason=reason.strip())
    return message


@transaction.atomic
def map_code(*, parked_id: int, meaning: Meaning, by: str, now: datetime) -> int:
    """Say what the unknown code means, and have every message replayed that waits for it; how many.

    Raises ParkingError for an item that waits for something else.
    """
    item = Parked.objects.select_related("message__source").get(pk=parked_id)
    if not item.code_kind:
        raise ParkingError(_("This item does not wait for a code."))
    code = Code(value=item.code, system=item.code_system, text=item.code_text)
    source = item.message.source
    codes.say(source=source, kind=item.code_kind, code=code, meaning=meaning, by=by, now=now)
    return replay_waiting(source=source, kind=item.code_kind, code=code, by=by, now=now)


@transaction.atomic
def replay_waiting(*, source: Source, kind: str, code: Code, by: str, now: datetime) -> int:
    """Have every message replayed that waits for the meaning of this code; how many."""
    same = waiting().filter(message__source=source, code_kind=kind, code=code.value)
    same = same.filter(code_system=code.system, message__status=MessageStatus.PARKED)
    ids = sorted(set(same.values_list("message_id", flat=True)))
    for message_id in ids:
        replay(message_id=message_id, by=by, now=now)
    return len(ids)


@transaction.atomic
def decide_person(*, parked_id: int, is_same: bool, by: str, now: datetime) -> PersonLink:
    """Staff say whether the person is the one on the books; the message is replayed. Raises ParkingError."""
    item = Parked.objects.select_related("message").get(pk=parked_id)
    if item.person_id is None or item.candidate_id is None:
        raise ParkingError(_("This item does not ask who somebody is."))
    link = PersonLink.objects.select_for_update(of=("self",), no_key=True).get(pk=item.person_id)
    if link.patient_id is not None:
        raise transitions.StaleState(_("Somebody has decided this already."))
    link.patient_id, link.is_apart = (item.candidate_id, False) if is_same else (None, True)
    link.changed_at = now
    link.save(update_fields=["patient", "is_apart", "changed_at"])
    verb = "feed.person_linked" if is_same else "feed.person_kept_apart"
    noting.note(verb=verb, patients=[Patient(pk=item.candidate_id)], by=by, now=now, link=link.pk)
    same = waiting().filter(person=link, message__status=MessageStatus.PARKED)
    for message_id in sorted(set(same.values_list("message_id", flat=True))):
        replay(message_id=message_id, by=by, now=now)
    return link


def _parked(message: FeedMessage, park: Park, now: datetime) -> Parked:
    item = Parked(
        message=message, why=park.why.value, place=park.where[:80], parked_at=now, visit_id=park.visit_id
    )
    kind = CodeKind.STATUS if park.why == Why.UNKNOWN_STATUS else park.where
    if park.code is not None and kind in CodeKind.values:
        item.code_kind = kind
        item.code, item.code_system = park.code.value[:200], park.code.system[:200]
        item.code_text = park.code.text[:200]
    if isinstance(park, NotKnown):
        item.person_id = park.link_id
    elif isinstance(park, MaybeKnown):
        item.person_id, item.candidate_id = park.link_id, park.candidate_id
    return item


def _locked(message_id: int) -> FeedMessage:
    return FeedMessage.objects.select_for_update(of=("self",), no_key=True).get(pk=message_id)


def _only_parked(message: FeedMessage) -> dict[str, frozenset[str]]:
    if message.status != MessageStatus.PARKED:
        told = {"state": message.get_status_display().lower()}
        raise transitions.StaleState(_("This message does not wait any more: %(state)s.") % told)
    return ARROWS


def _resolve(message: FeedMessage, to: Resolution, by: str, now: datetime, reason: str = "") -> None:
    items = message.parked.filter(resolution=Resolution.OPEN)
    items.update(resolution=to, resolved_at=now, resolved_by=by, reason=reason)
