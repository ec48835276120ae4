"""The messages of one visit in any order, and any of them twice, end in the same calendar."""

from __future__ import annotations

import random

import pytest

from clinic.models import Appointment
from clinic.states import STANDING
from integrations import handling
from integrations.hl7 import intake
from integrations.models import FeedMessage, Source, VisitLink
from tests.integrations.hl7 import goldens

pytestmark = pytest.mark.django_db
CANCELLED = ["s12_book", "s13_move", "s14_modify", "s15_cancel"]
ALIVE = ["s12_book", "s14_modify", "s13_without_pid", "s14_arrived"]
ENDED = ["s12_book", "s13_move", "s15_cancel", "s26_no_show", "s17_delete"]
NOW = goldens.RECEIVED_AT


def calendar(source: Source, names: list[str]) -> tuple[object, ...]:
    """What stands once these have come, and how the visit is known."""
    for name in names:
        intake.take(source=source, body=goldens.load(name).body, now=NOW)
        # What waited for a person, such as a change of a visit that nobody knew, is handled again at the end.
        handle_all()
    FeedMessage.objects.filter(status="parked").update(status="received", next_attempt_at=NOW)
    handle_all()
    standing = Appointment.objects.filter(status__in=STANDING).order_by("pk")
    visits = [(row.status, row.starts_at, row.ends_at, row.patient.phone) for row in standing]
    said = {part: word[0] for part, word in VisitLink.objects.get().known.items()}
    return visits, said


def handle_all() -> None:
    for pk in FeedMessage.objects.filter(status="received").order_by("pk").values_list("pk", flat=True):
        handling.handle(message_id=pk, now=NOW)


def shuffled(names: list[str], seed: int) -> list[str]:
    chance = random.Random(seed)
    order = [*names, *chance.sample(names, 2)]
    chance.shuffle(order)
    return order


# How each sequence must end, whatever its order.
ENDS = {
    "cancelled": (CANCELLED, [], "cancelled"),
    "alive": (ALIVE, ["arrived 2026-03-10 14:00 +13125550134"], "arrived"),
    "ended": (ENDED, ["no_show 2026-03-11 15:00 +13125550134"], "no_show"),
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ENDS)
def test_any_order_ends_in_the_same_calendar(source: Source, name: str, seed: int) -> None:
    names, standing, word = ENDS[name]
    visits, said = calendar(source, shuffled(names, seed))
    assert isinstance(visits, list)
    assert isinstance(said, dict)
    lines = [f"{status} {starts_at:%Y-%m-%d %H:%M} {phone}" for status, starts_at, _, phone in visits]
    assert (lines, said["standing"]) == (standing, word)
