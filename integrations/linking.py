"""The rows that stand for the visits and people of a fact, before anything is done about it."""

from __future__ import annotations

from datetime import datetime

from integrations import identity
from integrations.facts import Fact, PersonFact, VisitFact, WishFact
from integrations.models import Source


def link(*, fact: Fact, source: Source, now: datetime) -> None:
    """Make the links of the fact, where there are none. The caller is in a transaction."""
    person = fact.person if isinstance(fact, PersonFact | VisitFact | WishFact) else None
    if person is not None and person.ids:
        identity.person(source=source, ids=person.ids, now=now)
    if isinstance(fact, VisitFact) and fact.keys:
        identity.visit(source=source, keys=fact.keys, now=now)
