"""A file of patients onto the books: all of it, or nothing where a row cannot be. Who is known stays so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic import consenting, known, registering
from clinic.consenting import Word
from clinic.known import Names, People
from clinic.models import Clinic, ConsentChannel, ConsentSource, Patient
from clinic.models.clinic import validate_zone
from core import audit, cells, files, importing
from core.channels import Channel
from core.importing import FileResource, Report, Row

# In each the words in which the patient agreed to that channel too; of texts known.PERSON says it.
AGREED = {f"agreed_{channel}": channel for channel in ConsentChannel.values if channel != ConsentChannel.SMS}
COLUMNS = (
    *known.PERSON,
    "status",
    "preferred_channel",
    "timezone",
    "primary_provider",
    "under_guardian",
    "birthday_greetings",
    *AGREED,
)
NEEDED = ("last_name", "first_name")
STATUSES = {"": Patient.Status.ACTIVE.value} | {value: value for value in Patient.Status.values}
CHANNELS = {"": Channel.SMS.value} | {value: value for value in Channel.values}


@transaction.atomic
def run(
    *, raw: bytes, clinic: Clinic, patients: QuerySet[Patient], by: str, now: datetime, is_trial: bool
) -> Report:
    """Register the file's patients; a trial stores nothing. Raises files.BadFile.

    `patients` are those whom the importer may see: whoever is among them is left out. A primary provider is
    one of `clinic`, else of any other.
    """
    importing.begin(is_trial=is_trial)
    rows = files.read(raw, columns=COLUMNS, needed=NEEDED)
    resource = PatientResource(people=People(patients, rows), clinic=clinic, by=by, now=now)
    return importing.run(resource=resource, rows=rows, is_trial=is_trial)


class PatientResource(FileResource):
    """Rows of patients."""

    overtaken = (registering.RegisteringError,)

    def __init__(self, *, people: People, clinic: Clinic, by: str, now: datetime) -> None:
        super().__init__()
        self.people, self.names, self.by, self.now = people, Names(clinic), by, now

    def understand(self, row: Row, cells_of_row: Mapping[str, str]) -> None:
        row.values = cells.read(
            cells_of_row,
            {
                **known.readers(self.now.date()),
                "status": partial(cells.one_of, known=STATUSES),
                "preferred_channel": partial(cells.one_of, known=CHANNELS),
                "timezone": _zone,
                "primary_provider": self.names.doctor,
                "under_guardian": cells.flag,
                "birthday_greetings": lambda words: cells.flag(words or "yes"),
                **dict.fromkeys(AGREED, str),
            },
        )
        row.about = self.people.find(row.values)
        if row.about.is_new:
            known.require_words(row.values)
        elif row.about.patient_id is None:
            row.why_left_out = _("The same patient stands in a row above.")
        else:
            row.why_left_out = _("This patient is on the books already.")

    def accept(self, row: Row) -> None:
        super().accept(row)
        row.about.is_new = False
        self.newcomers.append(row)

    def store(self) -> None:
        new = [known.new_patient(row.values, **self._more(row.values)) for row in self.accepted]
        stored = registering.register_all(patients=new, by=self.by, now=self.now)
        said = [
            (patient, Word(channel=channel, given=True, source=ConsentSource.IMPORT, words=row.values[name]))
            for patient, row in zip(stored, self.accepted, strict=True)
            for name, channel in AGREED.items()
            if row.values[name]
        ]
        consenting.begin(said=said, by=self.by, now=self.now)
        clinic, count = self.names.clinic, len(new)
        audit.record(actor=self.by, verb="patients.imported", obj=clinic, at=self.now, patients=count)

    def _more(self, values: dict[str, Any]) -> dict[str, Any]:
        names = ("status", "preferred_channel", "timezone", "under_guardian", "birthday_greetings")
        more = {name: values[name] for name in names}
        return {**more, "primary_provider": self.names.provider_of(values["primary_provider"])}


def _zone(words: str) -> str:
    if words:
        validate_zone(words)
    return words
