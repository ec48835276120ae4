"""An Appointment of FHIR as how a visit stands, or as a wish for one. Pure: no Django."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.facts import Code, Doubt, Fact, Park, Person, Standing, VisitFact, Why, WishFact
from integrations.fhir import people, references
from integrations.fhir.references import Found, Surroundings

STANDINGS = {
    "booked": Standing.BOOKED,
    "arrived": Standing.ARRIVED,
    "checked-in": Standing.ARRIVED,
    "fulfilled": Standing.COMPLETED,
    "cancelled": Standing.CANCELLED,
    "entered-in-error": Standing.CANCELLED,
    "noshow": Standing.NO_SHOW,
}
WAITLIST = "waitlist"
# Nobody has agreed to them yet: they take up no time and free none.
NOT_YET = ("proposed", "pending")
# What the calendar books stands only with these statuses; the others may name a visit by its key alone.
_NEEDS_A_TIME = ("booked", "arrived", "checked-in", "fulfilled")
_ABSURD = timedelta(hours=12)
_SLACK = timedelta(minutes=1)
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def facts(visit: Any, *, said_at: datetime, around: Surroundings) -> list[Fact]:
    """What an Appointment says. Raises Park."""
    if visit.status in NOT_YET:
        raise Park(Why.UNSUPPORTED, "Appointment.status")
    if visit.status != WAITLIST and visit.status not in STANDINGS:
        raise Park(Why.UNKNOWN_STATUS, "Appointment.status")
    keys = references.names_of(visit, at=said_at)
    if not keys:
        raise Park(Why.NO_KEY, "Appointment.identifier")
    cast = Cast(visit, said_at, around)
    say = _wish if visit.status == WAITLIST else _standing
    return [say(visit, keys, said_at, cast)]


def _standing(visit: Any, keys: tuple[str, ...], said_at: datetime, cast: Cast) -> VisitFact:
    starts_at, ends_at = _times(visit)
    return VisitFact(
        keys=keys,
        said_at=said_at,
        standing=STANDINGS[visit.status],
        starts_at=starts_at,
        ends_at=ends_at,
        clinic=cast.place,
        provider=cast.provider,
        visit_type=_kind(visit),
        person=cast.person,
        doubts=_doubts(visit, starts_at, ends_at),
        is_offerable=visit.status not in ("noshow", "entered-in-error"),
    )


def _wish(visit: Any, keys: tuple[str, ...], said_at: datetime, cast: Cast) -> WishFact:
    if cast.person is None:
        raise Park(Why.NO_PATIENT, "Appointment.participant")
    return WishFact(
        keys=keys,
        said_at=said_at,
        person=cast.person,
        clinic=cast.place,
        provider=cast.provider,
        visit_type=_kind(visit),
    )


def _times(visit: Any) -> tuple[datetime | None, datetime | None]:
    """From when until when, in UTC. Of a visit that is off its stored times hold, so none are needed."""
    starts_at, ends_at = (_instant(getattr(visit, name), name) for name in ("start", "end"))
    if starts_at is None:
        if visit.status in _NEEDS_A_TIME:
            raise Park(Why.NO_TIME, "Appointment.start")
        return None, None
    if ends_at is None and visit.minutesDuration:
        ends_at = _instant(_later(starts_at, visit.minutesDuration), "minutesDuration")
    if ends_at is not None and ends_at <= starts_at:
        raise Park(Why.BAD_TIME, "Appointment.end")
    return starts_at, ends_at


def _instant(moment: datetime | None, name: str) -> datetime | None:
    if moment is None:
        return None
    # Compared before it is moved to UTC: at the ends of the calendar there is no such moment.
    if moment.tzinfo is None or not _EARLIEST < moment < _LATEST:
        raise Park(Why.BAD_TIME, f"Appointment.{name}")
    return moment.astimezone(UTC)


def _later(moment: datetime, minutes: int) -> datetime:
    try:
        return moment + timedelta(minutes=minutes)
    except OverflowError:
        raise Park(Why.BAD_TIME, "Appointment.minutesDuration") from None


def _doubts(visit: Any, starts_at: datetime | None, ends_at: datetime | None) -> tuple[Doubt, ...]:
    if starts_at is None or ends_at is None:
        return ()
    doubts, length = [], ends_at - starts_at
    said = None if visit.minutesDuration is None else timedelta(minutes=visit.minutesDuration)
    if said is not None and abs(said - length) > _SLACK:
        doubts.append(Doubt.TIMES_DISAGREE)
    if length > _ABSURD:
        doubts.append(Doubt.ABSURD_LENGTH)
    return tuple(doubts)


def _kind(visit: Any) -> Code | None:
    """What is done there; its style, routine or walk-in, only where nothing else is said."""
    return references.coded(visit.serviceType) or references.coded(visit.appointmentType)


class Cast:
    """Who takes part: the patient, the provider and the place. Raises Park where that cannot be said."""

    def __init__(self, visit: Any, at: datetime, around: Surroundings) -> None:
        self._off = visit.status in ("cancelled", "noshow", "entered-in-error")
        self._taking_part = [
            (part, around.find(part.actor, at=at))
            for part in visit.participant
            if part.actor is not None and part.status != "declined" and references.holds(part.period, at)
        ]
        self.person = self._patient(at, around)
        self.provider = self._one(self._providers())
        self.place = self._one(self._of("Location"))

    def _patient(self, at: datetime, around: Surroundings) -> Person | None:
        found = {patient.keys: patient for patient in self._of("Patient") if patient.keys}
        if len(found) > 1:
            raise Park(Why.CONTRADICTION, "Appointment.participant")
        if not found:
            if self._off:
                return None
            raise Park(Why.NO_PATIENT, "Appointment.participant")
        return people.person(next(iter(found.values())), at=at, around=around)

    def _providers(self) -> list[Found]:
        doctors = [(part, found) for part, found in self._taking_part if found.kind in people.DOCTORS]
        first = [found for part, found in doctors if "PPRF" in references.codes_in(part.type)]
        return first or [found for part, found in doctors if part.required != "information-only"]

    def _of(self, kind: str) -> list[Found]:
        return [found for _, found in self._taking_part if found.kind == kind]

    def _one(self, found: list[Found]) -> Code | None:
        """The one that is meant. Of several nobody can say which, and a visit that is off needs none."""
        codes = dict.fromkeys(code for one in found if (code := references.code_of(one)) is not None)
        if len(codes) > 1 and not self._off:
            raise Park(Why.CONTRADICTION, "Appointment.participant")
        return next(iter(codes)) if len(codes) == 1 else None
