"""A file of patients onto the waitlist of one clinic: all of it, or nothing where a row cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic import known, registering
from clinic.known import Names, People, Person
from clinic.models import Appointment, Clinic, Patient
from core import audit, cells, files, importing
from core.importing import FileResource, Report, Row
from waitlist import joining, wish_cells
from waitlist.joining import Wish
from waitlist.models import WaitlistEntry
from waitlist.states import EntryStatus

COLUMNS = (
    *known.PERSON,
    "visit_type",
    "provider",
    "provider_type",
    "urgent",
    "notice_minutes",
    "available",
    "joined",
    "expires",
    "boost",
    "boost_reason",
    "current_visit",
    "status",
)
NEEDED = ("last_name", "first_name", "visit_type")
STATUSES = {"": EntryStatus.WAITING.value} | {value: value for value in EntryStatus.values}
IN_LINE = (EntryStatus.WAITING, EntryStatus.PAUSED)
SAID_IN_A_FILE = "Imported: the file says that the patient agreed to be texted."


@transaction.atomic
def run(
    *, raw: bytes, clinic: Clinic, patients: QuerySet[Patient], by: str, now: datetime, is_trial: bool
) -> Report:
    """Put the file's rows on the clinic's list; a trial stores nothing. Raises files.BadFile.

    `patients` are those whom the importer may see: a row is taken for one of them, or for somebody new.
    """
    importing.begin(is_trial=is_trial)
    rows = files.read(raw, columns=COLUMNS, needed=NEEDED)
    line = Line(clinic, People(patients, rows))
    return importing.run(resource=WaitlistResource(line=line, by=by, now=now), rows=rows, is_trial=is_trial)


class Line:
    """Who waits at the clinic, and whom the rows above have put there."""

    def __init__(self, clinic: Clinic, people: People) -> None:
        self.clinic, self.people = clinic, people
        waiting = WaitlistEntry.objects.in_line().filter(clinic=clinic, patient__in=people.ids())
        rows = waiting.order_by("pk").values_list("patient_id", "visit_type_id")
        self._waiting: set[tuple[int | None, int]] = set(rows)
        visits = Appointment.objects.active().filter(clinic=clinic, patient__in=people.ids())
        starts = visits.order_by("pk").values_list("patient_id", "starts_at", "pk")
        self._visits: dict[tuple[int | None, datetime | None], int] = {
            (patient_id, starts_at): pk for patient_id, starts_at, pk in starts
        }
        # By the person itself, who in a trial has no number yet.
        self._in_file: set[tuple[int, int]] = set()

    def why_waiting(self, person: Person, visit_type: int) -> str:
        """Why a row is left out; "" where it is not."""
        if (id(person), visit_type) in self._in_file:
            return _("The same patient and visit type stand in a row above.")
        is_waiting = person.patient_id is not None and (person.patient_id, visit_type) in self._waiting
        return _("This patient waits for that visit already.") if is_waiting else ""

    def visit_of(self, person: Person, starts_at: datetime | None) -> int | None:
        """The later visit at this clinic that the patient would give up."""
        return self._visits.get((person.patient_id, starts_at))

    def waits_now(self, person: Person, visit_type: int) -> None:
        """A row has put them on the list."""
        self._in_file.add((id(person), visit_type))


class WaitlistResource(FileResource):
    """Rows of a waitlist."""

    overtaken = (joining.JoiningError, registering.RegisteringError)

    def __init__(self, *, line: Line, by: str, now: datetime) -> None:
        super().__init__()
        self.line, self.names, self.by, self.now = line, Names(line.clinic), by, now

    def understand(self, row: Row, cells_of_row: Mapping[str, str]) -> None:
        row.values = cells.read(
            cells_of_row,
            {
                **known.readers(self.now.date()),
                "visit_type": self.names.visit_type,
                "provider": self.names.provider,
                "provider_type": partial(cells.text, longest=60),
                "urgent": cells.flag,
                "notice_minutes": wish_cells.minutes,
                "available": wish_cells.windows,
                "joined": partial(wish_cells.joined_at, zone=self.line.clinic.zone, now=self.now),
                "expires": partial(wish_cells.moment_or_none, zone=self.line.clinic.zone),
                "boost": wish_cells.boost,
                "boost_reason": partial(cells.text, longest=200),
                "current_visit": partial(wish_cells.moment_or_none, zone=self.line.clinic.zone),
                "status": partial(cells.one_of, known=STATUSES),
            },
        )
        if row.values["status"] not in IN_LINE:
            row.why_left_out = _("Whoever this row is about waits no longer.")
            return
        wish_cells.check(row.values, now=self.now)
        person = row.about = self.line.people.find(row.values)
        if not person.is_active:
            raise ValidationError(_("This patient is not active."))
        if person.is_new and not (person.phone or person.email):
            raise ValidationError(
                _("Nobody known has that name and date of birth: give a phone or an e-mail address.")
            )
        row.why_left_out = self.line.why_waiting(person, row.values["visit_type"])
        starts_at = row.values["current_visit"]
        if starts_at is not None and not row.why_left_out and self.line.visit_of(person, starts_at) is None:
            reason = _("This patient has no visit then: import the appointments first.")
            raise ValidationError({"current_visit": reason})

    def accept(self, row: Row) -> None:
        super().accept(row)
        if row.about.is_new:
            row.about.is_new = False
            self.newcomers.append(row)
        self.line.waits_now(row.about, row.values["visit_type"])

    def store(self) -> None:
        """Register whoever is new, and put all on the list."""
        new = [known.new_patient(_with_words(row.values)) for row in self.newcomers]
        stored = registering.register_all(patients=new, by=self.by, now=self.now)
        for row, patient in zip(self.newcomers, stored, strict=True):
            row.about.patient_id = patient.pk
        wishes = [self._wish(row.about, row.values) for row in self.accepted]
        joining.put_all(wishes=wishes, by=self.by, now=self.now)
        audit.record(
            actor=self.by,
            verb="waitlist.imported",
            obj=self.line.clinic,
            at=self.now,
            entries=len(wishes),
            patients=len(new),
        )

    def _wish(self, person: Person, values: dict[str, Any]) -> Wish:
        return Wish(
            patient_id=person.patient_id or 0,
            clinic_id=self.line.clinic.pk,
            visit_type_id=values["visit_type"],
            provider_id=values["provider"],
            provider_type=values["provider_type"],
            urgent=values["urgent"],
            min_notice_minutes=values["notice_minutes"],
            availability=values["available"],
            joined_at=values["joined"],
            expires_at=values["expires"],
            manual_boost=values["boost"],
            boost_reason=values["boost_reason"],
            current_appointment_id=self.line.visit_of(person, values["current_visit"]),
            is_paused=values["status"] == EntryStatus.PAUSED,
        )


def _with_words(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "consent_words": values["consent_words"] or SAID_IN_A_FILE}
