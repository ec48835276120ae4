"""Who and what an imported row means: looked up once for the whole file, never once a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from clinic.models import Clinic, ConsentSource, Patient, Provider, Resource, VisitType
from clinic.registering import NewPatient
from core import cells

# The columns that say who somebody is, in every file.
PERSON = (
    "last_name",
    "first_name",
    "date_of_birth",
    "phone",
    "email",
    "language",
    "consent",
    "consent_words",
)


@dataclass(kw_only=True)
class Person:
    """Somebody whom rows are about; `is_new` until a row has put them on the books."""

    phone: str
    email: str
    date_of_birth: date | None
    patient_id: int | None = None
    is_new: bool = True
    is_active: bool = True

    def may_be(self, other: Person) -> bool:
        """Of two with one name: something else is the same, and nothing that both say contradicts it.

        A parent and a child may share name and phone, and differ in the day of birth.
        """
        both_born = self.date_of_birth is not None and other.date_of_birth is not None
        if both_born and self.date_of_birth != other.date_of_birth:
            return False
        same_phone = self.phone != "" and self.phone == other.phone
        same_email = self.email != "" and self.email == other.email
        return both_born or same_phone or same_email


class People:
    """Whoever of the patients has a name of the file."""

    def __init__(self, patients: QuerySet[Patient], dataset: tablib.Dataset) -> None:
        names = zip(dataset["first_name"], dataset["last_name"], strict=True)
        wanted = {_key(first, last) for first, last in names}
        self._people: dict[tuple[str, str], list[Person]] = {}
        named = patients.annotate(lowered=Lower("last_name")).filter(lowered__in={last for _, last in wanted})
        for patient in named.order_by("pk").iterator():
            key = _key(patient.first_name, patient.last_name)
            if key in wanted:
                self._people.setdefault(key, []).append(_of(patient))

    def ids(self) -> list[int]:
        """The patients among them who are on the books."""
        known = (one.patient_id for people in self._people.values() for one in people)
        return [pk for pk in known if pk is not None]

    def find(self, values: dict[str, Any]) -> Person:
        """Whom a row is about: somebody known, of a row above, or new. Raises ValidationError."""
        said = Person(phone=values["phone"], email=values["email"], date_of_birth=values["date_of_birth"])
        if not (said.phone or said.email or said.date_of_birth):
            raise ValidationError(_("Give a phone, an e-mail address or the date of birth."))
        people = self._people.setdefault(_key(values["first_name"], values["last_name"]), [])
        fitting = [person for person in people if person.may_be(said)]
        if len(fitting) > 1:
            raise ValidationError(_("Several patients fit: give the date of birth."))
        if fitting:
            return fitting[0]
        people.append(said)
        return said


class Names:
    """The clinic's providers and the visit types, by what they are called."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        kinds = list(VisitType.objects.order_by("pk"))
        self._visit_types = by_name(kinds)
        self.minutes = {kind.pk: kind.duration_minutes for kind in kinds}
        providers = list(Provider.objects.filter(clinics=clinic, active=True).order_by("pk"))
        self._providers = by_name(providers)
        self._by_id: dict[int | None, Provider] = {provider.pk: provider for provider in providers}
        self._elsewhere: dict[str, list[int]] | None = None

    def visit_type(self, name: str) -> int:
        """The visit type of that name. Raises ValidationError."""
        return one_named(self._visit_types, name, _("There is no such visit type."))

    def provider(self, name: str) -> int | None:
        """The clinic's provider of that name; "" is any. Raises ValidationError."""
        why_not = _("No provider of this clinic has that name.")
        return one_named(self._providers, name, why_not) if name else None

    def doctor(self, name: str) -> int | None:
        """`provider`, else one of any clinic: patients of several clinics go out in one file.

        Who has left is among them, so that the file can come in again.
        """
        if not name or name.casefold() in self._providers:
            return self.provider(name)
        if self._elsewhere is None:
            others = list(
                Provider.objects.exclude(pk__in=[one.pk for one in self._by_id.values()]).order_by("pk")
            )
            self._by_id |= {provider.pk: provider for provider in others}
            self._elsewhere = by_name(others)
        return one_named(self._elsewhere, name, _("No provider has that name."))

    def provider_of(self, pk: int | None) -> Provider | None:
        """The row of one that `provider` has found."""
        return self._by_id.get(pk)


class Past:
    """The clinic's providers and rooms that are not there any more, by names that nobody there has now."""

    def __init__(self, clinic: Clinic) -> None:
        self.providers = _gone(Provider.objects.filter(clinics=clinic))
        self.rooms = _gone(Resource.objects.filter(clinic=clinic))


def _gone(rows: QuerySet[Any]) -> dict[str, int]:
    named = [(row.name.casefold(), row) for row in rows.order_by("pk")]
    there = {name for name, row in named if row.active}
    return {name: row.pk for name, row in named if name not in there}


def readers(today: date) -> dict[str, Callable[[str], Any]]:
    """What the cells of PERSON mean."""
    return {
        "last_name": cells.name,
        "first_name": cells.name,
        "date_of_birth": partial(cells.birthday, today=today),
        "phone": cells.number,
        "email": cells.email,
        "language": cells.language,
        "consent": cells.flag,
        "consent_words": str,
    }


def require_words(values: dict[str, Any]) -> None:
    """Nobody has agreed to be texted because a file says no more than yes. Raises ValidationError."""
    if values["consent"] and not values["consent_words"]:
        words = _("Say how the patient agreed: in which words, or on which form and when.")
        raise ValidationError({"consent_words": words})


def new_patient(values: dict[str, Any], **more: Any) -> NewPatient:
    """The row's person, for registering; without consent in the file there is none."""
    names = ("first_name", "last_name", "date_of_birth", "phone", "email", "language")
    return NewPatient(
        **{name: values[name] for name in names},
        sms_consent=values["consent"],
        consent_words=values["consent_words"] if values["consent"] else "",
        consent_source=ConsentSource.IMPORT,
        **more,
    )


def one_named(names: dict[str, list[int]], name: str, why_not: str) -> int:
    """The id of the one that has the name. Raises ValidationError."""
    found = names.get(name.casefold(), [])
    if len(found) > 1:
        raise ValidationError(_("Several have that name."))
    if not found:
        raise ValidationError(why_not)
    return found[0]


def by_name(rows: Iterable[Any]) -> dict[str, list[int]]:
    """The ids of the rows by their names, whatever their case."""
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.name.casefold(), []).append(row.pk)
    return found


def _key(first: str, last: str) -> tuple[str, str]:
    return (" ".join(first.split()).casefold(), " ".join(last.split()).casefold())


def _of(patient: Patient) -> Person:
    return Person(
        phone=patient.phone,
        email=patient.email,
        date_of_birth=patient.date_of_birth,
        patient_id=patient.pk,
        is_new=False,
        is_active=patient.status == Patient.Status.ACTIVE,
    )
