"""A clinic with as many rows of every kind as wanted: to see that no list asks more queries for more rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Model

from clinic.models import Closure, Provider, ProviderHours, Resource
from core.models import AuditEvent
from messaging.models import (
    Alarm,
    Oddity,
    Pause,
    ProviderEvent,
    Redaction,
    Sender,
    SimulatedPhone,
    SimulatedText,
    Suppression,
    Tally,
    UnusableNumber,
)
from offers.models import Round, ShadowOffer, WrongNumber
from outreach.greeting_models import GreetingSwitch
from outreach.models import CancelQuestion
from tests import crowd_of_feeds, factories
from tests.crowd_making import NOTHING, now, of, plain, soon
from tests.factories_of_calendar import ClinicFileFactory, NoticeFactory
from tests.outreach.greeting_people import GreetingFactory
from tests.outreach.reminding import ReminderFactory
from waitlist.models import Invitation
from waitlist.reasons import Reason

OURS = "+15005550006"


class Crowd:
    """Rows by their kind. All belong to the first clinic, and much is about the first patient and slot."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Any]] = {kind: [] for kind in KINDS}

    def first(self, kind: str) -> Any:
        return self.rows[kind][0]

    def grow(self, to: int) -> None:
        """Have so many rows of each kind."""
        for kind, make in KINDS.items():
            new = [make(self, number) for number in range(len(self.rows[kind]), to)]
            self.rows[kind] += type(new[0])._default_manager.bulk_create(new)
            if kind in ("provider", "source"):
                owner: Any = type(new[0])
                works_at = owner.clinics.through
                works_at.objects.bulk_create(
                    works_at(**{kind: row}, clinic=self.first("clinic")) for row in new
                )
        ids = [entry.pk for entry in self.rows["entry"]]
        decided = {"reasons": [int(Reason.OUTSIDE_HOURS)] * to, "parts": [0] * to}
        Round.objects.filter(pk=self.first("round").pk).update(entry_ids=ids, **decided)
        tables = sorted({row._meta.db_table for rows in self.rows.values() for row in rows})
        with connection.cursor() as cursor:
            # As the database does by itself, a minute later: it would take a thousand rows for a few.
            cursor.execute(f"ANALYZE {', '.join(tables)}")


HERE = {"clinic": "first clinic", "visit_type": "first visit type"}
ASKED = {"entry": "entry", "patient": "patient"}


def _visit(patient: str, **fields: Any) -> Any:
    return plain(
        factories.AppointmentFactory, about=of(**HERE, provider="provider", patient=patient), **fields
    )


def _slot(**fields: Any) -> Any:
    return plain(factories.CancellationFactory, about=of(**HERE, provider="provider"), **fields)


def _message(patient: str, **fields: Any) -> Any:
    def about(crowd: Crowd, i: int) -> dict[str, Any]:
        who = of(who=patient)(crowd, i)["who"]
        ids = {
            "clinic": crowd.first("clinic").pk,
            "cancellation": crowd.rows["slot"][i].pk,
            "patient": who.pk,
        }
        ours = {"to": OURS, "from_number": who.phone} if "attention" in fields else {"to": who.phone}
        return {**ours, "related": ids}

    return plain(factories.MessageFactory, about=about, **fields)


def _offer(slot: str, round_: str, **fields: Any) -> Any:
    def about(crowd: Crowd, i: int) -> dict[str, Any]:
        asked = of(**ASKED, cancellation=slot, round=round_)(crowd, i)
        return {**asked, "phone": asked["patient"].phone}

    return plain(factories.OfferFactory, about=about, **fields)


def _to_patient(field: str, about: Any = NOTHING) -> Any:
    return lambda crowd, i: {**about(crowd, i), field: crowd.rows["patient"][i].phone}


def _seen(obj: str) -> Any:
    def about(crowd: Crowd, i: int) -> dict[str, Any]:
        row = of(row=obj)(crowd, i)["row"]
        what = {"object_type": row._meta.label_lower, "object_id": str(row.pk)}
        return {**what, "place": crowd.first("clinic").pk}

    return about


KINDS: dict[str, Callable[[Crowd, int], Model]] = {
    # The first one stays the first by name, which pages begin with.
    "clinic": plain(factories.ClinicFactory, name=lambda i: f"A clinic {i:04}"),
    "provider": plain(Provider, name=lambda i: f"Dr. {i}", provider_type="physician"),
    "visit type": plain(factories.VisitTypeFactory),
    "hours": plain(
        ProviderHours, about=of(provider="provider", clinic="clinic"), weekday=0, start="08:00", end="17:00"
    ),
    "closure": plain(Closure, about=of(clinic="clinic"), first_on="2027-01-01", last_on="2027-01-02"),
    "resource": plain(Resource, about=of(clinic="first clinic"), name=lambda i: f"Room {i}", kind="room"),
    "patient": plain(factories.PatientFactory),
    "consent": plain(factories.ConsentFactory, about=of(patient="patient"), channel="sms"),
    "consent of one": plain(factories.ConsentFactory, about=of(patient="first patient"), channel="sms"),
    "visit": _visit("patient", starts_at=lambda i: factories.in_hours(40)),
    "visit of one": _visit("first patient", starts_at=lambda i: factories.in_hours(-40), status="completed"),
    "file": plain(ClinicFileFactory, about=of(patient="patient", clinic="first clinic", provider="provider")),
    "notice": plain(NoticeFactory, about=of(appointment="visit", provider="first provider")),
    "entry": plain(
        factories.WaitlistEntryFactory,
        about=of(**HERE, patient="patient", current_appointment="visit"),
    ),
    "entry of one": plain(
        factories.WaitlistEntryFactory,
        about=of(**HERE, patient="first patient"),
        status="removed",
    ),
    "window": plain(factories.AvailabilityFactory, about=of(entry="entry")),
    "invitation": plain(
        Invitation,
        about=_to_patient(
            "address", of(patient="patient", clinic="first clinic", entry="entry", consent="consent")
        ),
        channel="sms",
        sent_by="frontdesk",
        sent_at=now,
        expires_at=lambda i: factories.in_hours(24),
    ),
    "slot": _slot(
        status="offering",
        waiting_for="answers",
        next_step_at=soon,
        starts_at=lambda i: factories.in_hours(48 + i),
    ),
    "unfilled slot": _slot(
        status="unfilled",
        unfilled_reason="nobody_left",
        closed_at=now,
        starts_at=lambda i: factories.in_hours(48.3 + i),
    ),
    "shadow slot": _slot(
        is_shadow=True,
        status="unfilled",
        unfilled_reason="shadow",
        closed_at=now,
        starts_at=lambda i: factories.in_hours(48.6 + i),
    ),
    "round": plain(factories.RoundFactory, about=of(cancellation="slot"), number=1),
    "shadow round": plain(factories.RoundFactory, about=of(cancellation="shadow slot"), number=1),
    "offer": _offer("slot", "round", status="pending"),
    "offer of one": _offer("first unfilled slot", "first round", status="expired"),
    "shadow offer": plain(
        ShadowOffer,
        about=of(**ASKED, cancellation="shadow slot", round="shadow round"),
        rank=1,
        score=10,
        created_at=now,
        hold_expires_at=soon,
    ),
    "call": plain(factories.StaffCallFactory, about=of(cancellation="slot", patient="patient")),
    "wrong number": plain(WrongNumber, about=_to_patient("phone", of(patient="patient")), since=now),
    "own words": plain(factories.ClinicTextFactory, about=of(clinic="clinic")),
    "text": _message("patient"),
    "lost text": _message("first patient", status="failed", error_code="30003"),
    "answer": _message(
        "first patient",
        direction="inbound",
        kind="reply",
        status="handled",
        attention="unclear",
        logical_key=None,
    ),
    "reminder": plain(ReminderFactory, about=of(appointment="visit"), status="skipped", reason="no_consent"),
    "question": plain(CancelQuestion, about=_to_patient("phone", of(appointment="visit")), asked_at=now),
    "greeting": plain(
        GreetingFactory, about=of(patient="patient", clinic="first clinic", provider="provider")
    ),
    "switch": plain(
        GreetingSwitch,
        about=of(provider="provider"),
        accepted_by="boss",
        accepted_at=now,
        accepted={},
        due_count=1,
    ),
    "look": plain(AuditEvent, about=_seen("patient"), actor="maria", verb="patient.seen", at=now),
    "step": plain(AuditEvent, about=_seen("first slot"), actor="maria", verb="slot.asked", at=now),
    "event": plain(
        ProviderEvent,
        sid=lambda i: f"SM{i}",
        kind="inbound",
        payload={},
        received_at=now,
        next_attempt_at=now,
    ),
    "redaction": plain(Redaction, about=of(message="lost text"), created_at=now, due_at=now),
    "sender": plain(Sender, name=lambda i: f"+1500555{i:04}", free_at=now),
    "pause": plain(Pause, by="boss", since=now, ended_at=now, ended_by="boss"),
    "unusable": plain(UnusableNumber, about=_to_patient("phone"), code="30005", since=now),
    "alarm": plain(
        Alarm,
        kind="sender_stopped",
        subject=lambda i: f"sender {i}",
        code="20003",
        raised_at=now,
        cleared_at=now,
    ),
    "oddity": plain(Oddity, what="code", word=lambda i: f"9{i}", last_seen_at=now),
    "suppression": plain(Suppression, about=_to_patient("phone"), since=now),
    "tally": plain(
        Tally,
        since=lambda i: factories.in_hours(i),
        until=lambda i: factories.in_hours(i + 1),
        asked_at=now,
        ours=1,
        provider=1,
        webhooks=1,
        provider_lacks=0,
        we_lack=0,
        untold=0,
        strays=0,
    ),
    "simulated phone": plain(SimulatedPhone, about=_to_patient("number")),
    "simulated text of one": plain(
        SimulatedText,
        about=lambda crowd, i: {
            "to": crowd.first("patient").phone,
            "phone": crowd.first("simulated phone"),
            "message_uuid": crowd.rows["lost text"][i].uuid,
        },
        sid=lambda i: f"SX{i:032}",
        from_number=OURS,
        body="Hello",
        created_at=now,
    ),
    "simulated text": plain(
        SimulatedText,
        about=_to_patient("to", of(phone="simulated phone")),
        sid=lambda i: f"SM{i:032}",
        from_number=OURS,
        body="Hello",
        created_at=now,
    ),
    **crowd_of_feeds.KINDS,
}
