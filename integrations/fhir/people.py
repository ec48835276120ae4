"""A Patient of FHIR as what the house knows of somebody. Pure: no Django."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from integrations.facts import Code, Fact, MergeFact, Park, Person, PersonFact, Why
from integrations.fhir import references
from integrations.fhir.references import Found, Surroundings

_NAME_USES = ("official", "usual", None, "temp", "nickname")
# A text reaches a pocket, not a kitchen: what is carried about goes before what hangs on a wall.
_PHONE_USES = ("mobile", "home", None, "temp", "work")
_MAIL_USES = ("home", None, "mobile", "work", "temp")
_UNRANKED = 1_000_000
DOCTORS = ("Practitioner", "PractitionerRole")


def facts(patient: Any, *, said_at: datetime, around: Surroundings) -> list[Fact]:
    """What a Patient says: how somebody is, and which records are no more. Raises Park."""
    ids = references.names_of(patient, at=said_at)
    person = _person(patient, ids, at=said_at, around=around)
    if not person.ids:
        raise Park(Why.NO_KEY, "Patient.identifier")
    replaced, merges = None, []
    for number, link in enumerate(patient.link or ()):
        other = around.find(link.other, at=said_at)
        if link.type not in ("replaced-by", "replaces") or other.kind not in ("", "Patient"):
            continue
        if not other.keys:
            raise Park(Why.NO_KEY, f"Patient.link[{number}].other")
        if link.type == "replaces":
            merges.append(MergeFact(said_at=said_at, gone=other.keys, kept=person))
        elif replaced is None or replaced.kept.ids == other.keys:
            replaced = MergeFact(said_at=said_at, gone=person.ids, kept=Person(ids=other.keys))
        else:
            raise Park(Why.CONTRADICTION, "Patient.link")
    # A record that is replaced says nothing more of anybody: mostly it is only called inactive.
    return [replaced] if replaced is not None else [PersonFact(said_at=said_at, person=person), *merges]


def person(found: Found, *, at: datetime, around: Surroundings) -> Person:
    """Somebody a visit refers to: all that is said where the Patient is at hand, else whose record it is."""
    if found.resource is not None:
        return _person(found.resource, found.keys, at=at, around=around)
    return Person(ids=found.keys)


def _person(patient: Any, ids: tuple[str, ...], *, at: datetime, around: Surroundings) -> Person:
    name = _name(patient.name or (), at)
    return Person(
        ids=ids,
        first_name=next((given for given in name.given or () if given), None) if name else None,
        last_name=name.family if name else None,
        date_of_birth=_birthday(patient.birthDate),
        phone=_reached(patient.telecom or (), ("phone", "sms"), _PHONE_USES, at),
        email=_reached(patient.telecom or (), ("email",), _MAIL_USES, at),
        language=_language(patient.communication or ()),
        is_active=patient.active,
        is_dead=bool(patient.deceasedBoolean) or patient.deceasedDateTime is not None,
        primary_provider=_doctor(patient.generalPractitioner or (), at, around),
    )


def _name(names: Any, at: datetime) -> Any:
    """The name somebody goes by: not an old one, a maiden name or none at all."""
    used = [name for name in names if name.use in _NAME_USES and references.holds(name.period, at)]
    said = [name for name in used if name.family or name.given]
    return min(said, key=lambda name: _NAME_USES.index(name.use), default=None)


def _birthday(birth: Any) -> date | None:
    """A whole date; of a year or a month alone nobody can say the day."""
    return birth if isinstance(birth, date) and not isinstance(birth, datetime) else None


def _reached(
    telecom: Any, systems: tuple[str, ...], uses: tuple[str | None, ...], at: datetime
) -> str | None:
    """The number or address to write to: in use today, by its use, then as the patient ranks them."""
    known = [point for point in telecom if point.system in systems and point.use in uses and point.value]
    used = [point for point in known if references.holds(point.period, at)]

    def place(point: Any) -> tuple[bool, int, int]:
        pocket = point.system == "sms" or point.use == "mobile"
        return (not pocket and "sms" in systems, point.rank or _UNRANKED, uses.index(point.use))

    best = min(used, key=place, default=None)
    return str(best.value).strip() or None if best is not None else None


def _language(spoken: Any) -> str | None:
    """The language to write in, as its two or three letters."""
    ordered = sorted(spoken, key=lambda one: not one.preferred)
    codes = (references.coded(one.language) for one in ordered)
    tags = (code.value.split("-")[0].lower() for code in codes if code is not None)
    return next((tag for tag in tags if tag.isalpha() and len(tag) in (2, 3)), None)


def _doctor(doctors: Any, at: datetime, around: Surroundings) -> Code | None:
    found = (around.find(doctor, at=at) for doctor in doctors)
    return next((references.code_of(one) for one in found if one.kind in DOCTORS and one.keys), None)
