"""A file of visits into the calendar of one clinic: all of it, or nothing where a row cannot be.

They stand in another calendar: nobody is told of them, and what is over is kept as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic import carrying_over, known, registering, scheduling
from clinic.booking import BookingError, NewBooking
from clinic.carrying_over import BEGUN, Carried
from clinic.known import Names, People, Person
from clinic.models import Appointment, Clinic, Patient, Resource
from clinic.states import FREED, AppointmentStatus
from core import audit, cells, files, importing
from core.importing import FileResource, Report, Row

COLUMNS = (*known.PERSON, "start", "minutes", "visit_type", "provider", "rooms", "status", "because")
NEEDED = ("last_name", "first_name", "start", "visit_type", "provider")
LONGEST_MINUTES = 720
STATUSES = {"": ""} | {value: value for value in AppointmentStatus.values}


@transaction.atomic
def run(
    *, raw: bytes, clinic: Clinic, patients: QuerySet[Patient], by: str, now: datetime, is_trial: bool
) -> Report:
    """Carry the file's visits over into the clinic's calendar; a trial stores nothing. Raises files.BadFile.

    `patients` are those whom the importer may see: a row is about one of them, or about somebody new. Times
    are by the clinic's clocks, unless a row says otherwise.
    """
    importing.begin(is_trial=is_trial)
    rows = files.read(raw, columns=COLUMNS, needed=NEEDED)
    resource = VisitResource(people=People(patients, rows), clinic=clinic, by=by, now=now)
    return importing.run(resource=resource, rows=rows, is_trial=is_trial)


class VisitResource(FileResource):
    """Rows of visits."""

    overtaken = (registering.RegisteringError, BookingError)

    def __init__(self, *, people: People, clinic: Clinic, by: str, now: datetime) -> None:
        super().__init__()
        self.people, self.names, self.clinic, self.by, self.now = people, Names(clinic), clinic, by, now
        self._past = known.Past(clinic)
        self._rooms = known.by_name(Resource.objects.filter(clinic=clinic, active=True).order_by("pk"))
        self._in_file: set[tuple[int, int, datetime]] = set()

    def understand(self, row: Row, cells_of_row: Mapping[str, str]) -> None:
        values = row.values = cells.read(
            cells_of_row,
            {
                **known.readers(self.now.date()),
                "start": partial(cells.moment, zone=self.clinic.zone),
                "minutes": _minutes,
                "visit_type": self.names.visit_type,
                "provider": lambda words: self._provider(cells.name(words, longest=120)),
                "rooms": self._rooms_named,
                "status": partial(cells.one_of, known=STATUSES),
                "because": partial(cells.text, longest=200),
            },
        )
        self._refuse_gone(values)
        if values["status"] in FREED:
            row.why_left_out = _("The visit is off: there is nothing to book.")
            return
        row.about = self.people.find(values)
        if row.about.is_new:
            known.require_words(values)
        if self._key(row) in self._in_file:
            row.why_left_out = _("The same visit stands in a row above.")

    def accept(self, row: Row) -> None:
        super().accept(row)
        self._in_file.add(self._key(row))
        if row.about.is_new:
            row.about.is_new = False
            self.newcomers.append(row)

    def compare(self) -> None:
        """Leave out what is known, and refuse what cannot be booked beside the rest."""
        self._leave_out_known()
        for row in self.accepted:
            self._check_standing(row)
        ahead = [row for row in self.accepted if self._is_ahead(row)]
        bookings = [self._carried(row).booking for row in ahead]
        for row, booking, found in zip(
            ahead, bookings, scheduling.against_all(bookings=bookings), strict=True
        ):
            is_blocked = any(conflict.is_block for conflict in found)
            if is_blocked or (found and not booking.override):
                words = [_(conflict.words) % conflict.values for conflict in found]
                if not is_blocked:
                    words.append(_("Say in the column because why it is booked all the same."))
                self.invalid.append(row.refused(" ".join(words), column="start"))

    def store(self) -> None:
        new = [known.new_patient(row.values) for row in self.newcomers]
        stored = registering.register_all(patients=new, by=self.by, now=self.now)
        for row, patient in zip(self.newcomers, stored, strict=True):
            row.about.patient_id = patient.pk
        visits = [self._carried(row) for row in self.accepted]
        carrying_over.carry_over(visits=visits, clinic_id=self.clinic.pk, by=self.by, now=self.now)
        audit.record(
            actor=self.by,
            verb="appointments.imported",
            obj=self.clinic,
            at=self.now,
            visits=len(visits),
            patients=len(new),
        )

    def _leave_out_known(self) -> None:
        starts = {row.values["start"] for row in self.accepted}
        here = Appointment.objects.filter(clinic=self.clinic, patient__in=self.people.ids())
        # Of two rows the later one says how it stands.
        rows = (
            here.filter(starts_at__in=starts)
            .order_by("pk")
            .values_list("patient", "provider", "starts_at", "status")
        )
        standing = {(patient, provider, at): status for patient, provider, at, status in rows}
        kept = []
        for row in self.accepted:
            status = standing.get((row.about.patient_id, row.values["provider"], row.values["start"]))
            if status is None:
                kept.append(row)
            elif status in FREED:
                self.left_out.append(row.refused(_("This visit was cancelled or moved here.")))
            else:
                self.left_out.append(row.refused(_("This visit is in the calendar already.")))
        self.accepted = kept

    def _check_standing(self, row: Row) -> None:
        status, is_ahead = row.values["status"], self._is_ahead(row)
        if is_ahead and status not in ("", AppointmentStatus.BOOKED):
            reason = _("The visit is still to come: it can only be booked.")
            self.invalid.append(row.refused(reason, column="status"))
        elif is_ahead and not row.about.is_active:
            self.invalid.append(row.refused(_("This patient is not active.")))
        elif not is_ahead and status not in BEGUN:
            reason = _("The visit has begun: say what became of it, arrived, completed or no_show.")
            self.invalid.append(row.refused(reason, column="status"))

    def _is_ahead(self, row: Row) -> bool:
        return bool(row.values["start"] > self.now)

    def _key(self, row: Row) -> tuple[int, int, datetime]:
        return id(row.about), row.values["provider"], row.values["start"]

    def _carried(self, row: Row) -> Carried:
        values, person = row.values, row.about
        minutes = values["minutes"] or self.names.minutes[values["visit_type"]]
        booking = NewBooking(
            clinic_id=self.clinic.pk,
            provider_id=values["provider"],
            patient_id=person.patient_id or _number_of(person),
            visit_type_id=values["visit_type"],
            starts_at=values["start"],
            ends_at=values["start"] + timedelta(minutes=minutes),
            resource_ids=values["rooms"],
            override=values["because"],
        )
        return Carried(booking=booking, status=values["status"] or AppointmentStatus.BOOKED)

    def _provider(self, name: str) -> int | None:
        return self._past.providers.get(name.casefold()) or self.names.provider(name)

    def _refuse_gone(self, values: Mapping[str, Any]) -> None:
        """Whoever and whatever is not there any more was there once: in visits that have begun."""
        if values["start"] <= self.now:
            return
        if values["provider"] in self._past.providers.values():
            raise ValidationError({"provider": _("No provider of this clinic has that name.")})
        if set(values["rooms"]) & set(self._past.rooms.values()):
            raise ValidationError({"rooms": _("No room or equipment of this clinic has that name.")})

    def _rooms_named(self, words: str) -> tuple[int, ...]:
        names = [name.strip() for name in words.split(";")]
        why_not = _("No room or equipment of this clinic has that name.")
        found = {
            self._past.rooms.get(name.casefold()) or known.one_named(self._rooms, name, why_not)
            for name in names
            if name
        }
        return tuple(sorted(found))


def _number_of(person: Person) -> int:
    """Tells somebody who is not on the books yet from all others; no row has it."""
    return -id(person)


def _minutes(words: str) -> int | None:
    if not words:
        return None
    if not words.isascii() or not words.isdigit() or not 1 <= int(words[:9]) <= LONGEST_MINUTES:
        told = {"most": LONGEST_MINUTES}
        raise ValidationError(_("Write a number of minutes, %(most)s at most.") % told)
    return int(words)
