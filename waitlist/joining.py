"""Joining the waitlist, changing one's wish, stepping aside, leaving, and being matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic.models import Appointment, Clinic, Patient, Provider
from clinic.states import AppointmentStatus
from core import audit, transitions
from waitlist.models import Availability, WaitlistEntry
from waitlist.signals import entry_left, entry_waiting
from waitlist.states import ARROWS, EntryStatus


class JoiningError(Exception):
    """A wish that cannot be taken; `field` names what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class BadWish(JoiningError):
    """The wish contradicts itself or the clinic."""


class AlreadyWaiting(JoiningError):
    """The patient waits for this kind of visit at this clinic already."""


@dataclass(frozen=True, slots=True)
class Window:
    """A weekly window in the clinic's own time; weekday 0 is Monday."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a patient wants. `provider_id` None is any; an empty `availability` is always.

    `is_paused`: on the list, and not asked for the time being.
    """

    patient_id: int
    clinic_id: int
    visit_type_id: int
    provider_id: int | None = None
    provider_type: str = ""
    urgent: bool = False
    manual_boost: int = 0
    boost_reason: str = ""
    joined_at: datetime | None = None
    current_appointment_id: int | None = None
    availability: Sequence[Window] = ()
    min_notice_minutes: int = 60
    expires_at: datetime | None = None
    is_paused: bool = False


EDITABLE = frozenset(
    {
        "provider_id",
        "provider_type",
        "urgent",
        "manual_boost",
        "boost_reason",
        "current_appointment_id",
        "availability",
        "min_notice_minutes",
        "expires_at",
    }
)


@transaction.atomic
def join(*, wish: Wish, by: str, now: datetime) -> WaitlistEntry:
    """Put a patient on the list. Raises BadWish or AlreadyWaiting and then stores nothing."""
    (entry,) = put_all(wishes=[wish], by=by, now=now)
    entry_waiting.send(sender=WaitlistEntry, entry_id=entry.pk)
    return entry


@transaction.atomic
def put_all(*, wishes: Sequence[Wish], by: str, now: datetime) -> list[WaitlistEntry]:
    """`join` for many, in as many statements as for one: all of them, or none where one raises.

    Nothing is announced: thousands of wake-ups would delay an offer, and the sweep finds the entries.
    """
    entries = [_entry(wish, now) for wish in wishes]
    for entry, wish in zip(entries, wishes, strict=True):
        _check(entry, wish.availability, now)
    _check_belong(entries)
    try:
        with transaction.atomic():
            WaitlistEntry.objects.bulk_create(entries)
    except IntegrityError as error:
        if "entry_one_waiting" not in str(error):
            raise
        raise AlreadyWaiting("patient", _("This patient is already waiting for that visit here.")) from None
    _store_windows([(entry, wish.availability) for entry, wish in zip(entries, wishes, strict=True)])
    for reason, group in _by_reason(entries).items():
        audit.record_each(actor=by, verb="entry.joined", objs=group, at=now, reason=reason)
    return entries


@transaction.atomic
def edit(*, entry_id: int, changes: Mapping[str, Any], by: str, now: datetime) -> WaitlistEntry:
    """Change a wish. Raises BadWish, or StaleState where the entry is no longer on the list."""
    unknown = set(changes) - EDITABLE
    if unknown:
        raise BadWish(sorted(unknown)[0], _("This cannot be changed."))
    entry = _locked(entry_id)
    if entry.status not in (EntryStatus.WAITING, EntryStatus.PAUSED):
        raise transitions.StaleState(_("This patient is no longer on the waitlist."))
    fields = {name: value for name, value in changes.items() if name != "availability"}
    for name, value in fields.items():
        setattr(entry, name, value)
    entry.changed_at = now
    windows = changes.get("availability")
    _check(entry, windows or (), now)
    _check_belong([entry])
    entry.save(update_fields=[*fields, "changed_at"])
    if windows is not None:
        entry.availability.all().delete()
        _store_windows([(entry, windows)])
    audit.record(
        actor=by, verb="entry.edited", obj=entry, at=now, reason=entry.boost_reason, fields=sorted(changes)
    )
    entry_waiting.send(sender=WaitlistEntry, entry_id=entry.pk)
    return entry


@transaction.atomic
def want_earlier(*, appointment_id: int, by: str, now: datetime) -> WaitlistEntry:
    """Let a patient wait for an earlier visit than this one: same kind, same clinic, any such provider.

    Raises AlreadyWaiting, BadWish, or StaleState where the visit is no longer to come.
    """
    visit = Appointment.objects.select_related("provider").get(pk=appointment_id)
    if visit.status != AppointmentStatus.BOOKED or visit.starts_at <= now:
        raise transitions.StaleState(
            _("There can be an earlier visit only than one that is booked and to come.")
        )
    wish = Wish(
        patient_id=visit.patient_id,
        clinic_id=visit.clinic_id,
        visit_type_id=visit.visit_type_id,
        provider_type=visit.provider.provider_type,
        current_appointment_id=visit.pk,
    )
    return join(wish=wish, by=by, now=now)


def follow(*, entry: WaitlistEntry, visit: Appointment, by: str, now: datetime) -> None:
    """The visit that the wish is earlier than has become `visit`. The caller holds the entry in line."""
    entry.current_appointment, entry.changed_at = visit, now
    entry.save(update_fields=["current_appointment", "changed_at"])
    audit.record(actor=by, verb="entry.followed", obj=entry, at=now, appointment=visit.pk)
    entry_waiting.send(sender=WaitlistEntry, entry_id=entry.pk)


@transaction.atomic
def pause(*, entry_id: int, by: str, now: datetime, reason: str = "") -> WaitlistEntry:
    """Step aside for a while. Raises StaleState where the entry is not waiting."""
    entry = _step(entry_id, EntryStatus.PAUSED, by, now, reason)
    entry_left.send(sender=WaitlistEntry, entry_id=entry.pk)
    return entry


@transaction.atomic
def resume(*, entry_id: int, by: str, now: datetime, reason: str = "") -> WaitlistEntry:
    """Wait again after a pause. Raises StaleState where the entry is not paused."""
    entry = _step(entry_id, EntryStatus.WAITING, by, now, reason)
    entry_waiting.send(sender=WaitlistEntry, entry_id=entry.pk)
    return entry


@transaction.atomic
def remove(*, entry_id: int, by: str, now: datetime, reason: str = "") -> WaitlistEntry:
    """Leave the list. Raises StaleState where the entry has left it already."""
    entry = _step(entry_id, EntryStatus.REMOVED, by, now, reason)
    entry_left.send(sender=WaitlistEntry, entry_id=entry.pk)
    return entry


def match(*, entry: WaitlistEntry, now: datetime) -> None:
    """The entry has got its visit. Raises StaleState where it has left the list meanwhile.

    The caller's transaction holds the slot and writes the audit line of the whole.
    """
    transitions.move(entry, to=EntryStatus.MATCHED, arrows=ARROWS, changed_at=now)


@transaction.atomic
def wait_again(*, entry: WaitlistEntry, by: str, now: datetime) -> bool:
    """Put a matched entry back in line, with its seniority; False where it has a successor there."""
    twin = WaitlistEntry.objects.in_line().filter(
        patient_id=entry.patient_id, visit_type_id=entry.visit_type_id, clinic_id=entry.clinic_id
    )
    if entry.status != EntryStatus.MATCHED or twin.exists():
        return False
    transitions.move(entry, to=EntryStatus.WAITING, arrows=ARROWS, changed_at=now)
    audit.record(actor=by, verb="entry.waiting", obj=entry, at=now)
    return True


def _locked(entry_id: int) -> WaitlistEntry:
    return WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).get(pk=entry_id)


def _step(entry_id: int, to: EntryStatus, by: str, now: datetime, reason: str) -> WaitlistEntry:
    entry = _locked(entry_id)
    if to not in ARROWS.get(entry.status, frozenset()) or entry.status == EntryStatus.MATCHED:
        told = {"state": entry.get_status_display().lower()}
        raise transitions.StaleState(_("This entry is %(state)s already.") % told)
    transitions.move(entry, to=to, arrows=ARROWS, changed_at=now)
    audit.record(actor=by, verb=f"entry.{to}", obj=entry, at=now, reason=reason)
    return entry


def _entry(wish: Wish, now: datetime) -> WaitlistEntry:
    left = ("availability", "is_paused")
    fields = {name: getattr(wish, name) for name in Wish.__slots__ if name not in left}
    fields["status"] = EntryStatus.PAUSED if wish.is_paused else EntryStatus.WAITING
    fields["joined_at"] = wish.joined_at or now
    return WaitlistEntry(**fields, changed_at=now)


def _by_reason(entries: Sequence[WaitlistEntry]) -> dict[str, list[WaitlistEntry]]:
    found: dict[str, list[WaitlistEntry]] = {}
    for entry in entries:
        found.setdefault(entry.boost_reason, []).append(entry)
    return found


def _store_windows(of_entries: Sequence[tuple[WaitlistEntry, Sequence[Window]]]) -> None:
    Availability.objects.bulk_create(
        Availability(entry=entry, weekday=window.weekday, start=window.start, end=window.end)
        for entry, windows in of_entries
        for window in windows
    )


def _check(entry: WaitlistEntry, windows: Sequence[Window], now: datetime) -> None:
    if not 0 <= entry.manual_boost <= 40:
        raise BadWish("manual_boost", _("A boost is between 0 and 40 points."))
    if entry.manual_boost and not entry.boost_reason.strip():
        raise BadWish("boost_reason", _("Say why this patient goes ahead of others."))
    if entry.joined_at > now:
        raise BadWish("joined_at", _("Nobody can have joined in the future."))
    if entry.expires_at is not None and entry.expires_at <= now:
        raise BadWish("expires_at", _("The wish would have run out already."))
    if entry.min_notice_minutes < 0:
        raise BadWish("min_notice_minutes", _("Notice cannot be negative."))
    for window in windows:
        if not 0 <= window.weekday <= 6 or window.start >= window.end:
            raise BadWish("available", _("A window needs a weekday from 0 to 6 and an end after its start."))


def _check_belong(entries: Sequence[WaitlistEntry]) -> None:
    """That what the wishes name is there, and belongs together."""
    clinics = set(
        Clinic.objects.filter(pk__in={entry.clinic_id for entry in entries}).values_list("pk", flat=True)
    )
    people = Patient.objects.filter(pk__in={entry.patient_id for entry in entries})
    gone = set(people.exclude(status=Patient.Status.ACTIVE).values_list("pk", flat=True))
    providers = {entry.provider_id for entry in entries if entry.provider_id}
    places = Provider.clinics.through.objects.filter(provider__in=providers)
    works = set(places.values_list("provider", "clinic"))
    given_up = {entry.current_appointment_id for entry in entries if entry.current_appointment_id}
    visits = Appointment.objects.filter(pk__in=given_up)
    booked = set(visits.values_list("pk", "patient"))
    for entry in entries:
        if entry.clinic_id not in clinics:
            raise BadWish("clinic", _("There is no such clinic."))
        if entry.patient_id in gone:
            raise BadWish("patient", _("This patient is not active."))
        if entry.provider_id and (entry.provider_id, entry.clinic_id) not in works:
            raise BadWish("provider", _("This provider does not work at that clinic."))
        current = entry.current_appointment_id
        if current and (current, entry.patient_id) not in booked:
            raise BadWish("current_appointment", _("That appointment is another patient's."))
