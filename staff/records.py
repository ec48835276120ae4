"""One patient's page: may we text, what did we promise, what do they wait for, what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from clinic.models import Appointment, Clinic, Consent, Patient
from clinic.states import AppointmentStatus
from core import scoping
from core.scoping import User
from messaging.models import Suppression
from offers import reachability
from offers.models import Offer
from staff import lists, talks
from staff.talks import Said
from waitlist.models import Invitation, WaitlistEntry
from waitlist.states import EntryStatus

MOST_ROWS = 50


@dataclass(frozen=True, kw_only=True)
class EntryLine:
    """A wish; times are the clinic's own, `link` is the last link that was sent to it."""

    entry: WaitlistEntry
    joined_at: datetime
    current_at: datetime | None
    windows: list[str]
    link: Invitation | None

    @property
    def is_in_line(self) -> bool:
        return self.entry.status in (EntryStatus.WAITING, EntryStatus.PAUSED)

    @property
    def is_paused(self) -> bool:
        return self.entry.status == EntryStatus.PAUSED


@dataclass(frozen=True, kw_only=True)
class VisitLine:
    """A visit; its time is the clinic's own. `may_want_earlier`: one click puts its patient on the list."""

    visit: Appointment
    starts_at: datetime
    may_want_earlier: bool


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A question that is open, and until when by the clinic's own clock; None: its text is not out yet."""

    offer: Offer
    starts_at: datetime
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Record:
    """All that a page says of one patient."""

    patient: Patient
    ways: list[reachability.Way]
    stops: list[Suppression]
    left: list[reachability.Left]
    promises: list[Promise]
    entries: list[EntryLine]
    visits: list[VisitLine]
    ledger: list[Consent]
    sharing: list[Patient]
    talk: list[Said]

    @property
    def may_be_texted(self) -> bool:
        return any(way.is_open for way in self.ways)


def record(patient: Patient, *, user: User, now: datetime) -> Record:
    """The patient with everything about them that belongs to the user's clinics."""
    entries = _entries(patient, user)
    visits = _visits(patient, user)
    clinics = _clinics([*(line.entry.clinic for line in entries), *(visit.clinic for visit in visits)])
    waited_for = {line.entry.visit_type_id for line in entries if line.is_in_line}
    sharing = talks.at_address(patient.phone, user=user)
    addresses = [address for address in (patient.phone, patient.email) if address]
    return Record(
        patient=patient,
        ways=reachability.ways(patient),
        stops=list(reachability.stopped_at(patient)),
        left=reachability.left(patient=patient, clinics=clinics, now=now),
        promises=[_promise(offer) for offer in scoping.limit(reachability.promised(patient), user)],
        entries=entries,
        visits=[_visit(visit, waited_for, now) for visit in visits],
        ledger=list(_ledger(patient)[:MOST_ROWS]),
        sharing=[other for other in sharing if other.pk != patient.pk],
        talk=talks.talk(addresses, user=user),
    )


def _entries(patient: Patient, user: User) -> list[EntryLine]:
    rows = scoping.limit(WaitlistEntry.objects.filter(patient=patient), user)
    full = rows.select_related("clinic", "provider", "visit_type", "current_appointment")
    found = full.prefetch_related("availability", "invitations").order_by("-pk")[:MOST_ROWS]
    return [_entry(entry) for entry in found]


def _entry(entry: WaitlistEntry) -> EntryLine:
    zone, current = entry.clinic.zone, entry.current_appointment
    invitations = sorted(entry.invitations.all(), key=lambda invitation: invitation.pk)
    return EntryLine(
        entry=entry,
        joined_at=entry.joined_at.astimezone(zone),
        current_at=current.starts_at.astimezone(zone) if current else None,
        windows=lists.free_times(entry),
        link=invitations[-1] if invitations else None,
    )


def _visits(patient: Patient, user: User) -> list[Appointment]:
    rows = scoping.limit(Appointment.objects.filter(patient=patient), user)
    full = rows.select_related("clinic", "provider", "visit_type")
    return list(full.order_by("-starts_at", "-pk")[:MOST_ROWS])


def _visit(visit: Appointment, waited_for: set[int], now: datetime) -> VisitLine:
    is_to_come = visit.status == AppointmentStatus.BOOKED and visit.starts_at > now
    return VisitLine(
        visit=visit,
        starts_at=visit.starts_at.astimezone(visit.clinic.zone),
        may_want_earlier=is_to_come and visit.visit_type_id not in waited_for,
    )


def _clinics(found: list[Clinic]) -> list[Clinic]:
    return sorted({clinic.pk: clinic for clinic in found}.values(), key=lambda clinic: clinic.name)


def _promise(offer: Offer) -> Promise:
    zone, until = offer.cancellation.clinic.zone, offer.hold_expires_at
    return Promise(
        offer=offer,
        starts_at=offer.cancellation.starts_at.astimezone(zone),
        until=until.astimezone(zone) if until else None,
    )


def _ledger(patient: Patient) -> QuerySet[Consent]:
    return Consent.objects.filter(patient=patient).order_by("-pk")
