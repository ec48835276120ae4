"""The last day's texts, counted three times: by us, by the provider, by its callbacks. The three must agree.

The provider's clock is not ours, so a text that we know is placed by our clock, and only one that we do not
know by the provider's: nothing falls between two windows or into both.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from core import phone
from core.channels import Channel
from messaging import gateways, senders
from messaging.events import INBOUND
from messaging.models import Direction, Message, ProviderEvent, Tally

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
EVERY = timedelta(hours=1)
# Texts of which nobody knows are asked about for ten minutes, and a callback may take some.
SETTLING = timedelta(minutes=15)
# Between the start of our call and the provider's own stamp lie a lease at most, and what the clocks differ.
CLOCKS_APART = timedelta(minutes=5)
# Of this many texts that its list lacks the provider is asked one by one.
MOST_ASKED = 100
AT_ONCE = 1000
_BY_PROVIDER = (Channel.SMS, Channel.WHATSAPP)


@dataclass(kw_only=True)
class _Known:
    """Who knows which of a window's texts, by the provider's id."""

    ours: set[str]
    listed: set[str]
    told: set[str] = field(default_factory=set)


def sweep(*, now: datetime) -> bool:
    """Compare the last day where that was not done within the hour; whether it was done now.

    A provider that did not say is asked again by the next sweep.
    """
    last = latest()
    if last is not None and now - last.asked_at < EVERY:
        return False
    return tally_last_day(now=now) is not None


def tally_last_day(*, now: datetime) -> Tally | None:
    """Compare the day that ended a quarter of an hour ago; None: the provider did not say."""
    until = (now - SETTLING).replace(second=0, microsecond=0)
    return tally(since=until - DAY, until=until, now=now)


def tally(*, since: datetime, until: datetime, now: datetime) -> Tally | None:
    """Compare what was handed over from `since` to before `until`, and keep the result.

    None, and nothing is kept: the provider did not say. Asks the network: never within a transaction.
    """
    known = _ours_and_theirs(since, until)
    if known is None:
        logger.warning("provider not asked for the day's texts")
        return None
    everybodys = known.ours | known.listed
    known.told = set(_known_to(_callbacks(), "sid", everybodys))
    strays = _strays(since, until, everybodys)
    row = Tally(
        since=since,
        until=until,
        asked_at=now,
        ours=len(known.ours),
        provider=len(known.listed),
        webhooks=len(known.told) + strays,
        provider_lacks=len(known.ours - known.listed),
        we_lack=len(known.listed - known.ours),
        untold=len(everybodys - known.told),
        strays=strays,
    )
    counted = [name.name for name in Tally._meta.fields if name.name not in ("id", "since", "until")]
    once = ["until", "since"]
    Tally.objects.bulk_create([row], update_conflicts=True, unique_fields=once, update_fields=counted)
    if row.difference:
        logger.warning("the day's texts do not agree", extra={"difference": row.difference})
    return row


def latest() -> Tally | None:
    """The comparison of the latest window."""
    return Tally.objects.order_by("-until", "-asked_at", "-pk").first()


def _ours_and_theirs(since: datetime, until: datetime) -> _Known | None:
    texts = {str(sid): sender for sid, sender in _ours(since, until).values_list("twilio_sid", "from_number")}
    ours = set(texts)
    # Those they left by, which may be configured no longer.
    # A number is one sender, whatever app it is reached by.
    by_provider = {route.name for route in senders.routes() if route.channel in _BY_PROVIDER}
    names = {phone.bare(name) for name in by_provider | set(texts.values())}
    gateway = gateways.current()
    found = gateway.handed_over(senders=names - {""}, since=since - CLOCKS_APART, until=until + CLOCKS_APART)
    if found is None:
        return None
    listed = set(found) & ours
    # What its list lacks, for example since it was never sent, the provider may have all the same.
    for sid in sorted(ours - listed)[:MOST_ASKED]:
        has = gateway.has(sid=sid)
        if has is None:
            return None
        listed |= {sid} if has else set()
    unknown = {sid for sid, created_at in found.items() if since <= created_at < until} - ours
    # Not by our clock of this window, and perhaps of the one beside it.
    elsewhere = _known_to(Message.objects.all(), "twilio_sid", unknown)
    return _Known(ours=ours, listed=listed | (unknown - set(elsewhere)))


def _ours(since: datetime, until: datetime) -> QuerySet[Message]:
    # A row never changed before its call began: the index on `changed_at` bounds the look.
    texts = Message.objects.filter(direction=Direction.OUTBOUND, changed_at__gte=since)
    # Other channels have ids of other kinds.
    ids = Q(twilio_sid__startswith="SM") | Q(twilio_sid__startswith="MM")
    return texts.filter(ids, call_started_at__gte=since, call_started_at__lt=until)


def _callbacks() -> QuerySet[ProviderEvent]:
    return ProviderEvent.objects.filter(provider="twilio").exclude(kind=INBOUND)


def _strays(since: datetime, until: datetime, everybodys: set[str]) -> int:
    """The texts of which callbacks of the window tell, and which neither we nor the provider know."""
    heard = _callbacks().filter(received_at__gte=since, received_at__lt=until, kind__startswith="status:")
    sids = set(heard.values_list("sid", flat=True).distinct()) - everybodys
    return len(sids - set(_known_to(Message.objects.all(), "twilio_sid", sids)))


def _known_to(rows: QuerySet[Any], name: str, sids: Iterable[str]) -> Iterator[str]:
    """Those of `sids` that the rows have."""
    ordered = sorted(sids)
    for start in range(0, len(ordered), AT_ONCE):
        some = ordered[start : start + AT_ONCE]
        yield from rows.filter(**{f"{name}__in": some}).values_list(name, flat=True)
