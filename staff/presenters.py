"""The board and its cards, read with a number of queries that does not grow with the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max, Prefetch, Q

from core import scoping
from core.scoping import User
from messaging.models import Direction, Kind, Message
from messaging.states import MessageStatus
from offers.models import Cancellation, Offer
from offers.states import FILLABLE, RUNNING, CancellationStatus, OfferStatus

# Texts that wait longer than this are not going out.
TEXTS_LATE = timedelta(seconds=30)
# What only time changes (a slot that begins, texts that are late) is on the board after this at most.
LOOK_AGAIN_SECONDS = 30
MOST_CARDS = 200
_GROUPS = {
    CancellationStatus.OFFERING: "Offering: patients are being asked",
    CancellationStatus.OPEN: "Open: nobody is being asked yet",
    CancellationStatus.PAUSED: "Paused",
    CancellationStatus.UNFILLED: "Unfilled: needs a person",
    CancellationStatus.FILLED: "Filled today",
}
_SUMMARY = {
    CancellationStatus.OFFERING: "offering",
    CancellationStatus.OPEN: "open",
    CancellationStatus.PAUSED: "paused",
    CancellationStatus.UNFILLED: "unfilled",
    CancellationStatus.FILLED: "filled today",
}
# What became of a text, as a mark and a word.
_MARKS = {
    MessageStatus.QUEUED: "… not sent yet",
    MessageStatus.SENDING: "… being sent",
    MessageStatus.SENT: "✓ sent",
    MessageStatus.DELIVERED: "✓✓ delivered",
    MessageStatus.UNDELIVERED: "✗ not delivered",
    MessageStatus.FAILED: "✗ failed",
    MessageStatus.UNKNOWN: "? perhaps sent",
    MessageStatus.NOT_SENT: "✗ not sent",
    MessageStatus.SKIPPED: "– not sent, no longer needed",
}


@dataclass(kw_only=True)
class OfferRow:
    """One question on the board; `text` says what became of its text, `until` is the clinic's own time."""

    offer: Offer
    text: str
    until: datetime | None


@dataclass(kw_only=True)
class SlotCard:
    """One slot on the board; its times are the clinic's own."""

    slot: Cancellation
    starts_at: datetime
    zone: str
    is_to_come: bool
    rounds: int = 0
    offers: list[OfferRow] = field(default_factory=list)

    @property
    def next_step_at(self) -> datetime | None:
        step = self.slot.next_step_at
        return step.astimezone(self.slot.clinic.zone) if step else None

    @property
    def can_pause(self) -> bool:
        return self.slot.status in RUNNING

    @property
    def can_resume(self) -> bool:
        return self.slot.status == CancellationStatus.PAUSED

    @property
    def can_fill(self) -> bool:
        return self.slot.status in FILLABLE

    @property
    def can_reopen(self) -> bool:
        return self.slot.status == CancellationStatus.FILLED and self.is_to_come


@dataclass(frozen=True, kw_only=True)
class Group:
    """The cards in one state."""

    status: str
    title: str
    cards: list[SlotCard]


@dataclass(frozen=True, kw_only=True)
class Board:
    """Every slot that somebody may have to act on. `summary` is one sentence for those who listen."""

    groups: list[Group]
    summary: str
    needs_a_person: int
    is_cut: bool


def board(now: datetime, *, user: User) -> Board:
    """The user's slots that are to come, by state, soonest first, and those filled today."""
    to_come = Q(starts_at__gt=now) | Q(status__in=RUNNING)
    filled = Q(status=CancellationStatus.FILLED, closed_at__gt=now - timedelta(days=1))
    unsettled = Q(status__in=FILLABLE) & to_come
    seen = scoping.limit(Cancellation.objects.filter(unsettled | filled), user)
    found = list(seen.order_by("starts_at", "pk")[: MOST_CARDS + 1])
    shown = [card for card in cards(found[:MOST_CARDS], now) if _is_of_today(card.slot, now)]
    by_status = {status: [card for card in shown if card.slot.status == status] for status in _GROUPS}
    groups = [
        Group(status=status, title=_GROUPS[status], cards=held) for status, held in by_status.items() if held
    ]
    counts = [f"{len(group.cards)} {_SUMMARY[CancellationStatus(group.status)]}" for group in groups]
    return Board(
        groups=groups,
        summary=", ".join(counts) or "no slot is open",
        needs_a_person=len(by_status[CancellationStatus.UNFILLED]),
        is_cut=len(found) > MOST_CARDS,
    )


def _is_of_today(slot: Cancellation, now: datetime) -> bool:
    if slot.status != CancellationStatus.FILLED or slot.closed_at is None:
        return True
    zone = slot.clinic.zone
    return slot.closed_at.astimezone(zone).date() == now.astimezone(zone).date()


def cards(slots: list[Cancellation], now: datetime) -> list[SlotCard]:
    """The slots with their offers and the texts of these."""
    ids = [slot.pk for slot in slots]
    offers = Offer.objects.select_related("patient", "round").order_by("round__number", "rank")
    offers = offers.defer("round__entry_ids", "round__reasons", "round__parts")
    full = Cancellation.objects.select_related("clinic", "provider", "visit_type")
    by_id = full.prefetch_related(Prefetch("offers", offers)).in_bulk(ids)
    keys = [f"offer:{offer.pk}" for slot in by_id.values() for offer in slot.offers.all()]
    sent = Message.objects.filter(logical_key__in=keys).order_by("pk")
    texts = dict(sent.values_list("logical_key", "status"))
    return [_card(by_id[pk], texts, now) for pk in ids]


def _card(slot: Cancellation, texts: dict[str | None, str], now: datetime) -> SlotCard:
    local = slot.starts_at.astimezone(slot.clinic.zone)
    offers = list(slot.offers.all())
    return SlotCard(
        slot=slot,
        starts_at=local,
        zone=local.tzname() or "",
        is_to_come=slot.starts_at > now,
        rounds=max((offer.round.number for offer in offers), default=0),
        offers=[_row(offer, slot, texts.get(f"offer:{offer.pk}", "")) for offer in offers],
    )


def _row(offer: Offer, slot: Cancellation, status: str) -> OfferRow:
    until = offer.hold_expires_at if offer.status == OfferStatus.PENDING else None
    return OfferRow(
        offer=offer,
        text=_MARKS[MessageStatus(status)] if status else "– no text",
        until=until.astimezone(slot.clinic.zone) if until else None,
    )


def version(now: datetime) -> str:
    """Changes whenever something on the board does: two look-ups at the end of an index, and the clock."""
    slots = Cancellation.objects.aggregate(at=Max("changed_at"))["at"]
    texts = Message.objects.aggregate(at=Max("changed_at"))["at"]
    stamps = [f"{at.timestamp():.6f}" if at else "0" for at in (slots, texts)]
    return "-".join([*stamps, str(int(now.timestamp()) // LOOK_AGAIN_SECONDS)])


def texts_waiting_since(now: datetime) -> datetime | None:
    """Since when texts have not been going out; None where they are."""
    queued = Message.objects.filter(status=MessageStatus.QUEUED)
    # One that was tried has its next attempt ahead of it, and is late all the same.
    tried = Q(attempt__gt=0, created_at__lt=now - TEXTS_LATE)
    late = queued.filter(Q(next_attempt_at__lt=now - TEXTS_LATE) | tried)
    first = late.order_by("created_at").only("created_at").first()
    return first.created_at if first else None


def unanswered(*, user: User) -> int:
    """How many texts that the user may see a person must look at."""
    waiting = Message.objects.filter(direction=Direction.INBOUND, attention_done_at=None, kind=Kind.REPLY)
    return scoping.limit(waiting.exclude(attention=""), user).count()
