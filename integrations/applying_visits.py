"""A visit of another system: our row is made to stand as the latest word about it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from clinic import booking, following
from clinic.booking import NewBooking
from clinic.models import Appointment, VisitType
from clinic.states import ACTIVE, FACT_ARROWS, STANDING, AppointmentStatus
from integrations import applying_people, applying_wishes, codes, colliding, freeing, identity, latest
from integrations.facts import Park, Standing, VisitFact, Why
from integrations.hearing import Hearing
from integrations.latest import Words
from integrations.models import CodeKind, VisitKey, VisitLink
from offers import withdrawing
from waitlist import joining
from waitlist.models import WaitlistEntry

_STATUS = {
    Standing.BOOKED: AppointmentStatus.BOOKED,
    Standing.ARRIVED: AppointmentStatus.ARRIVED,
    Standing.COMPLETED: AppointmentStatus.COMPLETED,
    Standing.NO_SHOW: AppointmentStatus.NO_SHOW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What a fact changes: the visit's words before it and after it, and our row, if there is one."""

    fact: VisitFact
    heard: Hearing
    link: VisitLink
    before: Words
    after: Words
    visit: Appointment | None
    # Whom the fact itself names.
    met: int | None

    @property
    def parts(self) -> set[str]:
        return latest.changed(self.before, self.after)

    @property
    def is_back(self) -> bool:
        """Whether it was off by the other system's own last word, and is so no longer."""
        was_off = latest.STANDING in self.before and latest.standing(self.before) in latest.OFF
        return was_off and latest.standing(self.after) not in latest.OFF


def apply(*, fact: VisitFact, heard: Hearing) -> None:
    """Follow the fact, unless a later one has been heard. Raises Park."""
    if not fact.keys:
        raise Park(Why.NO_KEY, "visit")
    try:
        _stand(fact, heard)
    finally:
        # Also where the visit has to wait for a person: nobody waits for an earlier time any more.
        applying_wishes.end(keys=fact.keys, said_at=fact.said_at, heard=heard)


def _stand(fact: VisitFact, heard: Hearing) -> None:
    # The person first, in a transaction of its own: patients are locked after slots and visits.
    met = _meet(fact, heard)
    stood = False
    try:
        with transaction.atomic():
            link = identity.visit(source=heard.source, keys=fact.keys, now=heard.now)
            stood = link.appointment_id is not None
            _hear(fact, heard, link, met)
    except Park as park:
        if not stood:
            # A change may come before its booking: once the visit stands it is heard again.
            with transaction.atomic():
                park.visit_id = identity.visit(source=heard.source, keys=fact.keys, now=heard.now).pk
        raise


def _hear(fact: VisitFact, heard: Hearing, link: VisitLink, met: int | None) -> None:
    after = latest.heard(link.known, fact, arrival=heard.arrival)
    if after == link.known:
        return
    change = _Change(
        fact=fact, heard=heard, link=link, before=link.known, after=after, visit=_row_of(link), met=met
    )
    link.appointment = _follow(change)
    link.known, link.changed_at = after, heard.now
    link.said_at = max(fact.said_at, link.said_at or fact.said_at)
    link.save(update_fields=["appointment", "known", "changed_at", "said_at"])


def _meet(fact: VisitFact, heard: Hearing) -> int | None:
    """Know the patient of a visit of ours, by what this fact alone says: what was heard before may be newer.

    The patient's id; None of others, and of whose visit is off: of them a death alone is kept.
    """
    if fact.person is None:
        return None
    alone = latest.heard({}, fact, arrival=heard.arrival)
    if fact.standing in latest.OFF or _is_elsewhere(alone, heard):
        applying_people.spare(person=fact.person, said_at=fact.said_at, heard=heard)
        return None
    try:
        return applying_people.know(person=fact.person, said_at=fact.said_at, heard=heard)
    except Park:
        if _will_stand(fact, heard):
            raise
        return None


def _will_stand(fact: VisitFact, heard: Hearing) -> bool:
    link = identity.look_up_visit(source=heard.source, keys=fact.keys)
    after = latest.heard(link.known if link else {}, fact, arrival=heard.arrival)
    return latest.standing(after) != Standing.CANCELLED and not _is_elsewhere(after, heard)


def _row_of(link: VisitLink) -> Appointment | None:
    """Our row of the visit; where staff have moved it, the one that it became."""
    visit = link.appointment
    while visit is not None and visit.status == AppointmentStatus.RESCHEDULED:
        successor = Appointment.objects.filter(moved_from=visit).first()
        if successor is None:
            break
        visit = successor
    return visit


def _follow(change: _Change) -> Appointment | None:
    standing = latest.standing(change.after)
    if standing == Standing.CANCELLED or _is_elsewhere(change.after, change.heard):
        return _cancel(change)
    visit = change.visit
    if change.parts & set(latest.PLACE) or change.is_back:
        visit = _place(change)
    status = _STATUS[standing]
    if visit is None or status not in (visit.status, *FACT_ARROWS.get(visit.status, ())):
        # Nothing is known of it but how it stands, or we have taken it out and nothing new puts it back.
        return visit
    heard = change.heard
    return following.stand(appointment_id=visit.pk, status=status, by=heard.by, now=heard.now)


def _cancel(change: _Change) -> Appointment | None:
    visit, heard = change.visit, change.heard
    if visit is None or visit.status not in STANDING:
        return visit
    terms = freeing.terms(visit=visit, known=change.before, fact=change.fact, heard=heard)
    return following.cancel(appointment_id=visit.pk, freed=terms, by=heard.by, now=heard.now)


def _place(change: _Change) -> Appointment:
    """Let the visit stand where the words say. Raises Park where they do not say enough."""
    wanted, visit, heard = _wanted(change), change.visit, change.heard
    if visit is None:
        ours = _known_to_us(wanted)
        if ours is not None:
            _take_over(ours, change.link)
            return following.adopt(appointment_id=ours.pk, by=heard.by, now=heard.now)
    is_here = visit is not None and visit.status in STANDING
    if visit is not None and is_here and _is_there(visit, wanted):
        return visit
    offered = withdrawing.hold_offered(visit=wanted)
    try:
        new = _move(visit, wanted, change) if visit is not None and is_here else _book(wanted, change)
    except booking.BadTime:
        raise Park(Why.BAD_TIME, "time") from None
    for slot_id in offered:
        withdrawing.take_back_if_gone(cancellation_id=slot_id, now=heard.now)
    colliding.look(visit=new, now=heard.now)
    return new


def _book(wanted: NewBooking, change: _Change) -> Appointment:
    return booking.book(booking=wanted, by=change.heard.by, now=change.heard.now)


def _move(visit: Appointment, wanted: NewBooking, change: _Change) -> Appointment:
    """Together with the wish for an earlier time that hangs on it: entries first, as an offer locks."""
    heard = change.heard
    rows = WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).in_line()
    entries = list(rows.filter(current_appointment=visit).order_by("pk"))
    terms = freeing.terms(visit=visit, known=change.before, fact=change.fact, heard=heard)
    new = following.move(appointment_id=visit.pk, to=wanted, freed=terms, by=heard.by, now=heard.now)
    for entry in entries:
        joining.follow(entry=entry, visit=new, by=heard.by, now=heard.now)
    return new


def _is_there(visit: Appointment, wanted: NewBooking) -> bool:
    names = ("clinic_id", "provider_id", "patient_id", "visit_type_id", "starts_at", "ends_at")
    return all(getattr(visit, name) == getattr(wanted, name) for name in names)


def _known_to_us(wanted: NewBooking) -> Appointment | None:
    """The visit that we booked, and that the other system tells us of in turn."""
    is_unheard_of = Q(feed_link=None) | Q(feed_link__known={})
    ours = Appointment.objects.filter(is_unheard_of, status__in=ACTIVE, starts_at=wanted.starts_at)
    ours = ours.filter(patient=wanted.patient_id, provider=wanted.provider_id, clinic=wanted.clinic_id)
    return ours.order_by("pk").first()


def _take_over(ours: Appointment, link: VisitLink) -> None:
    """What we told the other system of a visit, and what it tells us of in turn, are one and the same."""
    told = VisitLink.objects.filter(appointment=ours).exclude(pk=link.pk).first()
    if told is not None:
        VisitKey.objects.filter(link=told).update(link=link)
        told.delete()


def _wanted(change: _Change) -> NewBooking:
    """The visit as the words name it. Raises Park where they leave something open."""
    known, heard = change.after, change.heard
    interval = latest.interval(known)
    if interval is None:
        raise Park(Why.NO_TIME, "time")
    starts_at, ends_at = interval
    kind = _visit_type(known, heard, change.visit)
    ends_at = ends_at or starts_at + timedelta(minutes=kind.duration_minutes)
    if ends_at <= starts_at:
        raise Park(Why.BAD_TIME, "time")
    return NewBooking(
        clinic_id=_clinic(known, heard),
        provider_id=_provider(known, heard),
        patient_id=_patient(change),
        visit_type_id=kind.pk,
        starts_at=starts_at,
        ends_at=ends_at,
        source=Appointment.Source.FEED,
        is_fact=True,
        tells_patient=heard.source.confirms_bookings and heard.may_offer,
    )


def _is_elsewhere(known: Words, heard: Hearing) -> bool:
    """Whether its words name somebody or something that is none of ours."""
    said = ((kind, latest.code(known, part)) for part, kind in _KINDS.items())
    return any(code and codes.is_ignored(source=heard.source, kind=kind, code=code) for kind, code in said)


_KINDS = {
    latest.CLINIC: CodeKind.CLINIC,
    latest.PROVIDER: CodeKind.PROVIDER,
    latest.VISIT_TYPE: CodeKind.VISIT_TYPE,
}


def _clinic(known: Words, heard: Hearing) -> int:
    code = latest.code(known, latest.CLINIC)
    if code is not None:
        return codes.find(source=heard.source, kind=CodeKind.CLINIC, code=code, place="clinic")
    alone = list(heard.source.clinics.order_by("pk").values_list("pk", flat=True)[:2])
    if len(alone) != 1:
        raise Park(Why.UNKNOWN_CODE, "clinic")
    return alone[0]


def _provider(known: Words, heard: Hearing) -> int:
    code = latest.code(known, latest.PROVIDER)
    if code is None:
        raise Park(Why.UNKNOWN_CODE, "provider")
    return codes.find(source=heard.source, kind=CodeKind.PROVIDER, code=code, place="provider")


def _visit_type(known: Words, heard: Hearing, visit: Appointment | None) -> VisitType:
    code, usual = latest.code(known, latest.VISIT_TYPE), heard.source.visit_type
    if code is not None:
        found = codes.find(source=heard.source, kind=CodeKind.VISIT_TYPE, code=code, place="visit_type")
        return VisitType.objects.get(pk=found)
    if visit is not None:
        # What it is has not been said: it stays what it was, and what we booked stays what we booked.
        return visit.visit_type
    if usual is None:
        raise Park(Why.UNKNOWN_CODE, "visit_type")
    return usual


def _patient(change: _Change) -> int:
    ids, person = latest.value(change.after, latest.PERSON), change.fact.person
    if change.met is not None and person is not None and ids == list(person.ids):
        return change.met
    found = identity.patient_of(source=change.heard.source, ids=ids) if ids else None
    if found is None:
        raise Park(Why.UNKNOWN_PATIENT if ids else Why.NO_PATIENT, "person")
    return found
