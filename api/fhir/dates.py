"""FHIR's dates in a search: a prefix, then as much of an instant as is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_WRITTEN = re.compile(
    r"(?P<prefix>[a-z]{2})?(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<part>\.[0-9]+)?)?"
    r"(?P<zone>Z|[+\- ][0-9]{2}:[0-9]{2})?)?)?)?"
)
_LENGTHS = (
    ("part", timedelta(milliseconds=1)),
    ("second", timedelta(seconds=1)),
    ("minute", timedelta(minutes=1)),
)
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2199


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` until just before `end`, and how an instant lies to it."""

    prefix: str
    first: datetime
    end: datetime

    def rows(self, field: str) -> Q:
        """The rows whose instant lies so (R4, search, prefixes)."""
        within = Q(**{f"{field}__gte": self.first, f"{field}__lt": self.end})
        before, from_first = Q(**{f"{field}__lt": self.first}), Q(**{f"{field}__gte": self.first})
        after, until_end = Q(**{f"{field}__gte": self.end}), Q(**{f"{field}__lt": self.end})
        if self.prefix == "ap":
            slack = abs(timezone.now() - self.first) / 10
            return Q(**{f"{field}__gte": self.first - slack, f"{field}__lt": self.end + slack})
        return {
            "eq": within,
            "ne": before | after,
            "gt": after,
            "sa": after,
            "lt": before,
            "eb": before,
            "ge": from_first,
            "le": until_end,
        }[self.prefix]


def span(value: str) -> Span:
    """What a date of a search says; without an offset it is read on the installation's clocks.

    Raises ValueError for what is no such date.
    """
    found = _WRITTEN.fullmatch(value)
    if found is None or (found["prefix"] or "eq") not in PREFIXES:
        raise ValueError("no date")
    if not _EARLIEST_YEAR <= int(found["year"]) <= _LATEST_YEAR:
        raise ValueError("out of all reason")
    first = datetime(
        int(found["year"]),
        int(found["month"] or 1),
        int(found["day"] or 1),
        int(found["hour"] or 0),
        int(found["minute"] or 0),
        int(found["second"] or 0),
        int(float(found["part"] or 0) * 1_000_000),
        tzinfo=_zone(found["zone"]),
    )
    return Span(found["prefix"] or "eq", first, _end(first, found))


def _zone(written: str | None) -> tzinfo | None:
    if written is None:
        return ZoneInfo(settings.TIME_ZONE)
    # A plus sign that nobody has escaped arrives as a space.
    offset = written.replace("Z", "+00:00").replace(" ", "+")
    return datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo


def _end(first: datetime, found: re.Match[str]) -> datetime:
    if found["month"] is None:
        return first.replace(year=first.year + 1)
    if found["day"] is None:
        return (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first + next((length for name, length in _LENGTHS if found[name] is not None), timedelta(days=1))
