"""Of two who move one row, one gets through and the other is told."""

import pytest
from django.utils import timezone

from core.transitions import IllegalMove, StaleState, move
from tests.factories import WaitlistEntryFactory
from waitlist.models import WaitlistEntry

ARROWS = {"waiting": frozenset({"paused"}), "paused": frozenset({"waiting"})}

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> WaitlistEntry:
    made: WaitlistEntry = WaitlistEntryFactory.create()
    return made


def test_a_move_writes_the_state_and_the_fields_that_go_with_it(entry: WaitlistEntry) -> None:
    at = timezone.now()
    move(entry, to="paused", arrows=ARROWS, changed_at=at)
    stored = WaitlistEntry.objects.get()
    assert (stored.status, stored.changed_at) == (entry.status, entry.changed_at) == ("paused", at)


def test_a_move_leaves_other_fields_to_their_writers(entry: WaitlistEntry) -> None:
    WaitlistEntry.objects.update(urgent=True)
    entry.min_notice_minutes = 999
    move(entry, to="paused", arrows=ARROWS)
    stored = WaitlistEntry.objects.get()
    assert (stored.urgent, stored.min_notice_minutes) == (True, 60)


@pytest.mark.parametrize("to", ["removed", "waiting", "nonsense"])
def test_a_move_without_an_arrow_is_a_bug(entry: WaitlistEntry, to: str) -> None:
    with pytest.raises(IllegalMove, match=f"no arrow from waiting to {to}"):
        move(entry, to=to, arrows=ARROWS)
    assert WaitlistEntry.objects.get().status == entry.status == "waiting"


def test_a_state_that_ends_has_no_arrows(entry: WaitlistEntry) -> None:
    with pytest.raises(IllegalMove):
        move(entry, to="paused", arrows={})


def test_the_second_of_two_movers_is_told_that_the_row_has_moved(entry: WaitlistEntry) -> None:
    mine, theirs = (WaitlistEntry.objects.get() for _ in range(2))
    move(theirs, to="paused", arrows=ARROWS)
    with pytest.raises(StaleState, match="waitlist entry has changed"):
        move(mine, to="paused", arrows=ARROWS, urgent=True)
    assert (mine.status, mine.urgent) == ("waiting", False)
    assert not WaitlistEntry.objects.get().urgent
