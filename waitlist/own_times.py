"""The times that patients write down on their own page: a line each, and empty ones for other days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from waitlist.joining import Window

DAYS = 7
# A form of ours has a line for each window and each empty day; nobody needs as many as this.
MOST_LINES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as it was typed; `is_wrong`: one end is missing, or the end is not after the start."""

    weekday: int
    start: str = ""
    end: str = ""
    is_wrong: bool = False


def lines(windows: Sequence[Window]) -> list[Line]:
    """The lines of these windows, from Monday on; a day without one has an empty line."""
    shown = [_line(window) for window in sorted(windows, key=lambda one: (one.weekday, one.start))]
    empty = [Line(weekday=day) for day in range(DAYS) if day not in {line.weekday for line in shown}]
    return sorted([*shown, *empty], key=lambda line: (line.weekday, line.start))


def read(typed: Mapping[str, str]) -> list[Line]:
    """The lines as a form sends them: day-0, start-0, end-0, day-1 and so on. What is no line is left out."""
    found = []
    for number in range(MOST_LINES):
        day = typed.get(f"day-{number}", "")
        if day not in {str(weekday) for weekday in range(DAYS)}:
            break
        start, end = typed.get(f"start-{number}", "")[:8], typed.get(f"end-{number}", "")[:8]
        is_empty = not start and not end
        is_wrong = not is_empty and _window(int(day), start, end) is None
        found.append(Line(weekday=int(day), start=start, end=end, is_wrong=is_wrong))
    return found


def windows(read_lines: Sequence[Line]) -> list[Window]:
    """The windows of lines of which none is wrong; no window at all means always."""
    found = (_window(line.weekday, line.start, line.end) for line in read_lines)
    return list(dict.fromkeys(window for window in found if window is not None))


def _line(window: Window) -> Line:
    return Line(weekday=window.weekday, start=f"{window.start:%H:%M}", end=f"{window.end:%H:%M}")


def _window(weekday: int, start: str, end: str) -> Window | None:
    try:
        since, until = time.fromisoformat(start), time.fromisoformat(end)
    except ValueError:
        return None
    is_clock = since.tzinfo is None and until.tzinfo is None
    return Window(weekday, since, until) if is_clock and since < until else None
