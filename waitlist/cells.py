"""What the cells of an imported row mean: words to values, each refusal with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core import phone
from waitlist.joining import Window

YES, NO = frozenset({"yes", "y", "true", "1", "x", "sí", "si"}), frozenset({"no", "n", "false", "0", ""})
LANGUAGES = {"": "en", "en": "en", "english": "en", "es": "es", "spanish": "es", "español": "es"}
_DAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_DAYS |= {name: number for number, name in enumerate(("lun", "mar", "mié", "jue", "vie", "sáb", "dom"))}
_DAYS |= {"mie": 2, "sab": 5}
_CLOCK = r"\d{1,2}:\d{2}"
_WINDOW = re.compile(rf"(?P<day>[^\W\d_]{{3}})[^\W\d_]*\.?\s+(?P<start>{_CLOCK})\s*[-–]\s*(?P<end>{_CLOCK})")
_DATES = ("%Y-%m-%d", "%m/%d/%Y")
Read = Callable[[str], Any]


def day(words: str) -> date | None:
    """2026-03-31 or 3/31/2026; "" is none."""
    if not words:
        return None
    for pattern in _DATES:
        try:
            return datetime.strptime(words, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValidationError(_("Write the day like 2026-03-31."))


def number(words: str) -> str:
    """A phone number in E.164; "" is none."""
    return phone.normalise(words) if words else ""


def email(words: str) -> str:
    """An e-mail address in small letters; "" is none."""
    if words:
        validate_email(words)
    return words.lower()


def flag(words: str) -> bool:
    """Yes or no; "" is no."""
    said = words.casefold()
    if said not in YES | NO:
        raise ValidationError(_("Write yes or no."))
    return said in YES


def language(words: str) -> str:
    """One that our messages speak; "" is English."""
    try:
        return LANGUAGES[words.casefold()]
    except KeyError:
        raise ValidationError(_("Write en or es.")) from None


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
    """Since when somebody waits, by the clinic's calendar; "" is now."""
    joined_on = day(words[:10] if "T" in words else words)
    since = datetime.combine(joined_on, time(), tzinfo=zone) if joined_on else None
    if since is not None and since > now:
        raise ValidationError(_("Nobody can have joined in the future."))
    return since


def read(row: Mapping[str, str], readers: Mapping[str, Read]) -> dict[str, Any]:
    """The values of the row's cells. Raises ValidationError with every reason, by the name of its column."""
    values: dict[str, Any] = {}
    refused: dict[str, list[str]] = {}
    for name, reader in readers.items():
        try:
            values[name] = reader(row.get(name) or "")
        except ValidationError as error:
            refused[name] = error.messages
    if refused:
        raise ValidationError(refused)
    return values


def _window(match: re.Match[str]) -> Window:
    try:
        start, end = (time.fromisoformat(match[name].zfill(5)) for name in ("start", "end"))
    except ValueError:
        raise ValidationError(_("There is no such time of the day.")) from None
    if start >= end:
        raise ValidationError(_("A time must end after it starts."))
    return Window(_DAYS[match["day"]], start, end)
