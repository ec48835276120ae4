"""Booking with the conflicts in sight: a block refuses a visit, and a warning asks for a reason."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db import transaction
from django.db.models import Q

from clinic import booking as calendar
from clinic import conflicts
from clinic.booking import BookingError, NewBooking
from clinic.conflicts import Conflict, Facts, Visit
from clinic.models import (
    LONGEST_VISIT,
    Appointment,
    BlockedTime,
    Clinic,
    Closure,
    ProviderHours,
    Resource,
    VisitType,
)
from clinic.states import ACTIVE, AppointmentStatus

# No way between two clinics takes longer, nor is a visit nearer to another than this of any interest.
NEAR = LONGEST_VISIT + timedelta(hours=8)
_TOOK_PLACE = (*ACTIVE, AppointmentStatus.COMPLETED)


class Conflicting(BookingError):
    """What speaks against a visit; without a block among it a reason lets it be booked."""

    def __init__(self, found: Sequence[Conflict]) -> None:
        super().__init__(" ".join(conflict.explanation for conflict in found))
        self.found = found


@transaction.atomic
def schedule(*, booking: NewBooking, by: str, now: datetime) -> Appointment:
    """Book a visit. Raises as `book`, and Conflicting for a block, or a warning without an `override`."""
    calendar.check_time(booking, now)
    return calendar.book(booking=replace(booking, override=permit(booking=booking)), by=by, now=now)


def permit(*, booking: NewBooking) -> str:
    """Why the visit is booked against warnings, as the audit keeps it; "" where nothing speaks against it.

    Raises Conflicting.
    """
    return allowed(booking=booking, found=against(booking=booking))


def allowed(*, booking: NewBooking, found: Sequence[Conflict]) -> str:
    """`permit`, for a caller that has looked already."""
    if not found:
        return ""
    if not booking.override.strip() or any(conflict.is_block for conflict in found):
        raise Conflicting(found)
    codes = ", ".join(conflict.code for conflict in found)
    return f"{booking.override.strip()} (against {codes})"


def said_why(reason: str) -> str:
    """What somebody wrote of what `allowed` returned, without the codes."""
    return reason.rpartition(" (against ")[0]


def against(*, booking: NewBooking) -> list[Conflict]:
    """Everything that speaks against a visit that somebody wants to book."""
    clinic = Clinic.objects.get(pk=booking.clinic_id)
    # A visit that is moved does not stand in its own way.
    wanted = _as_wanted(booking, booking.moved_from)
    return _Around([_Asked(wanted, clinic, VisitType.objects.get(pk=booking.visit_type_id))]).of(0)


def against_all(*, bookings: Sequence[NewBooking]) -> list[list[Conflict]]:
    """`against` for visits that are to be booked together, which may stand in each other's way.

    As many queries for a thousand as for one.
    """
    clinics = Clinic.objects.in_bulk({booking.clinic_id for booking in bookings})
    kinds = VisitType.objects.in_bulk({booking.visit_type_id for booking in bookings})
    asked = [
        # Numbers that no row has tell them apart.
        _Asked(_as_wanted(each, -place), clinics[each.clinic_id], kinds[each.visit_type_id])
        for place, each in enumerate(bookings, start=1)
    ]
    around = _Around(asked, are_together=True)
    return [around.of(place) for place in range(len(asked))]


def _as_wanted(booking: NewBooking, pk: int | None) -> Visit:
    return Visit(
        pk=pk,
        clinic_id=booking.clinic_id,
        provider_id=booking.provider_id,
        patient_id=booking.patient_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        resource_ids=frozenset(booking.resource_ids),
    )


def found_in(visits: Sequence[Appointment]) -> dict[int, list[Conflict]]:
    """What speaks against visits that are booked, by their ids; facts of the EHR are flagged by this.

    The visits have their clinic and visit type. As many queries for a thousand as for one.
    """
    used = _resources_of([visit.pk for visit in visits])
    asked = [_Asked(_as_visit(visit, used), visit.clinic, visit.visit_type) for visit in visits]
    around = _Around(asked)
    return {visit.pk: around.of(place) for place, visit in enumerate(visits)}


def _as_visit(visit: Appointment, used: dict[int, set[int]]) -> Visit:
    return Visit(
        pk=visit.pk,
        clinic_id=visit.clinic_id,
        provider_id=visit.provider_id,
        patient_id=visit.patient_id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        resource_ids=frozenset(used.get(visit.pk, ())),
    )


def _resources_of(visit_ids: Sequence[int]) -> dict[int, set[int]]:
    used: dict[int, set[int]] = defaultdict(set)
    rows = Appointment.resources.through.objects.filter(appointment__in=visit_ids)
    for visit_id, resource_id in rows.order_by("pk").values_list("appointment_id", "resource_id"):
        used[visit_id].add(resource_id)
    return used


@dataclass(frozen=True, slots=True)
class _Asked:
    visit: Visit
    clinic: Clinic
    kind: VisitType


class _Around:
    """The facts around some visits, each sort read once for all of them.

    Where they `are_together` each of them is a fact to the others: none of them is booked yet.
    """

    def __init__(self, asked: Sequence[_Asked], *, are_together: bool = False) -> None:
        self.asked, self.are_together = asked, are_together
        self.since = min((each.visit.starts_at for each in asked), default=None)
        self.until = max((each.visit.ends_at for each in asked), default=None)

    def of(self, place: int) -> list[Conflict]:
        each = self.asked[place]
        visit, clinic = each.visit, each.clinic
        facts = Facts(
            zone=clinic.zone,
            others=self._near(visit),
            hours=self._hours[visit.provider_id, clinic.pk],
            closed=self._closed[clinic.pk],
            blocked=[*self._blocked[visit.provider_id, clinic.pk], *self._blocked[visit.provider_id, None]],
            takes=timedelta(minutes=each.kind.duration_minutes),
            travel=timedelta(minutes=clinic.travel_minutes),
            last_at=self._last(visit, each.kind.pk),
            interval_days=each.kind.min_interval_days,
            names=self._names,
        )
        return conflicts.find(visit, facts)

    def _near(self, visit: Visit) -> list[Visit]:
        whose = [("provider", visit.provider_id), ("patient", visit.patient_id)]
        whose += [("resource", pk) for pk in visit.resource_ids]
        return list({other for key in whose for other in _in_sight(visit, self._by[key])})

    @cached_property
    def _by(self) -> dict[tuple[str, int], list[Visit]]:
        by: dict[tuple[str, int], list[Visit]] = defaultdict(list)
        if self.since is None or self.until is None:
            return by
        near = Appointment.objects.active().filter(
            starts_at__gt=self.since - NEAR, starts_at__lt=self.until + NEAR
        )
        resources = {pk for each in self.asked for pk in each.visit.resource_ids}
        theirs = Q(provider__in={each.visit.provider_id for each in self.asked})
        theirs |= Q(patient__in={each.visit.patient_id for each in self.asked})
        using = Appointment.resources.through.objects.filter(resource__in=resources).values("appointment")
        rows = list(near.filter(theirs | Q(pk__in=using)).order_by("pk"))
        used = _resources_of([row.pk for row in rows]) if resources else {}
        visits = [_as_visit(row, used) for row in rows]
        if self.are_together:
            visits += [each.visit for each in self.asked]
        for other in sorted(visits, key=_starts_at):
            by["provider", other.provider_id].append(other)
            by["patient", other.patient_id].append(other)
            for pk in other.resource_ids:
                by["resource", pk].append(other)
        return by

    @cached_property
    def _hours(self) -> dict[tuple[int, int], list[tuple[int, time, time]]]:
        hours: dict[tuple[int, int], list[tuple[int, time, time]]] = defaultdict(list)
        rows = ProviderHours.objects.filter(provider__in={each.visit.provider_id for each in self.asked})
        for row in rows.order_by("pk"):
            hours[row.provider_id, row.clinic_id].append((row.weekday, row.start, row.end))
        return hours

    @cached_property
    def _closed(self) -> dict[int, list[tuple[date, date]]]:
        closed: dict[int, list[tuple[date, date]]] = defaultdict(list)
        rows = Closure.objects.filter(clinic__in={each.clinic.pk for each in self.asked})
        if self.since is not None and self.until is not None:
            # A day more on either side: the clinic's calendar is not that of UTC.
            day = timedelta(days=1)
            rows = rows.filter(
                last_on__gte=(self.since - day).date(), first_on__lte=(self.until + day).date()
            )
        for row in rows.order_by("pk"):
            closed[row.clinic_id].append((row.first_on, row.last_on))
        return closed

    @cached_property
    def _blocked(self) -> dict[tuple[int, int | None], list[tuple[datetime, datetime]]]:
        blocked: dict[tuple[int, int | None], list[tuple[datetime, datetime]]] = defaultdict(list)
        if self.since is None or self.until is None:
            return blocked
        rows = BlockedTime.objects.filter(provider__in={each.visit.provider_id for each in self.asked})
        for row in rows.filter(starts_at__lt=self.until, ends_at__gt=self.since).order_by("pk"):
            blocked[row.provider_id, row.clinic_id].append((row.starts_at, row.ends_at))
        return blocked

    @cached_property
    def _names(self) -> dict[int, str]:
        used = {pk for each in self.asked for pk in each.visit.resource_ids}
        return dict(Resource.objects.filter(pk__in=used).values_list("pk", "name")) if used else {}

    def _last(self, visit: Visit, kind_id: int) -> datetime | None:
        earlier = (
            at for pk, at in self._lasts[visit.patient_id, kind_id] if pk != visit.pk and at < visit.starts_at
        )
        return max(earlier, default=None)

    @cached_property
    def _lasts(self) -> dict[tuple[int, int], list[tuple[int, datetime]]]:
        lasts: dict[tuple[int, int], list[tuple[int, datetime]]] = defaultdict(list)
        kinds = {each.kind.pk: each.kind for each in self.asked if each.kind.min_interval_days}
        if not kinds or self.since is None:
            return lasts
        longest = max(kind.min_interval_days for kind in kinds.values())
        rows = Appointment.objects.filter(
            patient__in={each.visit.patient_id for each in self.asked},
            visit_type__in=kinds,
            status__in=_TOOK_PLACE,
            starts_at__gt=self.since - timedelta(days=longest + 1),
            starts_at__lt=self.until,
        )
        found = rows.order_by("pk").values_list("pk", "patient_id", "visit_type_id", "starts_at")
        for pk, patient_id, kind_id, at in found:
            lasts[patient_id, kind_id].append((pk, at))
        return lasts


def _starts_at(visit: Visit) -> datetime:
    return visit.starts_at


def _in_sight(visit: Visit, others: Sequence[Visit]) -> Sequence[Visit]:
    """Those near it, of some in the order of their starts: a year of a provider's is not gone through."""
    first = bisect_left(others, visit.starts_at - NEAR, key=_starts_at)
    return others[first : bisect_right(others, visit.ends_at + NEAR, key=_starts_at)]
