"""The callbacks that the simulated provider owes us: each a row with a due time, late and forced ones too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

import requests
from django.conf import settings
from django.db import transaction
from django.db.models import F

from core import wakeups
from core.marking import marked as _
from messaging import tasks
from messaging.fates import Step
from messaging.gateways import simulated_webhooks
from messaging.models import SimulatedCallback, SimulatedText

logger = logging.getLogger(__name__)

AT_ONCE = 200
# A callback that did not get through comes again, as Twilio's do where the address asks for it (#rc=5).
AGAIN = timedelta(seconds=15)
MOST_ATTEMPTS = 6


class Forced(StrEnum):
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    AGAIN = "again"


class CannotForce(Exception):
    """There is nothing to be forced; worded for whoever asked."""


def owe(*, text: SimulatedText, steps: list[Step], now: datetime) -> None:
    """Write down the callbacks to come, and wake a worker for those due now. In the text's transaction."""
    SimulatedCallback.objects.bulk_create(
        SimulatedCallback(text=text, word=step.word, error_code=step.error_code, due_at=now + step.after)
        for step in steps
    )
    if any(not step.after for step in steps):
        wakeups.wake(tasks.simulate_receipts, text_id=text.pk)


def post_due(*, text_id: int, clock: Callable[[], datetime]) -> int:
    """Bring the callbacks of a text that are due, in their order; how many got through."""
    due = SimulatedCallback.objects.filter(text=text_id, due_at__lte=clock())
    ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True))
    return sum(_post(pk, clock()) for pk in ids)


def sweep(*, clock: Callable[[], datetime], for_at_most: timedelta | None = None) -> int:
    """Bring every callback that is due, the oldest first, until `for_at_most` is over; how many got through.

    What is due while texts go to a real provider stays where it is.
    """
    if not settings.USE_MOCK_TWILIO:
        return 0
    started, done = clock(), 0
    due = SimulatedCallback.objects.filter(due_at__lte=started).order_by("due_at", "pk")
    for pk in list(due.values_list("pk", flat=True)[:AT_ONCE]):
        if for_at_most is not None and clock() - started >= for_at_most:
            break
        done += _post(pk, clock())
    return done


@transaction.atomic
def force(*, text_id: int, forced: Forced, error_code: str = "", now: datetime) -> None:
    """Decide now what the provider says of a text that it took; what was still to come is dropped.

    `AGAIN` repeats the last callback that came. Raises CannotForce where the provider never took the text,
    or has not spoken of it yet.
    """
    text = SimulatedText.objects.select_for_update(of=("self",), no_key=True).filter(pk=text_id).first()
    if text is None or text.inbound or text.by_provider or text.refused_code:
        raise CannotForce(_("The provider never took this text: there is nothing to report about it."))
    step = _step(text, forced, error_code)
    text.callbacks.exclude(due_at=None).update(due_at=None)
    if forced == Forced.DELIVERED and (text.arrives_at is None or text.arrives_at > now):
        SimulatedText.objects.filter(pk=text.pk).update(arrives_at=now)
    if forced == Forced.UNDELIVERED and text.arrives_at is not None and text.arrives_at > now:
        SimulatedText.objects.filter(pk=text.pk).update(arrives_at=None, push_at=None)
    owe(text=text, steps=[step], now=now)


def _step(text: SimulatedText, forced: Forced, error_code: str) -> Step:
    if forced != Forced.AGAIN:
        return Step(forced.value, error_code if forced == Forced.UNDELIVERED else "", timedelta(0))
    last = text.callbacks.exclude(posted_at=None).order_by("posted_at", "pk").last()
    if last is None:
        raise CannotForce(_("No callback of this text has come yet: there is none to repeat."))
    return Step(last.word, last.error_code, timedelta(0))


def _post(callback_id: int, now: datetime) -> bool:
    due = SimulatedCallback.objects.filter(pk=callback_id, due_at__lte=now)
    # Moved on before the call: whoever dies in it leaves a callback that is due again, and two bring it once.
    if not due.update(due_at=now + AGAIN, attempt=F("attempt") + 1):
        return False
    callback = SimulatedCallback.objects.select_related("text").get(pk=callback_id)
    try:
        simulated_webhooks.report(callback)
    except requests.RequestException as error:
        logger.warning("simulated callback lost", extra={"error": type(error).__name__})
        if callback.attempt >= MOST_ATTEMPTS:
            SimulatedCallback.objects.filter(pk=callback_id).update(due_at=None)
        return False
    SimulatedCallback.objects.filter(pk=callback_id).update(due_at=None, posted_at=now)
    return True
