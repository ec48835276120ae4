"""What programs say of their calendar: stored before anything else, then acted on while they wait.

What cannot be read, or cannot be acted on whatever staff do, is refused; what only lacks a word of staff is
accepted. In either case staff have it as it came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from api.fhir.kinds import APPOINTMENT, PATIENT
from api.fhir.outcomes import Refused, outcome
from core.scoping import User
from integrations import handling, identity, receiving, sealing
from integrations.facts import Fact, MergeFact, Park, PersonFact, VisitFact, Why
from integrations.fhir import checking, reading
from integrations.fhir.issues import Issue, Unfit
from integrations.models import FeedMessage, MessageStatus, Parked, Source, SourceKind

# FHIR's kinds of issue for the reasons why something waits or is refused.
_CODES = {
    Why.NO_KEY: "required",
    Why.NO_TIME: "required",
    Why.NO_PATIENT: "required",
    Why.BAD_TIME: "value",
    Why.CONTRADICTION: "business-rule",
    Why.UNSUPPORTED: "not-supported",
    Why.UNKNOWN_CODE: "code-invalid",
    Why.UNKNOWN_PATIENT: "not-found",
    Why.SAME_PERSON: "duplicate",
}
_TEXTS = {
    Why.NO_KEY: "Give an identifier or an id: without one it cannot be told from others.",
    Why.NO_TIME: "A visit that takes place needs its start.",
    Why.NO_PATIENT: "Say who the patient is, by a reference with an identifier or to a Patient.",
    Why.BAD_TIME: "This time is impossible.",
    Why.CONTRADICTION: "It names more than one where one is needed, or contradicts itself.",
    Why.UNSUPPORTED: "Nothing here acts on this.",
    Why.UNKNOWN_CODE: "Staff have yet to say what this code stands for.",
    Why.UNKNOWN_PATIENT: "This patient is not known here yet.",
    Why.SAME_PERSON: "Staff have yet to say whether this is somebody on the books.",
}
# How the house names the places of what waits, as paths of FHIR's.
_PLACES = {
    "person": "Appointment.participant.actor",
    "provider": "Appointment.participant.actor",
    "clinic": "Appointment.participant.actor",
    "visit_type": "Appointment.serviceType",
    "time": "Appointment.start",
}


Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one resource: HTTP's status, an OperationOutcome and where it can be read."""

    status: int
    outcome: dict[str, Any]
    location: str = ""


def speaking(user: User) -> Source:
    """The source for which this account speaks. Raises Refused."""
    source = Source.objects.filter(user=user.pk, kind=SourceKind.FHIR, active=True).first()
    if source is None:
        raise Refused(403, Issue("forbidden", "This account speaks for no active source of kind FHIR."))
    return source


@dataclass(frozen=True, slots=True)
class Sent:
    """A resource or a Bundle as it came. `about`: of which kind the first is that its answer is about."""

    body: bytes
    kind: str
    about: str
    # Which reader reads it, where that is not said by its kind.
    stored_as: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """What of it is understood: its facts, or why it never can be acted on."""

    sent: Sent
    name: str = ""
    facts: Sequence[Fact] = ()
    fault: Unfit | Park | None = None

    @property
    def told(self) -> tuple[Sequence[Fact], str]:
        return self.facts, self.sent.about


def take(sent: Sent, *, source: Source) -> Answer:
    """Store a resource, or a Bundle, act on it, and say what became of it.

    Raises django.db.Error where it could not be stored.
    """
    return take_all([sent], source=source)[0]


def take_all(several: Sequence[Sent], *, source: Source) -> list[Answer]:
    """`take` for several, each for itself; they are stored together."""
    now = timezone.now()
    read = [_read(sent, now) for sent in several]
    known = set(located([one.told for one in read], source=source))
    ids = _store_all(read, source, now)
    standing = dict(FeedMessage.objects.filter(pk__in=ids).values_list("pk", "status"))
    answers = []
    for one, message_id, address in zip(
        read, ids, located([one.told for one in read], source=source), strict=True
    ):
        if one.fault is not None:
            answers.append(_refusal(one.fault))
            continue
        answers.append(_said(message_id, standing[message_id], address, was_known=address in known))
        known.add(address)
    return answers


def _read(sent: Sent, now: datetime) -> _Read:
    try:
        raw: Raw = checking.parsed(sent.body)
        facts = reading.facts(checking.checked(raw, sent.kind), received_at=now)
    except (Unfit, Park) as fault:
        return _Read(sent, fault=fault)
    return _Read(sent, _name(raw, now), facts)


def read(raw: Raw, kind: str) -> Sequence[Fact]:
    """What a resource says, or nothing where it is at fault."""
    try:
        return reading.facts(checking.checked(raw, kind), received_at=timezone.now())
    except (Unfit, Park):
        return []


def store_unread(body: bytes, *, source: Source) -> None:
    """Keep for staff a Bundle that is none."""
    _store_all([_Read(Sent(body, "Bundle", ""))], source, timezone.now())


def _store_all(several: Sequence[_Read], source: Source, now: datetime) -> list[int]:
    """Store them, committed, and act on each: what fails now the sweep does later."""
    try:
        with transaction.atomic(durable=True):
            ids = [_store(one, source, now) for one in several]
    except sealing.NoKeys:
        raise Refused(503, Issue("exception", "Nothing can be stored here yet: a key is missing.")) from None
    handling.handle_several(message_ids=dict.fromkeys(ids), clock=timezone.now)
    return ids


def _store(one: _Read, source: Source, now: datetime) -> int:
    kind = one.sent.stored_as or f"fhir.{one.sent.kind.lower()}"
    body, control_id = one.sent.body, one.name
    arrived = receiving.store(
        source_id=source.pk, kind=kind, control_id=control_id, body=body, now=now, is_at_hand=True
    )
    return arrived.row_id


def _name(raw: Raw, now: datetime) -> str:
    """Tells one saying of a resource from the next: where it says no version, the same words may be news."""
    held = [entry["resource"] for entry in raw.get("entry") or ()] or [raw]
    metas = [one.get("meta") or {} for one in held]
    if all(meta.get("versionId") or meta.get("lastUpdated") for meta in metas):
        return str(raw.get("id") or "")
    return now.isoformat()


def _refusal(fault: Unfit | Park) -> Answer:
    if isinstance(fault, Unfit):
        return Answer(400, outcome(fault.issues))
    return Answer(422, outcome([_issue(fault.why, fault.where)]))


def _said(message_id: int, status: str, address: str | None, *, was_known: bool) -> Answer:
    """What became of a stored message."""
    if status == MessageStatus.PARKED:
        waiting = Parked.objects.filter(message=message_id, resolution="").order_by("pk")
        issues = [_issue(Why(why), place) for why, place in waiting.values_list("why", "place")]
        kept = Issue("informational", "It is stored. It takes effect when staff have seen to it.")
        return Answer(202, outcome([kept, *issues], severity="warning"))
    if status == MessageStatus.RECEIVED:
        later = Issue("informational", "It is stored, and takes effect in a moment.")
        return Answer(202, outcome([later], severity="information"))
    done = outcome([Issue("informational", "It has taken effect.")], severity="information")
    return Answer(201 if address and not was_known else 200, done, address or "")


def _issue(why: Why, place: str) -> Issue:
    text = _TEXTS.get(why, "This failed here, and is tried again.")
    return Issue(_CODES.get(why, "processing"), text, _PLACES.get(place, place))


def located(several: Sequence[tuple[Sequence[Fact], str]], *, source: Source) -> list[str | None]:
    """Where the first Appointment or Patient of each can be read here; None where it is not kept (yet)."""
    names = [_names(facts, about) for facts, about in several]
    visits = identity.look_up_visits(source=source, keys=[one.visit for one in names])
    patients = identity.patients_of(source=source, ids=[one.person for one in names])
    found = []
    for visit, patient_id in zip(visits, patients, strict=True):
        at_visit = f"{APPOINTMENT.address}/{visit.appointment_id}" if visit and visit.appointment_id else None
        found.append(at_visit or (f"{PATIENT.address}/{patient_id}" if patient_id else None))
    return found


class _Names(NamedTuple):
    visit: Sequence[str] = ()
    person: Sequence[str] = ()


def _names(facts: Sequence[Fact], about: str) -> _Names:
    for fact in facts:
        if about == "Appointment" and isinstance(fact, VisitFact):
            return _Names(visit=fact.keys)
        if about == "Patient" and isinstance(fact, PersonFact | MergeFact):
            person = fact.person if isinstance(fact, PersonFact) else fact.kept
            return _Names(person=person.ids)
    return _Names()
