"""The board: every slot that somebody may have to act on, with queries that do not grow with the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import scoping
from core.scoping import User
from messaging.models import Direction, Kind, Message
from messaging.states import MessageStatus
from offers.models import Cancellation
from offers.states import FILLABLE, RUNNING, CancellationStatus
from staff import calls, cards, shortages
from staff.cards import SlotCard

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Texts and steps that wait longer than this are not being worked on.
LATE = timedelta(seconds=30)
# What only time changes (a slot that begins, texts that are late) is on the board after this at most.
LOOK_AGAIN_SECONDS = 30
MOST_CARDS = 200
NEEDS = "needs"
# In the order of the board: what a person must do comes first.
_GROUPS: dict[str, _StrPromise] = {
    NEEDS: gettext_lazy("Needs a person"),
    CancellationStatus.OFFERING: gettext_lazy("Offering: patients are being asked"),
    CancellationStatus.OPEN: gettext_lazy("Waiting: nobody is being asked yet"),
    CancellationStatus.PAUSED: gettext_lazy("Paused"),
    CancellationStatus.FILLED: gettext_lazy("Filled today"),
}
_SUMMARY: dict[str, _StrPromise] = {
    NEEDS: gettext_lazy("%(count)s needing a person"),
    CancellationStatus.OFFERING: gettext_lazy("%(count)s offering"),
    CancellationStatus.OPEN: gettext_lazy("%(count)s waiting"),
    CancellationStatus.PAUSED: gettext_lazy("%(count)s paused"),
    CancellationStatus.FILLED: gettext_lazy("%(count)s filled today"),
}


@dataclass(frozen=True, kw_only=True)
class Group:
    """The cards that belong together."""

    status: str
    title: _StrPromise
    cards: list[SlotCard]


@dataclass(frozen=True, kw_only=True)
class Board:
    """Every slot that somebody may have to act on. `summary` is one sentence for those who listen.

    `needing` and `filled` are the numbers of slots, so that a browser notices new ones without a name.
    """

    groups: list[Group]
    summary: str
    needing: str
    filled: str
    is_cut: bool
    unanswered: int
    lost: int
    # Why a quiet board is quiet, with counts; "" where there is anything on it.
    quiet: str


def board(now: datetime, *, user: User, named: cards.Named = cards.full_name) -> Board:
    """The user's slots that are to come, what needs a person first, and those filled today."""
    to_come = Q(starts_at__gt=now) | Q(status__in=RUNNING)
    filled = Q(status=CancellationStatus.FILLED, closed_at__gt=now - timedelta(days=1))
    unsettled = Q(status__in=FILLABLE) & to_come
    seen = scoping.limit(Cancellation.objects.filter(unsettled | filled), user)
    found = list(seen.select_related("clinic").order_by("starts_at", "pk")[: MOST_CARDS + 1])
    slots = [slot for slot in found[:MOST_CARDS] if _is_of_today(slot, now)]
    shown = cards.of(slots, now, named=named)
    unanswered = _about(_unanswered(user))
    lost = _about(calls.lost_texts(now, user=user))
    shortages.explain(shown)
    for card in shown:
        card.needs = (*card.needs, *_needs(card, unanswered, lost))
    groups = _grouped(shown)
    by_status = {group.status: [str(card.pk) for card in group.cards] for group in groups}
    counts = [_SUMMARY[group.status] % {"count": len(group.cards)} for group in groups]
    return Board(
        groups=groups,
        summary=", ".join(counts) or _("no slot is open"),
        needing=" ".join(by_status.get(NEEDS, [])),
        filled=" ".join(by_status.get(CancellationStatus.FILLED, [])),
        is_cut=len(found) > MOST_CARDS,
        unanswered=len(unanswered),
        lost=len(lost),
        quiet="" if groups else shortages.of_the_day(now, user=user),
    )


def _grouped(shown: list[SlotCard]) -> list[Group]:
    held: dict[str, list[SlotCard]] = {status: [] for status in _GROUPS}
    for card in shown:
        needs_somebody = card.needs or card.status == CancellationStatus.UNFILLED
        held[NEEDS if needs_somebody else card.status].append(card)
    return [Group(status=name, title=_GROUPS[name], cards=found) for name, found in held.items() if found]


def _needs(card: SlotCard, unanswered: list[int], lost: list[int]) -> list[str]:
    needs = []
    if answers := unanswered.count(card.pk):
        sentence = ngettext("%(n)s answer needs a person.", "%(n)s answers need a person.", answers)
        needs.append(sentence % {"n": answers})
    if texts := lost.count(card.pk):
        sentence = ngettext("%(n)s text may not have arrived.", "%(n)s texts may not have arrived.", texts)
        needs.append(sentence % {"n": texts})
    return needs


def _is_of_today(slot: Cancellation, now: datetime) -> bool:
    if slot.status != CancellationStatus.FILLED or slot.closed_at is None:
        return True
    zone = slot.clinic.zone
    return slot.closed_at.astimezone(zone).date() == now.astimezone(zone).date()


def version(now: datetime) -> str:
    """Changes whenever something on the board does: three look-ups at the end of an index, and the clock."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED)
        stamps = [f"{at.timestamp():.6f}" if at else "0" for at in cursor.fetchone()]
    return "-".join([*stamps, str(int(now.timestamp()) // LOOK_AGAIN_SECONDS)])


# One trip: an open board asks this all day long.
_CHANGED = """
    SELECT (SELECT max(changed_at) FROM offers_cancellation), (SELECT max(changed_at) FROM messaging_message),
        (SELECT max(changed_at) FROM offers_staffcall)
"""


def texts_waiting_since(now: datetime) -> datetime | None:
    """Since when texts have not been going out; None where they are."""
    queued = Message.objects.filter(status=MessageStatus.QUEUED)
    # One that was tried has its next attempt ahead of it, and is late all the same.
    tried = Q(attempt__gt=0, created_at__lt=now - LATE)
    late = queued.filter(Q(next_attempt_at__lt=now - LATE) | tried)
    first = late.order_by("created_at").only("created_at").first()
    return first.created_at if first else None


def steps_waiting_since(now: datetime) -> datetime | None:
    """Since when no worker has taken the steps of slots that are due; None where they are taken."""
    due = Cancellation.objects.filter(status__in=RUNNING, next_step_at__lt=now - LATE)
    first = due.order_by("next_step_at").only("next_step_at").first()
    return first.next_step_at if first else None


def unanswered(*, user: User) -> int:
    """How many texts that the user may see a person must look at."""
    return _unanswered(user).count()


def clock(now: datetime) -> str:
    """When the board was looked at, with its zone."""
    return formats.date_format(timezone.localtime(now), "H:i:s T")


def _unanswered(user: User) -> QuerySet[Message]:
    waiting = Message.objects.filter(direction=Direction.INBOUND, attention_done_at=None, kind=Kind.REPLY)
    return scoping.limit(waiting.exclude(attention=""), user)


def _about(texts: QuerySet[Message]) -> list[int]:
    """The slots that the texts are about, 0 where none is."""
    return [related.get("cancellation", 0) for related in texts.values_list("related", flat=True)]
