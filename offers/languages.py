"""What the texts take from a language: dates, answers, the STOP line, words for what is missing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """`answers` are the words a text asks for, by what they mean. `phone` is what goes before a number.

    `stop_line` is how the line may be written, `stop` what counts as one: the word, and what it is for.
    """

    days: tuple[str, ...]
    months: tuple[str, ...]
    is_day_first: bool
    answers: Mapping[str, str]
    stop_line: str
    stop: re.Pattern[str]
    most_segments: int
    phone: str
    absent: Mapping[str, str]

    def day(self, local: datetime) -> str:
        """Wed Nov 24 or mié 24 nov: the month by its name, since 3/11 is two different days."""
        weekday, month = self.days[local.weekday()], self.months[local.month - 1]
        return f"{weekday} {local.day} {month}" if self.is_day_first else f"{weekday} {month} {local.day}"


FALLBACK = "en"
LANGUAGES: dict[str, Language] = {
    "en": Language(
        days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        is_day_first=False,
        answers={"yes": "YES", "no": "NO", "start": "START", "confirm": "C", "one": "1", "two": "2"},
        stop_line="STOP to opt out",
        stop=re.compile(r"\bSTOP to (opt out|stop|end|quit|unsubscribe)\b"),
        most_segments=1,
        phone="",
        absent={"clinic": "Your clinic", "phone": "us", "provider": "our team"},
    ),
    # Of the accented letters of Spanish only é, ñ and ü are in the alphabet of plain texts.
    "es": Language(
        days=("lun", "mar", "mié", "jue", "vie", "sab", "dom"),
        months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
        is_day_first=True,
        answers={"yes": "SI", "no": "NO", "start": "START", "confirm": "C", "one": "1", "two": "2"},
        stop_line="STOP para no recibir mensajes",
        stop=re.compile(r"\bSTOP para (no recibir|dejar de recibir|terminar|salir|parar)\b"),
        most_segments=2,
        phone="al ",
        absent={"clinic": "Su consultorio", "phone": "a la oficina", "provider": "nuestro equipo"},
    ),
}


def clock(local: datetime) -> str:
    """1:37 PM: an absolute local time, never a duration."""
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'AM' if local.hour < 12 else 'PM'}"


def is_told_twice(local: datetime) -> bool:
    """Whether the clocks go back over this moment, so that its wall time comes twice that night."""
    return local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
