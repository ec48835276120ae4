"""What is done about a fact: which verbs of the calendar, the waitlist and the offers are called."""

from __future__ import annotations

from datetime import datetime, timedelta

from integrations import applying_blocks, applying_merges, applying_people, applying_visits, applying_wishes
from integrations.facts import BlockFact, Fact, MergeFact, Park, PersonFact, VisitFact, Why, WishFact
from integrations.hearing import Hearing
from integrations.models import FeedMessage, Source

# A clock so wrong that whatever is said after it would count as old.
AHEAD_AT_MOST = timedelta(days=1)


def apply(
    *,
    fact: Fact,
    source: Source,
    by: str,
    now: datetime,
    may_offer: bool,
    message: FeedMessage | None = None,
) -> None:
    """Make our rows agree with the fact, in a transaction for its person and one for the rest.

    Applied twice it changes nothing the second time. Raises Park for what a person has to decide. `message`
    is the one that states it, where there is one.
    """
    heard = Hearing(
        source=source,
        by=by,
        now=now,
        received_at=message.received_at if message is not None else now,
        may_offer=may_offer,
        arrival=message.pk if message is not None else 0,
    )
    if fact.said_at > heard.received_at + AHEAD_AT_MOST:
        raise Park(Why.CONTRADICTION, "said_at")
    if isinstance(fact, VisitFact):
        applying_visits.apply(fact=fact, heard=heard)
    elif isinstance(fact, PersonFact):
        applying_people.apply(fact=fact, heard=heard)
    elif isinstance(fact, MergeFact):
        applying_merges.apply(fact=fact, heard=heard)
    elif isinstance(fact, BlockFact):
        applying_blocks.apply(fact=fact, heard=heard)
    else:
        assert isinstance(fact, WishFact)  # noqa: S101 - the last of them
        applying_wishes.apply(fact=fact, heard=heard)
