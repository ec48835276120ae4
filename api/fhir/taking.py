"""What programs say of their calendar: stored before anything else, then acted on while they wait.

What cannot be read, or cannot be acted on whatever staff do, is refused; what only lacks a word of staff is
accepted. In either case staff have it as it came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


def take(body: bytes, kind: str, *, source: Source, about: str) -> Answer:
    """Store a resource of this kind, or a Bundle, act on it, and say what became of its first `about`.

    Raises django.db.Error where it could not be stored.
    """
    now = timezone.now()
    try:
        raw: Raw = checking.parsed(body)
        facts = reading.facts(checking.checked(raw, kind), received_at=now)
    except (Unfit, Park) as fault:
        _store(body, kind, "", source, now)
        return _refusal(fault)
    was_known = located(facts, about, source=source) is not None
    message_id = _store(body, kind, _name(raw, now), source, now)
    return _said(message_id, located(facts, about, source=source), was_known=was_known)


def read(raw: Raw, kind: str) -> Sequence[Fact]:
    """What a resource says, or nothing where it is at fault."""
    try:
        return reading.facts(checking.checked(raw, kind), received_at=timezone.now())
    except (Unfit, Park):
        return []


def store_unread(body: bytes, *, source: Source) -> None:
    """Keep for staff a Bundle that is none."""
    _store(body, "Bundle", "", source, timezone.now())


def _store(body: bytes, kind: str, control_id: str, source: Source, now: datetime) -> int:
    """Store it, committed, and act on it: what fails now the sweep does later."""
    name = f"fhir.{kind.lower()}"
    try:
        arrived = receiving.receive(source_id=source.pk, kind=name, control_id=control_id, body=body, now=now)
    except sealing.NoKeys:
        raise Refused(503, Issue("exception", "Nothing can be stored here yet: a key is missing.")) from None
    handling.handle_several(message_ids=[arrived.row_id], clock=timezone.now)
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


def _said(message_id: int, address: str | None, *, was_known: bool) -> Answer:
    """What became of a stored message."""
    status = FeedMessage.objects.values_list("status", flat=True).get(pk=message_id)
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


def located(facts: Sequence[Fact], about: str, *, source: Source) -> str | None:
    """Where the first Appointment or Patient of these can be read here; None where it is not kept (yet)."""
    for fact in facts:
        if about == "Appointment" and isinstance(fact, VisitFact):
            link = identity.look_up_visit(source=source, keys=fact.keys)
            return f"{APPOINTMENT.address}/{link.appointment_id}" if link and link.appointment_id else None
        if about == "Patient" and isinstance(fact, PersonFact | MergeFact):
            person = fact.person if isinstance(fact, PersonFact) else fact.kept
            patient_id = identity.patient_of(source=source, ids=person.ids)
            return f"{PATIENT.address}/{patient_id}" if patient_id else None
    return None
