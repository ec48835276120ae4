"""What the cells of an imported row say of a wish: words to values, each refusal with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import cells
from waitlist.joining import Window

_DAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_DAYS |= {name: number for number, name in enumerate(("lun", "mar", "mié", "jue", "vie", "sáb", "dom"))}
_DAYS |= {"mie": 2, "sab": 5}
MOST_BOOST = 40
_CLOCK = r"\d{1,2}:\d{2}"
_WINDOW = re.compile(rf"(?P<day>[^\W\d_]{{3}})[^\W\d_]*\.?\s+(?P<start>{_CLOCK})\s*[-–]\s*(?P<end>{_CLOCK})")


def minutes(words: str) -> int:
    """A number of minutes; "" is an hour."""
    if not words:
        return 60
    if not words.isascii() or not words.isdigit() or int(words[:9]) > 60 * 24 * 14:
        raise ValidationError(_("Write a number of minutes, two weeks at most."))
    return int(words)


def windows(words: str) -> list[Window]:
    """Mon 08:00-12:00; Wed 13:00-17:00. "" is always."""
    found = []
    for part in (part.strip() for part in words.split(";")):
        match = _WINDOW.fullmatch(part.casefold())
        if not part:
            continue
        if match is None or match["day"] not in _DAYS:
            raise ValidationError(_("Write times like “Mon 08:00-12:00; Wed 13:00-17:00”."))
        found.append(_window(match))
    return found


def joined_at(words: str, *, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Since when somebody waits, by the clinic's clocks; a day alone is its start, and "" is now."""
    since = moment_or_none(words, zone=zone)
    if since is not None and since > now:
        raise ValidationError(_("Nobody can have joined in the future."))
    return since


def moment_or_none(words: str, *, zone: ZoneInfo) -> datetime | None:
    """A `cells.moment`, or the start of a day by the clocks of `zone`; "" is none."""
    if ":" in words:
        return cells.moment(words, zone=zone)
    on = cells.day(words)
    return datetime.combine(on, time(), tzinfo=zone) if on else None


def boost(words: str) -> int:
    """Points in front of others; "" is none."""
    if words and not (words.isascii() and words.isdigit() and int(words[:9]) <= MOST_BOOST):
        raise ValidationError(_("A boost is between 0 and 40 points."))
    return int(words or 0)


def check(values: Mapping[str, Any], *, now: datetime) -> None:
    """What the cells of one row must be together. Raises ValidationError."""
    if values["boost"] and not values["boost_reason"]:
        raise ValidationError({"boost_reason": _("Say why this patient goes ahead of others.")})
    if values["expires"] is not None and values["expires"] <= now:
        raise ValidationError({"expires": _("The wish would have run out already.")})


def _window(match: re.Match[str]) -> Window:
    try:
        start, end = (time.fromisoformat(match[name].zfill(5)) for name in ("start", "end"))
    except ValueError:
        raise ValidationError(_("There is no such time of the day.")) from None
    if start >= end:
        raise ValidationError(_("A time must end after it starts."))
    return Window(_DAYS[match["day"]], start, end)
