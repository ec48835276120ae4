"""How days, times and phone numbers are written for a voice that reads them out, by language. Pure.

A text writes "Wed Nov 24 9:30 AM CST", which a voice would read letter by letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

# Of a North American number: area, exchange, line. The country code is not dialled in its own country.
_NORTH_AMERICAN = re.compile(r"\+1(\d{3})(\d{3})(\d{4})")
_GROUP = re.compile(r"\d{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """`locale` is what the voice is chosen by (BCP 47). `date` is filled with weekday, month and day."""

    locale: str
    days: tuple[str, ...]
    months: tuple[str, ...]
    date: str
    # By the hour of the day at which each begins; the last one that has begun counts.
    parts_of_day: tuple[tuple[int, str], ...]
    at_one: str
    at: str

    def day(self, local: datetime) -> str:
        """Wednesday, November 24, or miércoles 24 de noviembre."""
        weekday, month = self.days[local.weekday()], self.months[local.month - 1]
        return self.date.format(weekday=weekday, month=month, day=local.day)

    def time(self, local: datetime) -> str:
        """At 9:30 AM, or a las 9:30 de la mañana: with the word before it, which in Spanish has a number."""
        part = [words for begins, words in self.parts_of_day if begins <= local.hour][-1]
        hour = local.hour % 12 or 12
        before = self.at_one if hour == 1 else self.at
        return f"{before} {hour}:{local.minute:02d} {part}"


SPEECH: dict[str, Speech] = {
    "en": Speech(
        locale="en-US",
        days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        date="{weekday}, {month} {day}",
        parts_of_day=((0, "AM"), (12, "PM")),
        at_one="at",
        at="at",
    ),
    "es": Speech(
        locale="es-MX",
        days=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        months=(
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ),
        date="{weekday} {day} de {month}",
        parts_of_day=((0, "de la mañana"), (12, "de la tarde"), (19, "de la noche")),
        at_one="a la",
        at="a las",
    ),
}


def digits(phone: str) -> str:
    """A number in E.164 digit by digit, in groups with a pause between them: 3 1 2, 5 5 5, 0 1 4 2."""
    match = _NORTH_AMERICAN.fullmatch(phone)
    groups = match.groups() if match else tuple(_GROUP.findall(phone))
    return ", ".join(" ".join(group) for group in groups)
