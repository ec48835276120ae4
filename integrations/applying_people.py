"""A patient of another system: found by its names for him or her, never guessed, and kept as it says.

Of each thing that is known of a patient the latest word counts; when it was said is kept with the link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from clinic import consenting, registering
from clinic.models import ConsentChannel, ConsentSource, Patient, Provider
from clinic.registering import NewPatient
from core import phone
from integrations import codes, identity
from integrations.facts import Park, Person, PersonFact, Why
from integrations.hearing import Hearing
from integrations.models import CodeKind, Parked, PersonKey, PersonLink, Resolution, SourceKind

# The stamps of a record that says so, also of somebody who is not on the books (yet).
MARKS = (DEAD, SILENT) = ("dead", "silent")
SILENCED = "The other system says that this patient is not to be contacted."
_LANGUAGES = {"eng": Patient.Language.ENGLISH.value, "spa": Patient.Language.SPANISH.value}
# The longest that their columns take.
_LONGEST_NAME = 80


class MaybeKnown(Park):
    """Somebody on the books may be this person: staff say whether."""

    def __init__(self, *, link_id: int, candidate_id: int) -> None:
        super().__init__(Why.SAME_PERSON, "person")
        self.link_id = link_id
        self.candidate_id = candidate_id


class NotKnown(Park):
    """Nobody has said yet who this person is: whoever does lets what waits go on."""

    def __init__(self, *, link_id: int) -> None:
        super().__init__(Why.UNKNOWN_PATIENT, "person")
        self.link_id = link_id


def apply(*, fact: PersonFact, heard: Hearing) -> None:
    """Keep what is said of a patient. Raises Park.

    A hospital tells HL7 of everybody who ever came; of others than those we know, or whose visit waits for
    this word, we hear with a visit; a death is kept.
    """
    ids = fact.person.ids
    if heard.source.kind == SourceKind.HL7 and not _is_known(ids, heard) and not _is_waited_for(ids, heard):
        _remember(fact.person, fact.said_at, heard)
        return
    know(person=fact.person, said_at=fact.said_at, heard=heard)


def know(*, person: Person, said_at: datetime, heard: Hearing) -> int:
    """The patient's id, with what was said kept; somebody new is registered, without any consent.

    Raises Park where nothing names the person, NotKnown for somebody new without a name, and MaybeKnown.
    """
    if not person.ids:
        raise Park(Why.NO_PATIENT, "person")
    with transaction.atomic():
        link = identity.person(source=heard.source, ids=person.ids, now=heard.now)
        twin = None if link.patient_id or link.is_apart else _twin(person)
        if twin is None and (link.patient_id or _is_named(person, heard)):
            return _keep(link, person, said_at, heard)
    if twin is None:
        raise NotKnown(link_id=link.pk)
    raise MaybeKnown(link_id=link.pk, candidate_id=twin)


def spare(*, person: Person, said_at: datetime, heard: Hearing) -> None:
    """Keep a death or that nobody may write, and nothing else that is said.

    A death is mostly first told of with the end of all that was to come. Of somebody who is not on the books
    it is kept with the record's names, for the day on which a visit comes.
    """
    if not (person.is_dead or person.is_silent) or not person.ids:
        return
    if identity.patient_of(source=heard.source, ids=person.ids) is not None:
        only = Person(ids=person.ids, is_dead=person.is_dead, is_silent=person.is_silent)
        know(person=only, said_at=said_at, heard=heard)
    else:
        _remember(person, said_at, heard)


@transaction.atomic
def _remember(person: Person, said_at: datetime, heard: Hearing) -> None:
    """Mark a record of which no patient of ours is known."""
    said = {DEAD: person.is_dead, SILENT: person.is_silent}
    marks = {mark: _stamp(said_at, heard) for mark in MARKS if said[mark]}
    if marks and person.ids:
        link = identity.person(source=heard.source, ids=person.ids, now=heard.now)
        link.stamps = marks | link.stamps
        link.save(update_fields=["stamps"])


def _is_known(ids: Sequence[str], heard: Hearing) -> bool:
    return bool(ids) and identity.patient_of(source=heard.source, ids=ids) is not None


def _is_waited_for(ids: Sequence[str], heard: Hearing) -> bool:
    names = [identity.named(each) for each in ids]
    keys = PersonKey.objects.filter(source=heard.source, key__in=names)
    waits = Parked.objects.filter(resolution=Resolution.OPEN, why=Why.UNKNOWN_PATIENT)
    links = keys.values("link")
    return waits.filter(Q(person__in=links) | Q(person__merged_into__in=links)).exists()


def _is_named(person: Person, heard: Hearing) -> bool:
    return {"first_name", "last_name"} <= dict(_said(person, heard)).keys()


def _keep(link: PersonLink, person: Person, said_at: datetime, heard: Hearing) -> int:
    stamp = _stamp(said_at, heard)
    said = dict(_said(person, heard))
    fresh = {name: value for name, value in said.items() if link.stamps.get(name, stamp) <= stamp}
    if person.is_dead or DEAD in link.stamps:
        # Whenever it was said: nobody comes back from that by a message that says "active".
        fresh["status"] = Patient.Status.DECEASED.value
    elif link.patient is not None and link.patient.status == Patient.Status.DECEASED:
        fresh.pop("status", None)
    if link.patient is None:
        link.patient = _register(fresh, heard)
    else:
        _update(link.patient, fresh, heard)
    if person.is_silent and link.stamps.get(SILENT, stamp) <= stamp:
        silence(link.patient.pk, heard)
        link.stamps[SILENT] = stamp
    elif SILENT in link.stamps and "last_name" not in link.stamps:
        # Said before anybody knew who it is.
        silence(link.patient.pk, heard)
    link.stamps |= dict.fromkeys(fresh, stamp)
    link.changed_at = heard.now
    link.save(update_fields=["patient", "stamps", "changed_at"])
    return link.patient.pk


def _stamp(said_at: datetime, heard: Hearing) -> list[Any]:
    return [said_at.astimezone(UTC).isoformat(timespec="microseconds"), heard.arrival]


def _register(said: dict[str, Any], heard: Hearing) -> Patient:
    return registering.register(patient=NewPatient(**said), by=heard.by, now=heard.now)


def _update(patient: Patient, said: dict[str, Any], heard: Hearing) -> None:
    changes = {name: value for name, value in said.items() if getattr(patient, name) != value}
    if changes:
        registering.update(patient_id=patient.pk, changes=changes, by=heard.by, now=heard.now)


def silence(patient_id: int, heard: Hearing) -> None:
    """The patient agrees to nothing any more, by whatever channel."""
    for channel in ConsentChannel.values:
        if consenting.standing(patient_id=patient_id, channel=channel) is not None:
            word = consenting.Word(channel=channel, given=False, source=ConsentSource.API, words=SILENCED)
            consenting.record(patient_id=patient_id, word=word, by=heard.by, now=heard.now)


def _twin(person: Person) -> int | None:
    """Somebody on the books with this name, date of birth and phone."""
    number = _phone(person.phone or "")
    if not number or person.date_of_birth is None:
        return None
    there = Patient.objects.filter(phone=number, date_of_birth=person.date_of_birth).order_by("pk")
    name = _folded(person.first_name, person.last_name)
    return next((one.pk for one in there if _folded(one.first_name, one.last_name) == name), None)


def _folded(*names: str | None) -> str:
    return " ".join(" ".join(names_of.split()) for names_of in names if names_of).casefold()


def _said(person: Person, heard: Hearing) -> Iterator[tuple[str, Any]]:
    """What was said, as our columns keep it."""
    for name in ("first_name", "last_name"):
        words = (getattr(person, name) or "").replace("\x00", "").strip()
        if words:
            yield name, words[:_LONGEST_NAME]
    if person.date_of_birth is not None and _is_possible(person.date_of_birth, heard.now):
        yield "date_of_birth", person.date_of_birth
    # A number that cannot be one: whoever has the old one by now must not be texted.
    if person.phone is not None:
        yield "phone", _phone(person.phone)
    if person.email is not None:
        yield "email", _email(person.email)
    language = _LANGUAGES.get((person.language or "").lower(), (person.language or "")[:2].lower())
    if language in Patient.Language.values:
        yield "language", language
    status = _status(person)
    if status:
        yield "status", status
    if person.primary_provider is not None:
        code = person.primary_provider
        found = codes.known(source=heard.source, kind=CodeKind.PROVIDER, code=code)
        if found is not None:
            yield "primary_provider", Provider.objects.get(pk=found)


def _status(person: Person) -> str:
    if person.is_dead:
        return Patient.Status.DECEASED.value
    if person.is_active is None:
        return ""
    return Patient.Status.ACTIVE.value if person.is_active else Patient.Status.INACTIVE.value


def _is_possible(born: date, now: datetime) -> bool:
    return born <= now.date()


def _phone(number: str) -> str:
    try:
        return phone.normalise(number) if number.strip() else ""
    except ValidationError:
        return ""


def _email(address: str) -> str:
    plain = address.strip().lower()
    try:
        validate_email(plain)
    except ValidationError:
        return ""
    return plain if len(plain) <= 254 else ""
