"""Analytics as tables. The page draws a table and its chart, and the CSV writes it, from the same cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core import spreadsheets
from offers import figures, meanings
from offers.figures import Counts
from offers.measuring import Lot, Summary

Value = int | float | str | None
NOTHING = "–"
_LOT_HEAD = (
    "Logged",
    "Counted",
    "In 2 h",
    "% in 2 h",
    "% delivered",
    "% by hand",
    "Minutes to fill, median",
    "People who fitted, median",
    "Questions a fill",
    "“Taken” a fill",
    "Days gained",
)
PERCENT_IN_TIME, PERCENT_DELIVERED, PERCENT_BY_HAND = 3, 4, 5
IN_TIME = figures.TARGETS[0]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A named line of values."""

    name: str
    values: Sequence[Value]

    @property
    def cells(self) -> list[str]:
        """The values as they are shown and written, in every language alike."""
        return [NOTHING if value is None else str(value) for value in self.values]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under a head. `drawn` are the places of the columns that a chart shows; none: no chart."""

    key: str
    title: str
    head: Sequence[str]
    rows: Sequence[Row]
    kind: str = "bar"
    drawn: tuple[int, ...] = ()
    target: int | None = None
    note: str = ""

    def chart(self) -> dict[str, Any]:
        """What the script draws."""
        series = [
            {"name": self.head[place], "values": [row.values[place] for row in self.rows]}
            for place in self.drawn
        ]
        labels = [row.name for row in self.rows]
        return {"key": self.key, "kind": self.kind, "labels": labels, "series": series, "target": self.target}


def tables(summary: Summary) -> list[Table]:
    """Every table, in the order of the page: how long the list is comes first."""
    return [
        _depth(summary.whole),
        _targets(summary),
        _lots("trend", "Over time", summary.by_day, kind="line"),
        _outcomes(summary.whole),
        _bands(summary),
        _funnel(summary),
        _replies(summary),
        _texts(summary),
        _lots("clinics", "By clinic", summary.by_clinic),
        _lots("providers", "By provider", summary.by_provider),
        _lots("hours", "By hour of logging, on the clinic’s clock", summary.by_hour),
    ]


def explained() -> list[tuple[str, str]]:
    """What each figure is called and counts."""
    return [(meanings.TITLES[name], meaning) for name, meaning in meanings.MEANINGS.items()]


def why_nothing(summary: Summary) -> str:
    """Why there is nothing to judge, with counts; "" where there is something."""
    whole = summary.whole
    if whole.counted:
        return ""
    if not whole.logged:
        return "No slot was logged on these days."
    parts = ("withdrawn_in_grace", "withdrawn_later", "undecided")
    counts = [f"{meanings.TITLES[name].lower()}: {getattr(whole, name)}" for name in parts]
    return f"Of {whole.logged} logged none can be judged; {', '.join(counts)}."


def as_csv(summary: Summary) -> str:
    """Every cell on a line of its own, with its table, row and column; the mark in front is for Excel."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(["table", "row", "column", "value"])
    period = summary.period
    writer.writerow(["Days", "From", "", period.since])
    writer.writerow(["Days", "To", "", period.until])
    for table in tables(summary):
        for row in table.rows:
            for column, value in zip(table.head, row.values, strict=True):
                names = [spreadsheets.plain(words) for words in (table.title, row.name, column)]
                writer.writerow([*names, "" if value is None else value])
    return out.getvalue()


def _counted(names: Iterable[str], whole: Counts) -> list[Row]:
    return [Row(name=meanings.TITLES[name], values=[getattr(whole, name)]) for name in names]


def _depth(whole: Counts) -> Table:
    return Table(
        key="depth",
        title="How long the list is",
        head=["Number"],
        rows=_counted(("depth", "thin", "rounds"), whole),
        note=meanings.MEANINGS["thin"],
    )


def _targets(summary: Summary) -> Table:
    verdicts = {True: "✓ met", False: "! missed", None: "– nothing to judge"}
    rows = [
        Row(
            name=meanings.TITLES[aim.target.figure],
            values=[
                aim.share.percent,
                aim.target.percent,
                "at least" if aim.target.at_least else "at most",
                aim.share.part,
                aim.share.of,
                verdicts[aim.is_met],
            ],
        )
        for aim in summary.aims
    ]
    head = ["%", "Target, %", "Target is", "Number", "Of", "Verdict"]
    return Table(key="targets", title="Targets", head=head, rows=rows, drawn=(0, 1))


def _outcomes(whole: Counts) -> Table:
    names = ("logged", "withdrawn_in_grace", "withdrawn_later", "undecided", "counted")
    ends = ("in_time", "by_text", "by_phone", "to_call", "unfilled")
    rows = _counted((*names, *ends), whole)
    return Table(key="outcomes", title="What became of the slots", head=["Slots"], rows=rows)


def _bands(summary: Summary) -> Table:
    rows = [Row(name=band.label, values=[band.count]) for band in summary.fill_bands]
    whole = summary.whole
    note = f"Median {_said(whole.fill_median_minutes)}, nine in ten within {_said(whole.fill_ninth_minutes)}."
    return Table(key="fill", title="Time to fill", head=["Slots"], rows=rows, drawn=(0,), note=note)


def _funnel(summary: Summary) -> Table:
    rows = [
        Row(name=meanings.TITLES[step.figure], values=[step.times, step.people]) for step in summary.funnel
    ]
    head = ["People, once for each slot", "Different people"]
    note = ""
    if summary.funnel[0].people is None:
        note = "So many were considered that counting different people among them would take too long."
    return Table(key="funnel", title="From the list to a visit", head=head, rows=rows, drawn=(0,), note=note)


def _replies(summary: Summary) -> Table:
    replies = summary.replies
    rows = [Row(name=band.label, values=[band.count]) for band in replies.bands]
    note = f"Median {_said(replies.median_minutes)}, nine in ten within {_said(replies.ninth_minutes)}."
    return Table(key="replies", title="Time to answer", head=["Answers"], rows=rows, drawn=(0,), note=note)


def _texts(summary: Summary) -> Table:
    names = ("handed_over", "delivered", "not_delivered", "unreported", "taken", "for_a_person")
    rows = _counted((*names, "offers_per_fill", "taken_per_fill", "moved", "days_gained"), summary.whole)
    rows.append(Row(name="Days gained by a winner who moved, median", values=[summary.whole.days_median]))
    return Table(key="texts", title="Texts, and what they were good for", head=["Number"], rows=rows)


def _lots(key: str, title: str, lots: Sequence[Lot], kind: str = "bar") -> Table:
    rows = [Row(name=lot.name, values=_of_lot(lot.counts)) for lot in lots]
    drawn = (PERCENT_IN_TIME, PERCENT_DELIVERED, PERCENT_BY_HAND) if kind == "line" else (PERCENT_IN_TIME,)
    return Table(
        key=key, title=title, head=_LOT_HEAD, rows=rows, kind=kind, drawn=drawn, target=IN_TIME.percent
    )


def _of_lot(counts: Counts) -> list[Value]:
    return [
        counts.logged,
        counts.counted,
        counts.in_time,
        counts.in_time_percent,
        counts.delivered_percent,
        counts.by_hand_percent,
        counts.fill_median_minutes,
        counts.depth,
        counts.offers_per_fill,
        counts.taken_per_fill,
        counts.days_gained,
    ]


def _said(minutes: float | None) -> str:
    return "unknown" if minutes is None else f"{minutes} minutes"
