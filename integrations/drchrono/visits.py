"""drchrono's records as facts. Pure: no Django.

What one record is: https://app.drchrono.com/api-docs/ (Appointment, Patient).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.facts import BlockFact, Code, Fact, Park, Person, PersonFact, Standing, VisitFact, Why
from integrations.reader import ReaderSettings

CANCELLED = "Cancelled"
STANDINGS = {
    "": Standing.BOOKED,
    "CONFIRMED": Standing.BOOKED,
    "NOT CONFIRMED": Standing.BOOKED,
    "ARRIVED": Standing.ARRIVED,
    "CHECKED IN": Standing.ARRIVED,
    "CHECKED IN ONLINE": Standing.BOOKED,
    "IN ROOM": Standing.ARRIVED,
    "IN SESSION": Standing.ARRIVED,
    "COMPLETE": Standing.COMPLETED,
    "NO SHOW": Standing.NO_SHOW,
    "CANCELLED": Standing.CANCELLED,
    # The visit is elsewhere by now, as a record of its own.
    "RESCHEDULED": Standing.CANCELLED,
}
LANGUAGES = {"eng": "en", "spa": "es"}
INACTIVE, DEAD = "I", "D"
LONGEST = timedelta(hours=12)
# How a record that we made names our visit; whatever else stands in its notes is not read.
_PLACER = re.compile(r"\[waitlist (\w{8,20})\]", re.ASCII)


def note(placer: str) -> str:
    """What stands in the notes of a visit that we write there."""
    return f"[waitlist {placer}]"


def placer_of(record: Mapping[str, Any]) -> str:
    """Our number of the visit, where we wrote it there; "" for any other."""
    found = _PLACER.search(str(record.get("notes") or ""))
    return found[1] if found else ""


def is_off(record: Mapping[str, Any]) -> bool:
    """Whether the record no longer takes up anybody's time."""
    status = STANDINGS.get(str(record.get("status") or "").upper())
    return bool(record.get("deleted_flag")) or status in (Standing.CANCELLED, Standing.NO_SHOW)


def read(body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings) -> list[Fact]:
    """One appointment as we have just seen it: what was read last is the truth. Raises Park."""
    return [_visit(_record(body), zone, received_at, settings)]


def read_late(body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings) -> list[Fact]:
    """`read`, of a record that may have stood so for long before we looked: nobody is texted because of it.

    Its own stamp says no more: it names no zone, and nobody promises whose clock it is.
    """
    fact = _visit(_record(body), zone, received_at, settings)
    return [replace(fact, is_late=True) if isinstance(fact, VisitFact) else fact]


def read_patient(
    body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings
) -> list[Fact]:
    """One patient as we have just seen it. Raises Park."""
    record = _record(body)["record"]
    status = record.get("patient_status")
    died_on = _day(record.get("date_of_death"))
    person = Person(
        ids=(str(record["id"]),),
        first_name=_text(record.get("first_name")),
        last_name=_text(record.get("last_name")),
        date_of_birth=_day(record.get("date_of_birth")),
        # A text reaches nothing but this one.
        phone=_text(record.get("cell_phone")),
        email=_text(record.get("email")),
        language=LANGUAGES.get(str(record.get("preferred_language") or "")),
        is_active=None if status is None else status not in (INACTIVE, DEAD),
        is_dead=status == DEAD or died_on is not None,
        is_silent=record.get("disable_sms_messages") is True,
        primary_provider=_code(record.get("doctor")),
    )
    return [PersonFact(said_at=received_at, person=person)]


def read_page(body: bytes, *, zone: ZoneInfo, received_at: datetime, settings: ReaderSettings) -> list[Fact]:
    """A page that is not what the API promises: it is kept for a person to see."""
    raise Park(Why.UNREADABLE, "page")


def _visit(
    said: Mapping[str, Any], zone: ZoneInfo, said_at: datetime, settings: ReaderSettings
) -> VisitFact | BlockFact:
    record = said["record"]
    # The office may have been mapped since the record was kept.
    name = settings.zones.get(str(record.get("office"))) or said.get("zone")
    zone = ZoneInfo(name) if name else zone
    standing = _standing(record, settings)
    is_off_now = standing in (Standing.CANCELLED, Standing.NO_SHOW)
    starts_at, ends_at = (None, None) if is_off_now else _times(record, zone)
    keys = tuple(key for key in (str(record["id"]), placer_of(record)) if key)
    clinic, provider = _code(record.get("office")), _code(record.get("doctor"))
    if record.get("patient") is None or record.get("appt_is_break"):
        return BlockFact(
            keys=keys,
            said_at=said_at,
            is_blocked=not is_off_now,
            starts_at=starts_at,
            ends_at=ends_at,
            clinic=clinic,
            provider=provider,
        )
    return VisitFact(
        keys=keys,
        said_at=said_at,
        standing=standing,
        starts_at=starts_at,
        ends_at=ends_at,
        clinic=clinic,
        provider=provider,
        visit_type=_code(record.get("profile")),
        person=Person(ids=(str(record["patient"]),)),
        # Deleted may mean that there never was such a visit: its time is not known to be free.
        is_offerable=not record.get("deleted_flag"),
    )


def _record(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
        is_fine = isinstance(said["record"], dict) and bool(said["record"].get("id"))
    except (ValueError, KeyError, TypeError):
        is_fine = False
    if not is_fine:
        raise Park(Why.UNREADABLE, "record")
    found: dict[str, Any] = said
    return found


def _standing(record: Mapping[str, Any], settings: ReaderSettings) -> Standing:
    if record.get("deleted_flag"):
        return Standing.CANCELLED
    raw = str(record.get("status") or "").upper()
    found = settings.statuses.get(raw) or STANDINGS.get(raw)
    if found is None:
        raise Park(Why.UNKNOWN_STATUS, "status", code=Code(value=raw))
    return found


def _times(record: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    raw, minutes = record.get("scheduled_time"), record.get("duration")
    if not raw or minutes is None:
        raise Park(Why.NO_TIME, "scheduled_time" if not raw else "duration")
    try:
        starts_at = datetime.fromisoformat(str(raw))
        length = timedelta(minutes=int(minutes))
    except (ValueError, OverflowError, TypeError):
        raise Park(Why.BAD_TIME, "scheduled_time") from None
    if not timedelta(0) < length <= LONGEST:
        raise Park(Why.BAD_TIME, "duration")
    if starts_at.tzinfo is None:
        starts_at = _local(starts_at, zone)
    starts_at = starts_at.astimezone(UTC)
    return starts_at, starts_at + length


def _local(wall: datetime, zone: ZoneInfo) -> datetime:
    """The office's clock. A time that it skips is never guessed; one that it strikes twice is the first."""
    at = wall.replace(tzinfo=zone)
    if at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise Park(Why.NO_SUCH_LOCAL_TIME, "scheduled_time")
    return at


def _day(raw: object) -> date | None:
    try:
        return date.fromisoformat(str(raw)[:10]) if raw else None
    except ValueError:
        return None


def _text(raw: object) -> str | None:
    return str(raw).strip() if raw is not None else None


def _code(raw: object) -> Code | None:
    return Code(value=str(raw)) if raw not in (None, "") else None
