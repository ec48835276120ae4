"""Who and what an imported row means: looked up once for the whole file, never once a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from clinic.models import Clinic, Patient, Provider, VisitType
from waitlist.models import WaitlistEntry


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


class Known:
    """The clinic's providers, the visit types, and whoever of the patients has a name of the file."""

    def __init__(self, clinic: Clinic, patients: QuerySet[Patient], dataset: tablib.Dataset) -> None:
        self.clinic = clinic
        self._visit_types = _by_name(VisitType.objects.order_by("pk"))
        self._providers = _by_name(Provider.objects.filter(clinics=clinic, active=True).order_by("pk"))
        wanted = {_key(row["first_name"], row["last_name"]) for row in dataset.dict}
        self._people: dict[tuple[str, str], list[Person]] = {}
        named = patients.annotate(lowered=Lower("last_name")).filter(lowered__in={last for _, last in wanted})
        for patient in named.order_by("pk"):
            key = _key(patient.first_name, patient.last_name)
            if key in wanted:
                self._people.setdefault(key, []).append(_of(patient))
        ids = [one.patient_id for people in self._people.values() for one in people]
        waiting = WaitlistEntry.objects.in_line().filter(clinic=clinic, patient__in=ids).order_by("pk")
        self._waiting: set[tuple[int | None, int]] = set(waiting.values_list("patient_id", "visit_type_id"))
        # By the person itself, who in a trial has no number yet.
        self._in_file: set[tuple[int, int]] = set()

    def visit_type(self, name: str) -> int:
        """The visit type of that name. Raises ValidationError."""
        return _found(self._visit_types, name, _("There is no such visit type."))

    def provider(self, name: str) -> int | None:
        """The clinic's provider of that name; "" is any. Raises ValidationError."""
        return _found(self._providers, name, _("No provider of this clinic has that name.")) if name else None

    def person(self, values: dict[str, Any]) -> Person:
        """Whom a row is about: somebody known, of a row above, or new. Raises ValidationError."""
        said = Person(phone=values["phone"], email=values["email"], date_of_birth=values["date_of_birth"])
        if not (said.phone or said.email or said.date_of_birth):
            raise ValidationError(_("Give a phone, an e-mail address or the date of birth."))
        people = self._people.setdefault(_key(values["first_name"], values["last_name"]), [])
        fitting = [person for person in people if person.may_be(said)]
        if len(fitting) > 1:
            raise ValidationError(_("Several patients fit: give the date of birth."))
        if fitting and not fitting[0].is_active:
            raise ValidationError(_("This patient is not active."))
        if fitting:
            return fitting[0]
        if not (said.phone or said.email):
            raise ValidationError(
                _("Nobody known has that name and date of birth: give a phone or an e-mail address.")
            )
        people.append(said)
        return said

    def why_waiting(self, person: Person, visit_type: int) -> str:
        """Why a row is left out; "" where it is not."""
        if (id(person), visit_type) in self._in_file:
            return _("The same patient and visit type stand in a row above.")
        is_waiting = person.patient_id is not None and (person.patient_id, visit_type) in self._waiting
        return _("This patient waits for that visit already.") if is_waiting else ""

    def waits_now(self, person: Person, visit_type: int) -> None:
        """A row has put them on the list."""
        self._in_file.add((id(person), visit_type))


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


def _by_name(rows: Iterable[Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.name.casefold(), []).append(row.pk)
    return found


def _found(names: dict[str, list[int]], name: str, why_not: str) -> int:
    found = names.get(name.casefold(), [])
    if len(found) > 1:
        raise ValidationError(_("Several have that name."))
    if not found:
        raise ValidationError(why_not)
    return found[0]
