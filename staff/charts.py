"""Analytics as tables. The page draws a table and its chart, and the CSV writes it, from the same cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import spreadsheets
from core.marking import Sentence
from core.translating import translated
from offers import figures, meanings
from offers.figures import Counts
from offers.measuring import Lot, Summary

Value = int | float | str | None
NOTHING = "–"
_LOT_HEAD = (
    gettext_lazy("Logged"),
    gettext_lazy("Counted"),
    gettext_lazy("In 2 h"),
    gettext_lazy("In 2 h, %"),
    gettext_lazy("Delivered, %"),
    gettext_lazy("By hand, %"),
    gettext_lazy("Minutes to fill, median"),
    gettext_lazy("People who fitted, median"),
    gettext_lazy("Questions a fill"),
    gettext_lazy("“Taken” a fill"),
    gettext_lazy("Days gained"),
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
        """The values as they are shown, in the reader's language."""
        return [NOTHING if value is None else str(formats.localize(value)) for value in self.values]


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
        named = "" if self.target is None else _("Target: %(percent)s %%") % {"percent": self.target}
        shape = {"key": self.key, "kind": self.kind, "target": self.target, "target_name": named}
        return {**shape, "labels": labels, "series": series}


def tables(summary: Summary) -> list[Table]:
    """Every table, in the order of the page: how long the list is comes first."""
    return [
        _depth(summary.whole),
        _targets(summary),
        _lots("trend", _("Over time"), summary.by_day, kind="line"),
        _outcomes(summary.whole),
        _bands(summary),
        _funnel(summary),
        _replies(summary),
        _texts(summary),
        _lots("clinics", _("By clinic"), summary.by_clinic),
        _lots("providers", _("By provider"), summary.by_provider),
        _lots("hours", _("By hour of logging, on the clinic’s clock"), summary.by_hour),
    ]


def explained() -> list[tuple[str, str]]:
    """What each figure is called and counts."""
    return [(_title(name), translated(meaning)) for name, meaning in meanings.MEANINGS.items()]


def why_nothing(summary: Summary) -> str:
    """Why there is nothing to judge, with counts; "" where there is something."""
    whole = summary.whole
    if whole.counted:
        return ""
    if not whole.logged:
        return _("No slot was logged on these days.")
    parts = ("withdrawn_in_grace", "withdrawn_later", "undecided")
    counts = ", ".join(f"{_title(name).lower()}: {getattr(whole, name)}" for name in parts)
    told = {"slots": whole.logged, "counts": counts}
    return _("Of %(slots)s logged none can be judged; %(counts)s.") % told


def as_csv(summary: Summary) -> str:
    """Every cell on a line of its own, with its table, row and column; the mark in front is for Excel."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([_("table"), _("row"), _("column"), _("value")])
    period = summary.period
    writer.writerow([_("Days"), _("From"), "", period.since])
    writer.writerow([_("Days"), _("To"), "", period.until])
    for table in tables(summary):
        for row in table.rows:
            for column, value in zip(table.head, row.values, strict=True):
                names = [spreadsheets.plain(words) for words in (table.title, row.name, column)]
                writer.writerow([*names, "" if value is None else value])
    return out.getvalue()


def _title(name: str) -> str:
    return translated(meanings.TITLES[name])


def _counted(names: Iterable[str], whole: Counts) -> list[Row]:
    return [Row(name=_title(name), values=[getattr(whole, name)]) for name in names]


def _depth(whole: Counts) -> Table:
    return Table(
        key="depth",
        title=_("How long the list is"),
        head=[_("Number")],
        rows=_counted(("depth", "thin", "rounds"), whole),
        note=translated(meanings.MEANINGS["thin"]),
    )


def _targets(summary: Summary) -> Table:
    verdicts = {True: _("✓ met"), False: _("! missed"), None: _("– nothing to judge")}
    rows = [
        Row(
            name=_title(aim.target.figure),
            values=[
                aim.share.percent,
                aim.target.percent,
                _("at least") if aim.target.at_least else _("at most"),
                aim.share.part,
                aim.share.of,
                verdicts[aim.is_met],
            ],
        )
        for aim in summary.aims
    ]
    head = ["%", _("Target, %"), _("Target is"), _("Number"), _("Of"), _("Verdict")]
    return Table(key="targets", title=_("Targets"), head=head, rows=rows, drawn=(0, 1))


def _outcomes(whole: Counts) -> Table:
    names = ("logged", "withdrawn_in_grace", "withdrawn_later", "undecided", "counted")
    ends = ("in_time", "by_text", "by_phone", "to_call", "unfilled")
    rows = _counted((*names, *ends), whole)
    return Table(key="outcomes", title=_("What became of the slots"), head=[_("Slots")], rows=rows)


def _bands(summary: Summary) -> Table:
    rows = [Row(name=translated(band.label), values=[band.count]) for band in summary.fill_bands]
    whole = summary.whole
    note = _pace(whole.fill_median_minutes, whole.fill_ninth_minutes)
    return Table(key="fill", title=_("Time to fill"), head=[_("Slots")], rows=rows, drawn=(0,), note=note)


def _funnel(summary: Summary) -> Table:
    rows = [Row(name=_title(step.figure), values=[step.times, step.people]) for step in summary.funnel]
    head = [_("People, once for each slot"), _("Different people")]
    note = ""
    if summary.funnel[0].people is None:
        note = _("So many were considered that counting different people among them would take too long.")
    return Table(
        key="funnel", title=_("From the list to a visit"), head=head, rows=rows, drawn=(0,), note=note
    )


def _replies(summary: Summary) -> Table:
    replies = summary.replies
    rows = [Row(name=translated(band.label), values=[band.count]) for band in replies.bands]
    note = _pace(replies.median_minutes, replies.ninth_minutes)
    return Table(
        key="replies", title=_("Time to answer"), head=[_("Answers")], rows=rows, drawn=(0,), note=note
    )


def _texts(summary: Summary) -> Table:
    names = ("handed_over", "delivered", "not_delivered", "unreported", "taken", "for_a_person")
    rows = _counted((*names, "offers_per_fill", "taken_per_fill", "moved", "days_gained"), summary.whole)
    rows.append(Row(name=_("Days gained by a winner who moved, median"), values=[summary.whole.days_median]))
    return Table(key="texts", title=_("Texts, and what they were good for"), head=[_("Number")], rows=rows)


def _lots(key: str, title: str, lots: Sequence[Lot], kind: str = "bar") -> Table:
    rows = [Row(name=_lot_name(lot), values=_of_lot(lot.counts)) for lot in lots]
    drawn = (PERCENT_IN_TIME, PERCENT_DELIVERED, PERCENT_BY_HAND) if kind == "line" else (PERCENT_IN_TIME,)
    return Table(
        key=key,
        title=title,
        head=[str(name) for name in _LOT_HEAD],
        rows=rows,
        kind=kind,
        drawn=drawn,
        target=IN_TIME.percent,
    )


def _lot_name(lot: Lot) -> str:
    # A clinic or a provider is called what it is called.
    return translated(lot.name) if isinstance(lot.name, Sentence) else lot.name


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


def _pace(median: float | None, ninth: float | None) -> str:
    told = {"median": _said(median), "ninth": _said(ninth)}
    return _("Median %(median)s, nine in ten within %(ninth)s.") % told


def _said(minutes: float | None) -> str:
    if minutes is None:
        return _("unknown")
    return _("%(minutes)s minutes") % {"minutes": formats.localize(minutes)}
