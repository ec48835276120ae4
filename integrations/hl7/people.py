"""Who a message is about: PID, PD1 and MRG. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime

from integrations.facts import Code, MergeFact, Park, Person, PersonFact, Why
from integrations.hl7.tokens import Message, Segment

# Kinds of identifier (table 0203) that are not the record of a patient: of a visit, an account or the state.
_NOT_OF_A_RECORD = frozenset({"AN", "VN", "AM", "DL", "SS", "PPN", "TAX", "MC", "MA", "HC", "NI", "CZ", "BC"})
_SUREST = ("MR", "PI", "PT", "")
# Uses and equipment (tables 0201 and 0202) by which nobody is texted.
_NOT_THEIRS = frozenset({"WPN", "EMR", "ASN", "BPN", "VHN"})
_NO_PHONE = frozenset({"FX", "MD", "BP", "TDD", "TTY", "SAT"})
_MOBILE = frozenset({"CP", "PRS"})
_LANGUAGES = {
    **dict.fromkeys(("en", "eng", "english"), "en"),
    **dict.fromkeys(("es", "spa", "sp", "spanish", "español", "espanol"), "es"),
}
_YES = frozenset({"Y", "YES", "T", "TRUE", "1"})
# "No publicity" and the immunization registries' "no reminder".
_NO_PUBLICITY = frozenset({"N", "01"})
_NICKNAMES = frozenset({"A", "N", "M", "S"})


def person(message: Message) -> Person | None:
    """The patient; None where there is no PID. Raises Park where there are several, or one without an id."""
    found = message.all("PID")
    if not found:
        return None
    if len(found) > 1:
        raise Park(Why.UNSUPPORTED, "PID")
    return _person(found[0], message.first("PD1"))


def updated(message: Message, *, said_at: datetime) -> PersonFact:
    """Of A08 and A31. Raises Park where nobody is named."""
    found = person(message)
    if found is None:
        raise Park(Why.NO_PATIENT, "PID")
    return PersonFact(said_at=said_at, person=found)


def merged(message: Message, *, said_at: datetime) -> list[MergeFact]:
    """Of A40: each pair of PID and MRG. Raises Park where half of one lacks, or both are one record."""
    facts: list[MergeFact] = []
    kept: Person | None = None
    details: Segment | None = None
    for segment in reversed(message.segments):
        if segment.name == "MRG":
            details = segment
        elif segment.name == "PID" and details is None:
            raise Park(Why.NO_PATIENT, "MRG-1")
        elif segment.name == "PID" and details is not None:
            kept, gone = _person(segment, None), _ids(details, 1)
            if not gone:
                raise Park(Why.NO_PATIENT, "MRG-1")
            if set(gone) & set(kept.ids):
                raise Park(Why.CONTRADICTION, "MRG-1")
            facts.append(MergeFact(said_at=said_at, gone=gone, kept=kept))
            details = None
    if not facts:
        raise Park(Why.NO_PATIENT, "PID")
    return facts[::-1]


def _person(patient: Segment, additional: Segment | None) -> Person:
    ids = _ids(patient, 3) or _ids(patient, 2)
    if not ids:
        raise Park(Why.NO_PATIENT, "PID-3")
    last_name, first_name = _name(patient)
    phone, email = _reached_at(patient)
    is_dead = patient.part(30).upper() in _YES or bool(patient.part(29))
    protected = additional is not None and (
        additional.part(12).upper() in _YES or additional.part(11).upper() in _NO_PUBLICITY
    )
    return Person(
        ids=ids,
        first_name=first_name,
        last_name=last_name,
        date_of_birth=_day(patient.part(7)),
        phone=phone,
        email=email,
        language=_language(patient),
        is_dead=is_dead,
        is_silent=is_dead or protected,
        primary_provider=clinician(additional, 4) if additional is not None else None,
    )


def _ids(segment: Segment, field: int) -> tuple[str, ...]:
    """Each identifier with its assigning authority, the record number first."""
    found: list[tuple[str, str]] = []
    for of in segment.repetitions(field):
        number, kind = segment.part(field, 1, of=of), segment.part(field, 5, of=of).upper()
        authority = segment.part(field, 4, of=of) or segment.part(field, 4, of=of, sub=2)
        if number and kind not in _NOT_OF_A_RECORD:
            found.append((kind, f"{number}^{authority}" if authority else number))
    found.sort(key=lambda each: _SUREST.index(each[0]) if each[0] in _SUREST else len(_SUREST))
    return tuple(dict.fromkeys(number for _, number in found))


def _name(patient: Segment) -> tuple[str | None, str | None]:
    """Family and given name: the legal one, else the first that is no alias."""
    of = next((of for of in patient.repetitions(5) if patient.part(5, 7, of=of).upper() == "L"), 0) or next(
        (of for of in patient.repetitions(5) if patient.part(5, 7, of=of).upper() not in _NICKNAMES), 1
    )
    return patient.part(5, 1, of=of) or None, patient.part(5, 2, of=of) or None


def _reached_at(patient: Segment) -> tuple[str | None, str | None]:
    """A phone, the mobile one if it is told apart, and an e-mail address; "" where they are taken away.

    Whoever has a number by now that its owner gave up must not be texted.
    """
    nothing = "" if patient.is_null(13) else None
    mobile = phone = email = None
    for field in (13, 40):
        for of in patient.repetitions(field):
            number, use, kind, address = (patient.part(field, part, of=of) for part in (1, 2, 3, 4))
            if "@" in (address or number):
                email = email or address or number
            elif use.upper() not in _NOT_THEIRS and kind.upper() not in _NO_PHONE:
                number = _number(patient, field, of) or number
                phone = phone or number or None
                if kind.upper() in _MOBILE or use.upper() in _MOBILE:
                    mobile = mobile or number or None
    return mobile or phone or nothing, email or nothing


def _number(patient: Segment, field: int, of: int) -> str:
    """The number of the parts of its own that newer versions have; "" where they are not used."""
    country, area, local, whole = (patient.part(field, part, of=of) for part in (5, 6, 7, 12))
    if whole:
        return whole
    if not local:
        return ""
    return f"+{country.lstrip('+')} {area} {local}" if country else f"{area} {local}".strip()


def _day(text: str) -> date | None:
    """A date of birth that is said to the day and exists."""
    match = re.match(r"(\d{4})(\d\d)(\d\d)(?:\d{2,6}.*)?$", text, re.ASCII)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _language(patient: Segment) -> str | None:
    """As two letters where we know the language, else the source's own code."""
    code, text = patient.part(15).lower(), patient.part(15, 2).lower()
    code_alone = re.split(r"[-_]", code)[0]
    return _LANGUAGES.get(code_alone) or _LANGUAGES.get(text) or code or None


def clinician(segment: Segment, field: int) -> Code | None:
    """The first person of a field of names that has an id."""
    for of in segment.repetitions(field):
        number = segment.part(field, 1, of=of)
        if number:
            names = (segment.part(field, 2, of=of), segment.part(field, 3, of=of))
            system = segment.part(field, 9, of=of)
            return Code(value=number, text=", ".join(filter(None, names)), system=system)
    return None
