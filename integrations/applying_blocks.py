"""A provider's time is blocked in another system, or free again."""

from __future__ import annotations

from django.db import transaction

from clinic import blocking
from clinic.models import BlockedTime
from integrations import codes, colliding, identity
from integrations.facts import BlockFact, Park, Why
from integrations.hearing import Hearing
from integrations.models import CodeKind, FeedBlock
from offers import withdrawing


@transaction.atomic
def apply(*, fact: BlockFact, heard: Hearing) -> None:
    """Follow the fact, unless a later one has been heard. Raises Park."""
    if not fact.keys:
        raise Park(Why.NO_KEY, "block")
    key = identity.named(fact.keys[0])
    identity.take_turns(source=heard.source, names=[f"block {key}"])
    row = FeedBlock.objects.filter(source=heard.source, key=key).select_related("time").first()
    if row is None:
        row = FeedBlock(source=heard.source, key=key, is_blocked=False, said_at=fact.said_at)
    # Of two words of one moment the one that keeps people away counts.
    elif (fact.said_at, fact.is_blocked) < (row.said_at, row.is_blocked):
        return
    if fact.is_blocked:
        row.time = _block(fact, row.time, heard)
    elif row.time is not None:
        blocking.unblock(time=row.time, by=heard.by, now=heard.now)
        row.time = None
    row.is_blocked, row.said_at = fact.is_blocked, fact.said_at
    row.save()


def _block(fact: BlockFact, time: BlockedTime | None, heard: Hearing) -> BlockedTime | None:
    if fact.provider is None or fact.starts_at is None or fact.ends_at is None:
        raise Park(Why.NO_TIME if fact.provider else Why.UNKNOWN_CODE, "block")
    if fact.ends_at <= fact.starts_at:
        raise Park(Why.BAD_TIME, "time")
    if codes.is_ignored(source=heard.source, kind=CodeKind.PROVIDER, code=fact.provider):
        return None
    time = time or BlockedTime()
    time.provider_id = codes.find(
        source=heard.source, kind=CodeKind.PROVIDER, code=fact.provider, place="provider"
    )
    if fact.clinic is not None:
        time.clinic_id = codes.find(
            source=heard.source, kind=CodeKind.CLINIC, code=fact.clinic, place="clinic"
        )
    time.starts_at, time.ends_at = fact.starts_at, fact.ends_at
    # The slots before the calendar, as everywhere.
    offered = withdrawing.hold_blocked(time=time)
    blocking.block(time=time, by=heard.by, now=heard.now)
    for slot_id in offered:
        withdrawing.take_back_if_gone(cancellation_id=slot_id, now=heard.now)
    colliding.look_at_block(time=time, now=heard.now)
    return time
