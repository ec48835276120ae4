"""A file of patients onto the waitlist of one clinic: all of it, or nothing where a row cannot be.

A trial run reads as the real one does and writes nothing. The real one then uses the verbs that staff use,
for all rows together. Who waits already is left out and counted apart from what is wrong, so that a file that
was put right can be sent again as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from import_export import resources
from import_export.instance_loaders import BaseInstanceLoader

from clinic import registering
from clinic.models import Clinic, ConsentSource, Patient
from clinic.registering import NewPatient
from core import audit
from waitlist import cells, files, joining
from waitlist.joining import Wish
from waitlist.known import Known, Person

COLUMNS = (
    "last_name",
    "first_name",
    "date_of_birth",
    "phone",
    "email",
    "language",
    "consent",
    "consent_words",
    "visit_type",
    "provider",
    "provider_type",
    "urgent",
    "notice_minutes",
    "available",
    "joined",
    # In a file that was exported; what it says is ours to know.
    "status",
)
NEEDED = ("last_name", "first_name", "visit_type")
SAID_IN_A_FILE = "Imported: the file says that the patient agreed to be texted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that is not stored, and why; `line` is the file's, `column` "" where it is the whole row."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came, or would come, of a file."""

    rows: int
    entries: int
    patients: int
    invalid: list[Refusal]
    duplicates: list[Refusal]
    is_stored: bool


@dataclass(kw_only=True)
class Row:
    """One row while it is read."""

    values: dict[str, Any] = field(default_factory=dict)
    person: Person | None = None
    why_left_out: str = ""


@transaction.atomic
def run(
    *, raw: bytes, clinic: Clinic, patients: QuerySet[Patient], by: str, now: datetime, is_trial: bool
) -> Report:
    """Put the file's rows on the clinic's list; a trial stores nothing. Raises files.BadFile.

    `patients` are those whom the importer may see: a row is taken for one of them, or for somebody new.
    """
    dataset = files.read(raw, columns=COLUMNS, needed=NEEDED)
    known = Known(clinic, patients, dataset)
    resource = WaitlistResource(known=known, by=by, now=now)
    # Nothing is written while the rows are read: no transaction of the package's own.
    result = resource.import_data(dataset, use_transactions=False)
    for error in (*result.base_errors, *(error for failed in result.row_errors() for error in failed[1])):
        # No row may fail in a way that nobody foresaw; what it held must stay out of the log.
        raise RuntimeError(f"a row could not be stored: {type(error.error).__name__}")
    is_stored = not is_trial and not resource.invalid
    if is_stored:
        resource.store()
        audit.record(
            actor=by,
            verb="waitlist.imported",
            obj=clinic,
            at=now,
            entries=len(resource.accepted),
            patients=len(resource.newcomers),
        )
    return Report(
        rows=len(dataset),
        entries=len(resource.accepted),
        patients=len(resource.newcomers),
        invalid=resource.invalid,
        duplicates=resource.duplicates,
        is_stored=is_stored,
    )


class WaitlistResource(resources.Resource):
    """Rows of a waitlist, as django-import-export goes through them."""

    class Meta:
        instance_loader_class = BaseInstanceLoader
        force_init_instance = True
        skip_diff = True
        skip_html_diff = True
        report_skipped = False

    def __init__(self, *, known: Known, by: str, now: datetime) -> None:
        super().__init__()
        self.known, self.by, self.now = known, by, now
        self.accepted: list[tuple[Person, dict[str, Any]]] = []
        self.newcomers: list[tuple[Person, dict[str, Any]]] = []
        self.invalid: list[Refusal] = []
        self.duplicates: list[Refusal] = []

    def init_instance(self, row: Any = None) -> Row:
        return Row()

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> Any:
        result = super().import_row(row, instance_loader, **kwargs)
        if result.validation_error is not None:
            self.invalid += _refusals(int(row[files.LINE]), result.validation_error)
        return result

    def import_instance(self, instance: Row, row: Any, **kwargs: Any) -> None:
        """Read the cells, and find out who is meant. Raises ValidationError."""
        known = self.known
        instance.values = cells.read(
            row,
            {
                "last_name": partial(_name, longest=80),
                "first_name": partial(_name, longest=80),
                "date_of_birth": partial(_past, today=self.now.date()),
                "phone": cells.number,
                "email": cells.email,
                "language": cells.language,
                "consent": cells.flag,
                "consent_words": str,
                "visit_type": known.visit_type,
                "provider": known.provider,
                "provider_type": partial(_short, longest=60),
                "urgent": cells.flag,
                "notice_minutes": cells.minutes,
                "available": cells.windows,
                "joined": partial(cells.joined_at, zone=known.clinic.zone, now=self.now),
            },
        )
        instance.person = known.person(instance.values)
        instance.why_left_out = known.why_waiting(instance.person, instance.values["visit_type"])

    def skip_row(self, instance: Row, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        if import_validation_errors or not instance.why_left_out:
            return False
        line = int(row[files.LINE])
        self.duplicates.append(Refusal(line=line, column="", reason=instance.why_left_out))
        return True

    def validate_instance(
        self, instance: Row, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def do_instance_save(self, instance: Row, is_create: bool) -> None:
        """Keep the row for `store`: all of them are written together."""
        person, values = instance.person, instance.values
        assert person is not None  # noqa: S101 - import_instance has found out or refused
        self.accepted.append((person, values))
        if person.is_new:
            person.is_new = False
            self.newcomers.append((person, values))
        self.known.waits_now(person, values["visit_type"])

    def store(self) -> None:
        """Register whoever is new, and put all on the list. Raises files.BadFile where a verb refuses."""
        try:
            self._store()
        except (joining.JoiningError, registering.RegisteringError) as refusal:
            # Somebody has changed the list or a patient since the rows were read.
            told = {"reason": refusal.message}
            raise files.BadFile(_("Nothing is stored: %(reason)s Try the file out again.") % told) from None

    def _store(self) -> None:
        new = [self._new(newcomer[1]) for newcomer in self.newcomers]
        stored = registering.register_all(patients=new, by=self.by, now=self.now)
        for newcomer, patient in zip(self.newcomers, stored, strict=True):
            newcomer[0].patient_id = patient.pk
        wishes = [self._wish(person.patient_id or 0, values) for person, values in self.accepted]
        joining.put_all(wishes=wishes, by=self.by, now=self.now)

    def _new(self, values: dict[str, Any]) -> NewPatient:
        names = ("first_name", "last_name", "date_of_birth", "phone", "email", "language")
        return NewPatient(
            **{name: values[name] for name in names},
            sms_consent=values["consent"],
            consent_words=values["consent_words"] or SAID_IN_A_FILE if values["consent"] else "",
            consent_source=ConsentSource.IMPORT,
        )

    def _wish(self, patient_id: int, values: dict[str, Any]) -> Wish:
        return Wish(
            patient_id=patient_id,
            clinic_id=self.known.clinic.pk,
            visit_type_id=values["visit_type"],
            provider_id=values["provider"],
            provider_type=values["provider_type"],
            urgent=values["urgent"],
            min_notice_minutes=values["notice_minutes"],
            availability=values["available"],
            joined_at=values["joined"],
        )


def _name(words: str, *, longest: int) -> str:
    if not words:
        raise ValidationError(_("This is missing."))
    return _short(words, longest=longest)


def _short(words: str, *, longest: int) -> str:
    if len(words) > longest:
        raise ValidationError(_("This is longer than %(most)s characters.") % {"most": longest})
    return words


def _past(words: str, *, today: date) -> date | None:
    born = cells.day(words)
    if born is not None and born > today:
        raise ValidationError(_("Nobody is born in the future."))
    return born


def _refusals(line: int, error: ValidationError) -> list[Refusal]:
    by_column = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return [
        Refusal(line=line, column="" if column == "__all__" else column, reason=" ".join(reasons))
        for column, reasons in by_column.items()
    ]
