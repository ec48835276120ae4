"""What a slot in shadow shows afterwards: who would have been asked when, and what would probably have been.

Nobody knows whether somebody would have said yes. What is told is a chance, from the share of offers that are
accepted, and the range in which that share lies (offers.depth).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clinic.models import Clinic
from offers import depth
from offers.models import Cancellation, ShadowOffer
from offers.states import CancellationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """That a slot would have been filled: the likeliest value, and between what it may lie; whole percent."""

    likely: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Who would have been asked at one moment; `filled` is the chance by the end of their hold."""

    number: int
    at: datetime
    until: datetime
    offers: list[ShadowOffer]
    filled: Chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One slot in shadow, wave by wave; without a wave nobody could have been asked."""

    slot: Cancellation
    waves: list[Wave]

    @property
    def asked(self) -> int:
        return sum(len(wave.offers) for wave in self.waves)

    @property
    def filled(self) -> Chance:
        return self.waves[-1].filled if self.waves else Chance(likely=0, low=0, high=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A clinic's time in shadow. `expected`, `low` and `high` are how many slots would have been filled."""

    stories: list[Story]
    share: Chance
    expected: float
    low: float
    high: float
    by_staff: int


def story(*, slot: Cancellation, now: datetime) -> Story:
    """The slot's waves, first to last."""
    return _stories([slot], slot.clinic, now)[0]


def report(*, clinic: Clinic, now: datetime, at_most: int = 50) -> Report:
    """The clinic's last slots in shadow, the newest first; five queries, whatever there is."""
    slots = Cancellation.objects.filter(clinic=clinic, is_shadow=True).select_related(
        "provider", "visit_type"
    )
    stories = _stories(list(slots.order_by("-created_at", "-pk")[:at_most]), clinic, now)
    # Withdrawn ones were never to be filled by anybody.
    counted = [each for each in stories if each.slot.status != CancellationStatus.WITHDRAWN]
    return Report(
        stories=stories,
        share=_share(clinic, now),
        expected=_of_all(counted, "likely"),
        low=_of_all(counted, "low"),
        high=_of_all(counted, "high"),
        by_staff=sum(1 for each in counted if each.slot.status == CancellationStatus.FILLED),
    )


def _of_all(stories: list[Story], name: str) -> float:
    chances: list[int] = [getattr(each.filled, name) for each in stories]
    return round(sum(chances) / 100, 1)


def _stories(slots: list[Cancellation], clinic: Clinic, now: datetime) -> list[Story]:
    low, high = depth.share_range(clinic=clinic, now=now)
    shares = (depth.accepted_share(clinic=clinic, now=now), low, high)
    rows = ShadowOffer.objects.filter(cancellation__in=slots).select_related("patient", "round")
    rows = rows.defer("round__entry_ids", "round__reasons", "round__parts")
    by_slot: dict[int, list[ShadowOffer]] = {}
    for row in rows.order_by("round__number", "rank", "pk"):
        by_slot.setdefault(row.cancellation_id, []).append(row)
    return [Story(slot=slot, waves=_waves(by_slot.get(slot.pk, []), shares)) for slot in slots]


def _waves(offers: list[ShadowOffer], shares: tuple[float, float, float]) -> list[Wave]:
    by_round: dict[int, list[ShadowOffer]] = {}
    for offer in offers:
        by_round.setdefault(offer.round.number, []).append(offer)
    waves, asked = [], 0
    for number, (_, of_round) in enumerate(sorted(by_round.items()), start=1):
        asked += len(of_round)
        first = of_round[0]
        waves.append(
            Wave(
                number=number,
                at=first.created_at,
                until=first.hold_expires_at,
                offers=of_round,
                filled=_chance(asked, shares),
            )
        )
    return waves


def _chance(asked: int, shares: tuple[float, float, float]) -> Chance:
    likely, low, high = (round(100 * depth.chance(asked, share)) for share in shares)
    return Chance(likely=likely, low=low, high=high)


def _share(clinic: Clinic, now: datetime) -> Chance:
    low, high = depth.share_range(clinic=clinic, now=now)
    likely = depth.accepted_share(clinic=clinic, now=now)
    return Chance(likely=round(100 * likely), low=round(100 * low), high=round(100 * high))
