"""Reading drchrono: page by page, each stored together with how far that is, so that a kill loses nothing.

A run reads what has changed since the one before it began, and a day more: nobody promises whose midnight
the API means. What comes again is stored once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from integrations import codes, receiving
from integrations.drchrono import accounts, throttling, visits
from integrations.drchrono.client import Busy, Client, Malformed, NotConnected, Page, Trouble
from integrations.models import (
    DrchronoAccount,
    DrchronoCursor,
    DrchronoRecord,
    Listing,
    Source,
    SourceKind,
)

logger = logging.getLogger(__name__)

EVERY = {
    Listing.DOCTORS: timedelta(hours=1),
    Listing.OFFICES: timedelta(hours=1),
    Listing.PATIENTS: timedelta(minutes=5),
    Listing.APPOINTMENTS: timedelta(minutes=5),
}
OVERLAP = timedelta(days=1)
# The API takes no longer range than 190 days.
AHEAD = timedelta(days=180)
# Longer than a page may take: nobody else turns it meanwhile.
LEASE = timedelta(minutes=2)
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=30), timedelta(minutes=30)
# Of a record no more is kept than is read: neither clinical notes nor a social security number.
KEPT = {
    Listing.PATIENTS: (
        "id", "first_name", "last_name", "date_of_birth", "cell_phone", "email", "preferred_language",
        "patient_status", "date_of_death", "disable_sms_messages", "doctor", "updated_at",
    ),
    Listing.APPOINTMENTS: (
        "id", "scheduled_time", "duration", "status", "deleted_flag", "appt_is_break", "office", "doctor",
        "patient", "profile", "notes", "updated_at",
    ),
}  # fmt: skip


class Overtaken(Exception):
    """Somebody else has turned the page meanwhile."""


def sync_due(*, clock: Callable[[], datetime], for_at_most: timedelta | None = None) -> int:
    """Read every connected account whose time has come, until `for_at_most` is over; how many pages."""
    started, pages = clock(), 0
    for source in _sources():
        for listing in Listing:
            cursor = _cursor(source, listing, started)
            while _is_due(cursor, clock()):
                if for_at_most is not None and clock() - started >= for_at_most:
                    return pages
                pages += _guarded(cursor, clock)
                cursor.refresh_from_db()
    return pages


def ask_now(*, now: datetime, whole: bool = False) -> int:
    """Let every list be read at once, and with `whole` from its beginning; how many sources."""
    sources = list(_sources())
    cursors = DrchronoCursor.objects.filter(source__in=sources)
    if whole:
        cursors.update(since=None, begun_at=None, next_url="", tries=0, trouble="", due_at=now)
    cursors.filter(due_at__gt=now).update(due_at=now)
    return len(sources)


def turn_page(*, cursor_id: int, clock: Callable[[], datetime]) -> bool:
    """Read the next page of a list that is due, and store it; False where it was not due. Raises Trouble."""
    cursor = _claim(cursor_id, clock())
    if cursor is None:
        return False
    client = accounts.client(source_id=cursor.source_id, reserve=throttling.FOR_BOOKINGS)
    # The network. No transaction is open here.
    page = _read(client, cursor)
    _store(cursor, page, clock())
    return True


def _sources() -> Sequence[Source]:
    connected = DrchronoAccount.objects.exclude(access_token=b"").filter(lost="")
    rows = Source.objects.filter(kind=SourceKind.DRCHRONO, active=True, drchrono__in=connected)
    return list(rows.order_by("pk"))


def _cursor(source: Source, listing: Listing, now: datetime) -> DrchronoCursor:
    found, _ = DrchronoCursor.objects.get_or_create(source=source, listing=listing, defaults={"due_at": now})
    return found


def _is_due(cursor: DrchronoCursor, now: datetime) -> bool:
    return cursor.due_at <= now


def _claim(cursor_id: int, now: datetime) -> DrchronoCursor | None:
    """Moved on before the call: of two that look at once one turns the page; whoever dies leaves it due."""
    due = DrchronoCursor.objects.filter(pk=cursor_id, due_at__lte=now)
    cursor = due.select_related("source").first()
    if cursor is None:
        return None
    begun_at = cursor.begun_at or now
    if not due.update(due_at=now + LEASE, begun_at=begun_at):
        return None
    cursor.begun_at, cursor.due_at = begun_at, now + LEASE
    return cursor


def _read(client: Client, cursor: DrchronoCursor) -> Page:
    if cursor.next_url:
        return client.page(cursor.next_url)
    return client.page(f"/api/{cursor.listing}", _asked(cursor))


def _asked(cursor: DrchronoCursor) -> dict[str, str]:
    """What the first page of a run is asked for."""
    asked = {"page_size": "250"}
    since = (cursor.since - OVERLAP).date().isoformat() if cursor.since else ""
    if cursor.listing == Listing.PATIENTS:
        # Without it nobody hears of a death.
        asked |= {"show_inactive": "true"}
    if cursor.listing == Listing.APPOINTMENTS:
        asked |= {"show_archived": "true"}
        if not since:
            today = (cursor.begun_at or cursor.due_at).date()
            return asked | {"date_range": f"{today - OVERLAP}/{today + AHEAD}"}
    return asked | ({"since": since} if since and cursor.listing in KEPT else {})


@transaction.atomic
def _store(cursor: DrchronoCursor, page: Page, now: datetime) -> None:
    """The page's records and how far we are, together or not at all."""
    if cursor.listing in KEPT:
        _receive(cursor, page.items, now)
    else:
        _note(cursor, page.items)
    if not _marked(cursor, page, now):
        raise Overtaken


def _marked(cursor: DrchronoCursor, page: Page, now: datetime) -> bool:
    """Move the mark on, given that it is where we found it."""
    fields: dict[str, Any] = {"trouble": "", "tries": 0, "pages": cursor.pages + 1}
    if page.next_url:
        fields |= {"next_url": page.next_url, "due_at": now}
    else:
        due_at = (cursor.begun_at or now) + EVERY[Listing(cursor.listing)]
        fields |= {"next_url": "", "since": cursor.begun_at, "begun_at": None, "due_at": due_at}
    here = {"begun_at": cursor.begun_at, "next_url": cursor.next_url, "pages": cursor.pages}
    return bool(DrchronoCursor.objects.filter(pk=cursor.pk, **here).update(**fields))


def _receive(cursor: DrchronoCursor, items: Sequence[Mapping[str, Any]], now: datetime) -> None:
    zones = _zones(cursor.source) if cursor.listing == Listing.APPOINTMENTS else {}
    for item in items:
        kept = {name: item[name] for name in KEPT[Listing(cursor.listing)] if name in item}
        if kept.get("notes"):
            # Whatever else stands there may be said of the patient, and is not read.
            placer = visits.placer_of(kept)
            kept["notes"] = visits.note(placer) if placer else ""
        body = {"zone": zones.get(str(item.get("office"))) or zones.get(f"doctor {item.get('doctor')}"),
                "record": kept}  # fmt: skip
        receiving.store(
            source_id=cursor.source_id,
            kind=_kind(cursor, now),
            control_id=f"{cursor.listing}:{item['id']}:{item.get('updated_at', '')}",
            body=json.dumps(body, sort_keys=True).encode(),
            now=now,
        )


def _kind(cursor: DrchronoCursor, now: datetime) -> str:
    if cursor.listing == Listing.PATIENTS:
        return "drchrono.patient"
    # After a pause nobody knows since when things stand as they do: the first run, and one after an outage.
    is_late = cursor.since is None or now - cursor.since > cursor.source.backlog
    return "drchrono.appointment.late" if is_late else "drchrono.appointment"


def _zones(source: Source) -> dict[str, str]:
    """On whose clocks the times of an office are: those of the clinic it stands for, else its doctor's."""
    doctors = DrchronoRecord.objects.filter(source=source, listing=Listing.DOCTORS).exclude(timezone="")
    return {f"doctor {key}": zone for key, zone in doctors.values_list("key", "timezone")} | codes.zones(
        source
    )


def _note(cursor: DrchronoCursor, items: Sequence[Mapping[str, Any]]) -> None:
    for item in items:
        name = item.get("name") or f"{item.get('first_name', '')} {item.get('last_name', '')}"
        fields = {
            "name": str(name).strip()[:200],
            "timezone": _zone(item.get("timezone")),
            "is_gone": bool(item.get("archived") or item.get("is_account_suspended")),
        }
        DrchronoRecord.objects.update_or_create(
            source=cursor.source, listing=cursor.listing, key=str(item["id"])[:40], defaults=fields
        )


def _zone(raw: object) -> str:
    return str(raw) if raw in zoneinfo.available_timezones() else ""


def _guarded(cursor: DrchronoCursor, clock: Callable[[], datetime]) -> bool:
    """Turn one page; a list in trouble steps aside, and the others go on."""
    try:
        return turn_page(cursor_id=cursor.pk, clock=clock)
    except Overtaken:
        return False
    except Trouble as trouble:
        _step_aside(cursor, trouble, clock())
    except Exception:
        # The other lists go on; the page is read again.
        logger.exception("drchrono could not be read", extra={"cursor_id": cursor.pk})
        _step_aside(cursor, Trouble("program"), clock())
    return False


def _step_aside(cursor: DrchronoCursor, trouble: Trouble, now: datetime) -> None:
    wait = min(FIRST_RETRY * 2 ** min(cursor.tries, 10), LONGEST_RETRY)
    if isinstance(trouble, Busy):
        wait = max(trouble.wait, timedelta(seconds=1))
    if isinstance(trouble, Malformed):
        # Kept for staff, once; the same page is read again later, and nothing behind it before.
        digest = hashlib.sha256(trouble.body).hexdigest()
        name = f"{cursor.listing}:page:{digest[:16]}"
        receiving.receive(
            source_id=cursor.source_id, kind="drchrono.page", control_id=name, body=trouble.body, now=now
        )
    fields = {"due_at": now + wait, "trouble": trouble.code[:40], "tries": min(cursor.tries + 1, 30000)}
    DrchronoCursor.objects.filter(pk=cursor.pk).update(**fields)
    if not isinstance(trouble, Busy | NotConnected):
        extra = {"cursor_id": cursor.pk, "reason": trouble.code}
        logger.warning("drchrono could not be read", extra=extra)
