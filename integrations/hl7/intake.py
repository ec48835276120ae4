"""Taking in HL7 messages: MSH read, the raw bytes stored, an answer. Both doors, MLLP and HTTP, call this.

What is answered AA is on disk. What is refused is stored as well, for staff to see: only its answer differs.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import Error as DatabaseError

from integrations import receiving, sealing
from integrations.facts import Park, Why
from integrations.hl7 import acknowledging, header, normalising
from integrations.hl7.acknowledging import Reason, Verdict
from integrations.hl7.framing import HEAD_BYTES
from integrations.hl7.header import Header
from integrations.models import Source

logger = logging.getLogger(__name__)

KIND = "hl7"
# The beginning of what is too large, on which nobody acts.
CUT_KIND = "hl7.cut"
# Of one message or batch, at either door.
LONGEST_BODY = 1_048_576
_GRAVEST = (Verdict.FAILED, Verdict.REFUSED, Verdict.STORED)


@dataclass(frozen=True, slots=True)
class Answer:
    """`ack` is b"" where the sender wants none; `why` is that of the refusal, of a batch the first one's."""

    verdict: Verdict
    ack: bytes
    why: Why | None = None


def take(*, source: Source, body: bytes, now: datetime) -> Answer:
    """Store each message of the body and answer for each, of a batch with a batch. No body makes it raise."""
    if not normalising.unwrapped(body):
        return _refused(None, acknowledging.reason_of(Park(Why.UNREADABLE, "MSH")), now)
    if not source.active:
        return _refused(_header(body)[0], acknowledging.SWITCHED_OFF, now, Why.WRONG_RECEIVER)
    messages, is_batch = normalising.split(body), normalising.is_batch(body)
    if len(messages) == 1 and not is_batch:
        return _take(source=source, message=body, now=now)
    answers: list[Answer] = []
    is_down = False
    for message in messages:
        answers.append(_take(source=source, message=message, now=now, is_down=is_down))
        # The rest would wait for the same database, one time-out each.
        is_down = answers[-1].verdict is Verdict.FAILED
    verdict = min((each.verdict for each in answers), key=_GRAVEST.index)
    why = next((each.why for each in answers if each.why), None)
    acks = [each.ack for each in answers if each.ack]
    return Answer(verdict, acknowledging.wrapped(acks, now=now) if acks else b"", why)


def refuse_size(*, source: Source, head: bytes, now: datetime) -> Answer:
    """The answer to a body beyond LONGEST_BODY. Of its beginning HEAD_BYTES are kept, for staff to see."""
    found = _header(head)[0]
    if not source.active:
        return _refused(found, acknowledging.SWITCHED_OFF, now, Why.WRONG_RECEIVER)
    if not _stored(source=source, head=found, message=head[:HEAD_BYTES], now=now, kind=CUT_KIND):
        return _failed(found, now)
    return _refused(found, acknowledging.TOO_LARGE, now)


def fail(*, head: bytes, now: datetime) -> Answer:
    """The answer where the database is away, or hangs, before the message could be stored."""
    return _failed(_header(head)[0], now)


def _take(*, source: Source, message: bytes, now: datetime, is_down: bool = False) -> Answer:
    head, refusal = _header(message)
    if head is not None and head.event[0] in header.ANSWERS:
        return Answer(Verdict.REFUSED, b"", Why.UNSUPPORTED)
    if refusal is None and head is not None:
        refusal = _refusal(head, message, source)
    if is_down or not _stored(source=source, head=head, message=message, now=now):
        return _failed(head, now)
    if refusal is not None:
        return _refused(head, acknowledging.reason_of(refusal), now, refusal.why)
    return Answer(Verdict.STORED, _ack(head, Verdict.STORED, now))


def _failed(head: Header | None, now: datetime) -> Answer:
    return Answer(Verdict.FAILED, _ack(head, Verdict.FAILED, now, acknowledging.NOT_STORED))


def _refused(head: Header | None, reason: Reason, now: datetime, why: Why = Why.UNREADABLE) -> Answer:
    return Answer(Verdict.REFUSED, _ack(head, Verdict.REFUSED, now, reason), why)


def _header(message: bytes) -> tuple[Header | None, Park | None]:
    try:
        return header.of(message), None
    except Park as park:
        return None, park


def _refusal(head: Header, message: bytes, source: Source) -> Park | None:
    try:
        header.check(head, receiver=source.receiver)
        normalising.decoded(normalising.unwrapped(message), head.parts(18)[0])
    except Park as park:
        return park
    return None


def _stored(*, source: Source, head: Header | None, message: bytes, now: datetime, kind: str = KIND) -> bool:
    control_id = head.text(10).replace("\x00", "") if head is not None else ""
    try:
        receiving.receive(source_id=source.pk, kind=kind, control_id=control_id, body=message, now=now)
    except (DatabaseError, sealing.NoKeys) as error:
        logger.error("message not stored", extra={"source": source.pk, "error": type(error).__name__})
        return False
    return True


def _ack(head: Header | None, verdict: Verdict, now: datetime, reason: Reason | None = None) -> bytes:
    control_id = uuid.uuid4().hex[:20]
    return acknowledging.answer(head, verdict=verdict, control_id=control_id, now=now, reason=reason)
