"""The provider's book against our rows, text by text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import User
from django.utils import timezone

from messaging.keys import SECOND_TIME
from messaging.models import Attention, Direction, Message, ProviderEvent
from messaging.receipts import RANKS
from messaging.states import MessageStatus
from staff import calls
from tests.storm.provider import Provider
from tests.storm.weather import Fault

ARRIVED = (MessageStatus.SENT, MessageStatus.DELIVERED)


@dataclass(frozen=True, kw_only=True)
class Account:
    """`doubled`, `lost`, `unlisted` and `misread` name the texts that break the promise; all must be empty.

    Texts with the same words to the same phone are one heap: nobody can tell which of them arrived.
    """

    rows: list[Message]
    taken: int
    doubled: list[str]
    lost: list[str]
    unlisted: list[str]
    misread: list[str]

    @property
    def faults(self) -> list[str]:
        return [*self.doubled, *self.lost, *self.unlisted, *self.misread]

    def table(self, *, met: Mapping[Fault, int], title: str) -> str:
        """What happened, for people."""
        states = Counter(_state(row) for row in self.rows)
        again = sum(is_second(row) for row in self.rows)
        lines = [title, f"  {'texts owed':36}{len(self.rows) - again:6}"]
        lines += [f"    {fault:34}{met[fault]:6}" for fault in Fault if met.get(fault)]
        lines += [f"  {'taken by the provider':36}{self.taken:6}"]
        lines += [f"    {state:34}{count:6}" for state, count in sorted(states.items())]
        lines += [f"  {'sent once more':36}{again:6}", f"  {'doubles':36}{len(self.doubled):6}"]
        lines += [f"  {'lost and on no list':36}{len(self.lost) + len(self.unlisted):6}"]
        return "\n".join(lines)


def drawn_up(provider: Provider) -> Account:
    """Read once everything is at rest."""
    rows = list(Message.objects.filter(direction=Direction.OUTBOUND).order_by("pk"))
    reached = Counter(_uuid_of(text.callback) for text in provider.taken)
    heaps: dict[tuple[str, str], list[Message]] = defaultdict(list)
    for row in rows:
        heaps[row.to, row.body].append(row)
    doubled, lost = [], []
    for heap in heaps.values():
        came, owed = sum(reached[str(row.uuid)] for row in heap), len({_key(row) for row in heap})
        if came > owed:
            doubled.append(f"{came} × {_told(heap)}")
        if came < len({_key(row) for row in heap if row.status in ARRIVED}):
            lost.append(f"said to be sent: {_told(heap)}")
        if came > sum(row.status in ARRIVED for row in heap):
            lost.append(f"arrived, and nobody knows: {_told(heap)}")
    unlisted = [_told([row]) for row in _not_listed(rows)]
    return Account(
        rows=rows,
        taken=len(provider.taken),
        doubled=doubled,
        lost=lost,
        unlisted=unlisted,
        misread=_misread(rows, provider),
    )


def is_second(row: Message) -> bool:
    return (row.logical_key or "").endswith(SECOND_TIME)


def _not_listed(rows: Iterable[Message]) -> list[Message]:
    """Texts that did not arrive, were not skipped for a reason, and stand on no list of a person's."""
    settled = {_key(row) for row in rows if row.status in (*ARRIVED, MessageStatus.SKIPPED)}
    listed = {_key(call.message) for call in calls.lost(timezone.now(), user=User(is_superuser=True))}
    skipped = [row for row in rows if row.status == MessageStatus.SKIPPED and not row.skip_reason]
    return [row for row in rows if _key(row) not in settled | listed] + skipped


def _misread(rows: Iterable[Message], provider: Provider) -> list[str]:
    """Callbacks that were not stored and read once, or that left the text in another state than they say."""
    stored = ProviderEvent.objects.filter(kind__startswith="status:", handled_at__isnull=False)
    read = Counter((sid, kind.removeprefix("status:")) for sid, kind in stored.values_list("sid", "kind"))
    wrong = [f"told, not read: {sid} {word}" for sid, word in provider.told.keys() ^ read.keys()]
    words: dict[str, list[str]] = defaultdict(list)
    for sid, word in provider.told:
        words[sid].append(word)
    for row in rows:
        rank = max((RANKS[word] for word in words.get(row.twilio_sid or "", [])), default=0)
        delivered = (row.status == MessageStatus.DELIVERED) == (rank == RANKS["delivered"])
        if row.status_rank != rank or not delivered:
            wrong.append(f"read wrongly: {_told([row])}, rank {row.status_rank} and not {rank}")
    return wrong


def _key(row: Message) -> str:
    return (row.logical_key or "").removesuffix(SECOND_TIME)


def _told(heap: Iterable[Message]) -> str:
    return ", ".join(f"{row.logical_key} {_state(row)}" for row in heap)


def _state(row: Message) -> str:
    shown = {MessageStatus.SKIPPED: row.skip_reason, MessageStatus.FAILED: row.error_code}
    note = shown.get(MessageStatus(row.status), "on the list" if row.attention == Attention.NOT_SENT else "")
    return f"{row.status} ({note})" if note else row.status


def _uuid_of(callback: str) -> str:
    return parse_qs(urlsplit(callback).query)["m"][0]
