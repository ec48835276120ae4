"""The words of texts that are older than the retention age are emptied; the rows stay, for counts.

Here at once, batch by batch; each text that the provider has too is owed a redaction (messaging.redacting),
written in the same transaction, so that a worker that dies in the middle leaves nothing half done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Func, Q

from messaging import events
from messaging.errors import CARRIER_FILTERED
from messaging.models import Direction, Message, ProviderEvent, Redaction
from messaging.states import MessageStatus

logger = logging.getLogger(__name__)

AT_ONCE = 500
# Somebody still works on every other text: it leaves, is asked about, or is answered.
FINISHED = frozenset(
    {
        MessageStatus.SENT,
        MessageStatus.DELIVERED,
        MessageStatus.UNDELIVERED,
        MessageStatus.FAILED,
        MessageStatus.NOT_SENT,
        MessageStatus.SKIPPED,
        MessageStatus.HANDLED,
    }
)
# What stays of a form: ids and codes. Words, names, towns and the addresses of pictures go.
KEPT_FIELDS = frozenset(
    {
        "AccountSid",
        "ApiVersion",
        "MessageSid",
        "MessagingServiceSid",
        "NumMedia",
        "NumSegments",
        "OptOutType",
        "SmsSid",
        "SmsStatus",
        events.FETCHED,
    }
)
# How the provider names its texts; what has another id, or none, never lay there.
_AT_PROVIDER = ("SM", "MM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Texts emptied, those of them that the provider has too, and those kept though they are old enough."""

    emptied: int = 0
    at_provider: int = 0
    kept: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            emptied=self.emptied + other.emptied,
            at_provider=self.at_provider + other.at_provider,
            kept=self.kept + other.kept,
        )


# In SQL, under the row's lock: see _is_open_task.
_OPEN_TASK = Q(direction=Direction.INBOUND, attention_done_at=None) & ~Q(attention="")
_SHA256 = Func("body", template="encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')")
_needs: list[Callable[[Sequence[Message], datetime], set[int]]] = []


def register_need(need: Callable[[Sequence[Message], datetime], set[int]]) -> None:
    """Ask `need(messages, now)` which of these texts, by id, somebody above still needs the words of.

    Of a message `id` and `related` are loaded.
    """
    _needs.append(need)


def purge_due(*, clock: Callable[[], datetime], for_at_most: timedelta | None = None) -> Tally:
    """Empty whatever is older than MESSAGE_RETENTION_DAYS; nothing where that is 0."""
    if settings.MESSAGE_RETENTION is None:
        return Tally()
    return purge(older_than=settings.MESSAGE_RETENTION, clock=clock, for_at_most=for_at_most)


def purge(
    *, older_than: timedelta, clock: Callable[[], datetime], for_at_most: timedelta | None = None
) -> Tally:
    """Empty the words of finished texts that old, the oldest first, and owe the provider the same.

    Each batch commits by itself; after `for_at_most` the rest is left to the next run.
    """
    started = clock()
    tally = Tally()
    for ready, kept in _batches(started - older_than, started):
        tally += Tally(kept=kept) + _emptied(ready, clock())
        if for_at_most is not None and clock() - started >= for_at_most:
            break
    return tally


def count(*, older_than: timedelta, now: datetime) -> Tally:
    """What `purge` would do at `now`. Changes nothing."""
    tally = Tally()
    for ready, kept in _batches(now - older_than, now):
        lie_there = sum(_lies_at_provider(text) for text in ready)
        tally += Tally(emptied=len(ready), at_provider=lie_there, kept=kept)
    return tally


def _batches(before: datetime, now: datetime) -> Iterator[tuple[list[Message], int]]:
    """Texts that old, found without locks: those to empty, and how many are kept."""
    # By key and not by offset: those that are kept must not be met again.
    old = Message.objects.filter(purged_at=None, created_at__lt=before).order_by("created_at", "pk")
    seen = ("direction", "status", "related", "created_at", "twilio_sid", "attention", "attention_done_at")
    old = old.only(*seen)
    batch = list(old[:AT_ONCE])
    while batch:
        finished = [text for text in batch if text.status in FINISHED and not _is_open_task(text)]
        needed = {pk for need in _needs for pk in need(finished, now)}
        ready = [text for text in finished if text.pk not in needed]
        yield ready, len(batch) - len(ready)
        last = batch[-1]
        further = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
        batch = list(old.filter(further, created_at__gte=last.created_at)[:AT_ONCE])


def _emptied(ready: Sequence[Message], now: datetime) -> Tally:
    try:
        return _empty([text.pk for text in ready], now)
    except Exception:
        # The other batches go on; this one is found again by the next run, and the log says so.
        logger.exception("purging failed", extra={"count": len(ready)})
    return Tally(kept=len(ready))


@transaction.atomic
def _empty(ids: Sequence[int], now: datetime) -> Tally:
    # One that somebody holds has just changed: it is left to the next run.
    rows = Message.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    rows = rows.filter(pk__in=ids, purged_at=None, status__in=FINISHED).order_by("pk")
    texts = list(rows.exclude(_OPEN_TASK).only("direction", "twilio_sid"))
    emptied = Message.objects.filter(pk__in=[text.pk for text in texts])
    emptied.filter(error_code=CARRIER_FILTERED).update(words_sha256=_SHA256)
    emptied.update(body="", content=None, purged_at=now)
    _empty_forms([text.twilio_sid for text in texts if text.direction == Direction.INBOUND])
    owed = [Redaction(message=text, created_at=now, due_at=now) for text in texts if _lies_at_provider(text)]
    Redaction.objects.bulk_create(owed, ignore_conflicts=True)
    return Tally(emptied=len(texts), at_provider=len(owed), kept=len(ids) - len(texts))


def _empty_forms(sids: Sequence[str | None]) -> None:
    forms = ProviderEvent.objects.filter(kind=events.INBOUND, sid__in=sids)
    found = list(forms.exclude(handled_at=None).order_by("pk"))
    for form in found:
        form.payload = {name: said for name, said in form.payload.items() if name in KEPT_FIELDS}
    ProviderEvent.objects.bulk_update(found, ["payload"])


def _is_open_task(text: Message) -> bool:
    """Whether somebody still has to read it: a person who looks at last must find words."""
    return text.direction == Direction.INBOUND and bool(text.attention) and text.attention_done_at is None


def _lies_at_provider(text: Message) -> bool:
    return (text.twilio_sid or "").startswith(_AT_PROVIDER)
