"""The words of texts about a slot that is, or may again be, on offer are kept however old they are."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging import purging
from messaging.purging import Tally
from messaging.states import MessageStatus
from offers.states import CancellationStatus
from tests.factories import CancellationFactory, MessageFactory

pytestmark = pytest.mark.django_db
AGE = timedelta(days=180)
AHEAD, OVER = timedelta(days=1), -timedelta(days=170)
STATES = [
    (CancellationStatus.OPEN, AHEAD, True),
    (CancellationStatus.OFFERING, AHEAD, True),
    (CancellationStatus.PAUSED, AHEAD, True),
    (CancellationStatus.UNFILLED, AHEAD, True),
    (CancellationStatus.FILLED, AHEAD, True),
    (CancellationStatus.PAUSED, OVER, True),
    (CancellationStatus.OFFERING, OVER, True),
    (CancellationStatus.UNFILLED, OVER, False),
    (CancellationStatus.FILLED, OVER, False),
    (CancellationStatus.WITHDRAWN, OVER, False),
]


def about(slot: Any) -> Any:
    """A text about the slot, older than texts keep their words."""
    related = {"cancellation": slot.pk, "offer": 1}
    long_ago = timezone.now() - AGE - timedelta(hours=1)
    return MessageFactory.create(status=MessageStatus.FAILED, related=related, created_at=long_ago)


def slot_in(status: str, starts_in: timedelta) -> Any:
    running = status in (CancellationStatus.OPEN, CancellationStatus.OFFERING)
    return CancellationFactory.create(
        status=status,
        starts_at=timezone.now() + starts_in,
        next_step_at=timezone.now() if running else None,
        paused_by="staff" if status == CancellationStatus.PAUSED else "",
    )


@pytest.mark.parametrize(("status", "starts_in", "is_kept"), STATES)
def test_rule_24_a_text_of_an_open_slot_is_kept(status: str, starts_in: timedelta, is_kept: bool) -> None:
    message = about(slot_in(status, starts_in))
    done = purging.purge(older_than=AGE, clock=timezone.now)
    assert done == (Tally(kept=1) if is_kept else Tally(emptied=1))
    message.refresh_from_db()
    assert (message.body != "") is is_kept


def test_a_text_about_no_slot_is_emptied() -> None:
    long_ago = timezone.now() - AGE - timedelta(hours=1)
    MessageFactory.create(status=MessageStatus.FAILED, related={}, created_at=long_ago)
    about(slot_in(CancellationStatus.OPEN, AHEAD))
    assert purging.purge(older_than=AGE, clock=timezone.now) == Tally(emptied=1, kept=1)
