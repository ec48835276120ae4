"""One visit's whole story: what was done, what was said, and what may be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from clinic import attending, scheduling
from clinic.models import Appointment, Notice
from clinic.states import ACTIVE, ARROWS, AppointmentStatus
from core import scoping
from core.channels import Channel
from core.models import AuditEvent
from core.scoping import User
from messaging.models import Direction, Message
from offers import channels, confirming
from outreach.models import Reminder
from outreach.states import ReminderStatus
from staff import days, deeds
from staff.bookings import said
from waitlist.models import WaitlistEntry

MOST_NOTICES = 50


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line of the story; `at` is the clinic's own time."""

    at: datetime
    what: str
    who: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """A reminder as the page shows it; times are the clinic's own."""

    reminder: Reminder
    due_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class VisitPage:
    """A visit with all that its page shows."""

    visit: Any
    starts_at: datetime
    ends_at: datetime
    zone: str
    now: datetime
    is_to_come: bool
    conflicts: list[dict[str, Any]]
    reminders: list[Told]
    moments: list[Moment]
    entry: WaitlistEntry | None
    moved_to: int | None

    def _may(self, to: str) -> bool:
        return to in ARROWS.get(self.visit.status, frozenset())

    @property
    def can_confirm(self) -> bool:
        return self.visit.status == AppointmentStatus.BOOKED and not self.visit.confirmed_at

    def _may_be(self, to: str) -> bool:
        return self._may(to) and not attending.is_too_early(visit=self.visit, to=to, now=self.now)

    @property
    def can_arrive(self) -> bool:
        return self._may_be(AppointmentStatus.ARRIVED)

    @property
    def can_complete(self) -> bool:
        return self._may_be(AppointmentStatus.COMPLETED)

    @property
    def can_miss(self) -> bool:
        return self._may_be(AppointmentStatus.NO_SHOW)

    @property
    def can_change(self) -> bool:
        return self._may(AppointmentStatus.CANCELLED)

    @property
    def can_want_earlier(self) -> bool:
        return self.can_change and self.is_to_come and self.entry is None


def find(*, pk: int, user: User) -> Any:
    """The visit with this id that the user may see. Raises Http404."""
    visit = scoping.find(Appointment, user=user, pk=pk)
    joined = Appointment.objects.select_related("clinic", "provider", "patient", "visit_type", "moved_from")
    return days.with_file(joined).get(pk=visit.pk)


def page(*, visit: Any, now: datetime) -> VisitPage:
    """All that the page of this visit shows."""
    zone = visit.clinic.zone
    starts_at = visit.starts_at.astimezone(zone)
    against = scheduling.found_in([visit])[visit.pk] if visit.status in ACTIVE else []
    waiting = WaitlistEntry.objects.in_line().filter(
        patient=visit.patient_id, visit_type=visit.visit_type_id, clinic=visit.clinic_id
    )
    return VisitPage(
        visit=visit,
        starts_at=starts_at,
        ends_at=visit.ends_at.astimezone(zone),
        zone=starts_at.tzname() or "",
        now=now,
        is_to_come=visit.starts_at > now,
        conflicts=said(against),
        reminders=[_told(row, zone) for row in visit.reminders.order_by("-minutes_before", "pk")],
        moments=_moments(visit),
        entry=waiting.order_by("pk").first(),
        moved_to=Appointment.objects.filter(moved_from=visit).values_list("pk", flat=True).first(),
    )


def dropped(visit: Appointment) -> int:
    """How many of the visit's reminders were taken back with it."""
    return Reminder.objects.filter(appointment=visit, status=ReminderStatus.CANCELLED).count()


def is_unreached(visit: Appointment) -> bool:
    """Whether no text tells the visit's patient that it is off, so that somebody has to call."""
    found = channels.open_to([visit.patient_id], name=confirming.CANCELLED)[visit.patient_id]
    return not set(found) - {Channel.VOICE}


def _told(row: Reminder, zone: Any) -> Told:
    sent = row.sent_at.astimezone(zone) if row.sent_at else None
    return Told(reminder=row, due_at=row.due_at.astimezone(zone), sent_at=sent)


def _moments(visit: Appointment) -> list[Moment]:
    zone, found = visit.clinic.zone, []
    done = AuditEvent.objects.filter(object_type=visit._meta.label_lower, object_id=str(visit.pk))
    for row in done.order_by("pk"):
        words = deeds.verb(row.verb)
        number = row.data.get("number")
        detail = str(number) if number is not None else deeds.reason(row.reason)
        found.append(
            Moment(at=row.at.astimezone(zone), what=words, who=deeds.actor(row.actor), detail=detail)
        )
    for text in _texts(visit):
        is_theirs = text.direction == Direction.INBOUND
        kind = "text.received" if is_theirs else f"text.{text.kind}"
        if text.template.partition("/")[0] == confirming.CANCELLED:
            kind = "text.cancelled"
        at = text.sent_at or text.received_at or text.created_at
        state = text.outcome if is_theirs else text.status
        ways = [deeds.reason(state), deeds.reason(text.skip_reason)]
        ways += [str(text.get_channel_display())] if text.channel != Channel.SMS else []
        detail = ", ".join(way for way in ways if way)
        who = gettext("patient") if is_theirs else ""
        found.append(Moment(at=at.astimezone(zone), what=deeds.verb(kind), who=who, detail=detail))
    return sorted(found, key=lambda moment: moment.at)


def _texts(visit: Appointment) -> Any:
    about = Q(related__contains={"appointment": visit.pk})
    if visit.fills_slot:
        about |= Q(related__contains={"cancellation": visit.fills_slot, "patient": visit.patient_id})
    return Message.objects.filter(about).order_by("pk")


def notices(*, user: User) -> list[dict[str, Any]]:
    """The last notices of the provider with this account; times are the clinics' own."""
    joined = ("appointment__clinic", "appointment__patient", "appointment__visit_type")
    found = Notice.objects.to(user.pk).select_related(*joined, "appointment__moved_from")
    return [
        {"notice": row, "visit": row.appointment, "at": _local(row.appointment, row.appointment.starts_at)}
        | {"told_at": _local(row.appointment, row.created_at)}
        for row in scoping.limit(found, user).order_by("-pk")[:MOST_NOTICES]
    ]


def _local(visit: Appointment, at: datetime) -> datetime:
    return at.astimezone(visit.clinic.zone)
