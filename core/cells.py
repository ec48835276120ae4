"""What the cells of an imported row mean: words to values, each refusal with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core import phone

YES, NO = frozenset({"yes", "y", "true", "1", "x", "sí", "si"}), frozenset({"no", "n", "false", "0", ""})
LANGUAGES = {"": "en", "en": "en", "english": "en", "es": "es", "spanish": "es", "español": "es"}
LONGEST_EMAIL = 254
_DATES = ("%Y-%m-%d", "%m/%d/%Y")
_MOMENTS = ("%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p")
_YEARS = range(1900, 2200)
Read = Callable[[str], Any]


def text(words: str, *, longest: int) -> str:
    """The words as they are; "" is none."""
    if len(words) > longest:
        raise ValidationError(_("This is longer than %(most)s characters.") % {"most": longest})
    return words


def name(words: str, *, longest: int = 80) -> str:
    """`text` that must be there."""
    if not words:
        raise ValidationError(_("This is missing."))
    return text(words, longest=longest)


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


def birthday(words: str, *, today: date) -> date | None:
    """A `day` that is not ahead."""
    born = day(words)
    if born is not None and born > today:
        raise ValidationError(_("Nobody is born in the future."))
    return born


def moment(words: str, *, zone: ZoneInfo) -> datetime:
    """2026-03-31 09:30 or 3/31/2026 9:30 AM by the clocks of `zone`, or with an offset; the instant in UTC.

    A time that the clocks skip is refused, and so is one that they show twice and that has no offset.
    """
    wall = _wall(words)
    if wall is None or wall.year not in _YEARS:
        raise ValidationError(_("Write the day and the time like 2026-03-31 09:30."))
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        raise ValidationError(_("There is no such time on that day: the clocks go forward."))
    raise ValidationError(
        _("The clocks show this time twice: write which one, like 2026-11-01T01:30-05:00 or -06:00.")
    )


def number(words: str) -> str:
    """A phone number in E.164; "" is none."""
    return phone.normalise(words) if words else ""


def email(words: str) -> str:
    """An e-mail address in small letters; "" is none."""
    if words:
        validate_email(text(words, longest=LONGEST_EMAIL))
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


def one_of(words: str, *, known: Mapping[str, str]) -> str:
    """What `known` has for the words, whatever their case."""
    try:
        return known[words.casefold()]
    except KeyError:
        told = {"names": ", ".join(word for word in known if word)}
        raise ValidationError(_("Write one of: %(names)s.") % told) from None


def read(row: Mapping[str, str], readers: Mapping[str, Read]) -> dict[str, Any]:
    """The values of the row's cells. Raises ValidationError with every reason, by the name of its column."""
    values: dict[str, Any] = {}
    refused: dict[str, list[str]] = {}
    for column, reader in readers.items():
        try:
            values[column] = reader(row.get(column) or "")
        except ValidationError as error:
            refused[column] = error.messages
    if refused:
        raise ValidationError(refused)
    return values


def _wall(words: str) -> datetime | None:
    """What is written, with an offset where one is; None where no time of day is."""
    if ":" not in words:
        return None
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        pass
    for pattern in _MOMENTS:
        try:
            return datetime.strptime(words, pattern)  # noqa: DTZ007 - the clinic's clocks say which instant
        except ValueError:
            continue
    return None
