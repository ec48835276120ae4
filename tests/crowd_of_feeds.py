"""The rows of schedule feeds and of what EHRs have to learn, in a crowd: all of the first source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clinic.models import BlockedTime
from integrations.models import (
    FeedBlock,
    FeedPolicy,
    PersonKey,
    PersonLink,
    Source,
    VisitKey,
    VisitLink,
    WishLink,
)
from tests import factories
from tests.crowd_making import named, now, of, plain, soon
from tests.factories_of_ehrs import RecordFactory, WriteBackFactory
from tests.factories_of_feeds import FeedCodeFactory, FeedMessageFactory, ParkedFactory, TodoFactory

KINDS: dict[str, Callable[[Any, int], Any]] = {
    "source": plain(Source, name=lambda i: f"Feed {i}", kind="hl7", timezone="UTC", created_at=now),
    "feed message": plain(FeedMessageFactory, about=of(source="first source"), status="parked"),
    "parked": plain(ParkedFactory, about=of(message="feed message")),
    "feed code": plain(
        FeedCodeFactory, about=of(source="first source", provider="provider"), value=lambda i: f"D{i}"
    ),
    "feed policy": plain(FeedPolicy, about=of(clinic="first clinic", visit_type="visit type"), freed="ask"),
    "feed visit": plain(VisitLink, about=of(source="first source", appointment="visit"), changed_at=now),
    "name of a visit": plain(VisitKey, about=of(source="first source", link="feed visit"), key=named),
    "feed person": plain(PersonLink, about=of(source="first source", patient="patient"), changed_at=now),
    "name of a person": plain(PersonKey, about=of(source="first source", link="feed person"), key=named),
    "feed wish": plain(
        WishLink, about=of(source="first source", entry="entry"), key=named, is_waiting=True, said_at=now
    ),
    "blocked time": plain(
        BlockedTime, about=of(provider="provider"), starts_at=soon, ends_at=lambda i: factories.in_hours(2)
    ),
    "feed block": plain(
        FeedBlock,
        about=of(source="first source", time="blocked time"),
        key=named,
        is_blocked=True,
        said_at=now,
    ),
    "to settle": plain(TodoFactory, about=of(appointment="visit", clinic="first clinic")),
    "write back": plain(WriteBackFactory, about=of(appointment="visit", source="first source")),
    "drchrono record": plain(RecordFactory, about=of(source="first source"), key=named),
}
