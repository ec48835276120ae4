"""The feeds' lines of the status: the same on the page and in the doctor's report, like those of texting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import colliding, health
from integrations.health import Health
from integrations.models import Source
from messaging.status_lines import Line, age

# What waits longer is not merely under way.
LATE = timedelta(minutes=1)


def lines(*, now: datetime) -> list[Line]:
    """A line for each source, one for what staff have to settle and one for what EHRs have still to learn.

    None where there are no sources.
    """
    found = health.look(sources=Source.objects.all(), now=now)
    if not found:
        return []
    count = colliding.waiting().count()
    settle = Line(
        name=_("Feeds: visits to settle"),
        value=str(count or _("none")),
        look=bool(count),
        cure=_("Open Feeds: call, move one of the two, press Settled."),
    )
    return [*(_line(one, now) for one in found), settle, _owed(now)]


def _owed(now: datetime) -> Line:
    """Our bookings that the EHR has still to learn of."""
    owed = health.owed()
    words = {
        "due": _("%(count)s to be sent, the oldest for %(age)s"),
        "unknown": _("%(count)s NOT KNOWN to have been taken, the oldest for %(age)s"),
        "by_hand": _("%(count)s for staff to enter, the oldest for %(age)s"),
    }
    parts = [
        words[name] % {"count": one.count, "age": age(one.since, now)}
        for name, one in owed.items()
        if one.since is not None
    ]
    due = owed["due"].since
    is_late = due is not None and now - due > LATE
    look = is_late or bool(owed["unknown"].count or owed["by_hand"].count)
    return Line(
        name=_("Bookings for the EHR"),
        value="; ".join(parts) or _("none"),
        look=look,
        cure=_("Open Feeds, Enter in the other system: look each up there and say what became of it."),
    )


def _line(one: Health, now: datetime) -> Line:
    is_late = one.waiting_since is not None and now - one.waiting_since > LATE
    return Line(
        name=_("Feed %(name)s") % {"name": one.source.name},
        value="; ".join(_parts(one, now)),
        look=is_late or bool(one.parked) or one.is_silent,
        cure=" ".join(_cures(one, is_late)),
    )


def _cures(one: Health, is_late: bool) -> Iterator[str]:
    if one.is_silent:
        yield _("Look at the engine of the other side: it says why it sends nothing.")
    if is_late:
        yield _("Start a worker that listens to the queue “feeds”.")
    if one.parked:
        yield _("Open Feeds: say what is unknown there.")


def _parts(one: Health, now: datetime) -> Iterator[str]:
    if not one.source.active:
        yield _("switched off")
    if one.is_silent:
        yield _("SILENT in its hours")
    last = _("%(age)s ago") % {"age": age(one.last_at, now)} if one.last_at else _("never")
    yield _("last message %(when)s") % {"when": last}
    if one.waiting_since is not None:
        told = {"count": one.waiting, "age": age(one.waiting_since, now)}
        yield _("%(count)s to be handled, the oldest for %(age)s") % told
    if one.parked:
        words = ngettext("%(count)s waits for a person", "%(count)s wait for a person", one.parked)
        yield words % {"count": one.parked}
