"""Let the processes work through what strikes them, until nobody has anything left to do."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Sequence

from django.utils import timezone

from messaging.models import Message, ProviderEvent
from messaging.states import MessageStatus
from offers.expiring import LOST
from offers.models import Cancellation, Offer
from offers.states import RUNNING, OfferStatus
from ops import invariants
from tests.conftest import SHOWN
from tests.storm import account
from tests.storm.account import Account
from tests.storm.provider import Provider
from tests.storm.stage import Stage

# `make soak` sends twenty times as many, and its SEED repeats a run.
TEXTS = int(os.environ.get("STORM_TEXTS") or 100)
SEED = int(os.environ.get("STORM_SEED") or secrets.randbelow(10**6))
# A bound for a run that hangs; two quiet cores need a tenth of it.
PATIENCE_SECONDS = 240 + TEXTS / 2
LOOK_SECONDS = 0.5
OWED = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN, MessageStatus.RECEIVED)


def at_rest(provider: Provider) -> bool:
    """Whether nobody has anything left to do now; questions and their holds may stand."""
    if not provider.is_idle or ProviderEvent.objects.filter(handled_at=None).exists():
        return False
    due = Cancellation.objects.filter(status__in=RUNNING, next_step_at__lte=timezone.now())
    if due.exists() or Message.objects.filter(status__in=OWED).exists():
        return False
    asked = Offer.objects.filter(status=OfferStatus.PENDING).order_by("pk").values_list("pk", flat=True)
    keys = [f"offer:{pk}" for pk in asked]
    return not Message.objects.filter(logical_key__in=keys, status__in=LOST).exists()


def ride_out(stage: Stage, *, blow: Callable[[], object], after: Sequence[int]) -> None:
    """Let them work until everything is at rest; strike `blow` after each of these POSTs."""
    waiting = list(after)
    deadline, looked = time.monotonic() + PATIENCE_SECONDS, time.monotonic()
    while time.monotonic() < deadline:
        if waiting and stage.provider.posts >= waiting[0]:
            del waiting[0]
            blow()
        elif not waiting and time.monotonic() - looked > LOOK_SECONDS:
            if at_rest(stage.provider):
                return
            looked = time.monotonic()
        time.sleep(0.01)
    raise AssertionError(f"not at rest, seed {SEED}: {sorted(left_over())}")


def left_over() -> set[tuple[str, str]]:
    """What is still owed, by kind and state."""
    owed = Message.objects.filter(status__in=OWED).order_by("pk")
    return set(owed.values_list("kind", "status"))


def held(stage: Stage, show: Callable[[str, object], None], title: str) -> Account:
    """Draw up the account, show it, and see that the promises were kept."""
    drawn = account.drawn_up(stage.provider)
    lasted = max(row.changed_at for row in drawn.rows) - min(row.created_at for row in drawn.rows)
    title = f"{title}, {lasted.total_seconds():.0f} s, seed {SEED}"
    table = drawn.table(met=stage.provider.met, title=title)
    print(table)  # noqa: T201 - what a failed run shows
    show(SHOWN, table)
    assert drawn.faults == []
    assert dict(invariants.violations(now=timezone.now())) == {}
    return drawn
