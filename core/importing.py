"""A file whose rows are tried out and then stored: all of it, or nothing where a row cannot be.

A trial run reads as the real one does and writes nothing. The real one uses the verbs that staff use, for all
rows together. What is known already is left out and counted apart from what is wrong, so that a file that was
put right can be sent again as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from import_export import resources
from import_export.instance_loaders import BaseInstanceLoader

from core import files, prepared

# Namespace of the lock of files among PostgreSQL's advisory locks; rounds have the one before.
FILE_LOCK = 7402


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that is not stored, and why; `line` is the file's, `column` "" where it is the whole row."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came, or would come, of a file: `entries` of its rows, `patients` new on the books."""

    rows: int
    entries: int
    patients: int
    invalid: list[Refusal]
    left_out: list[Refusal]
    is_stored: bool

    @property
    def wrong_rows(self) -> int:
        """How many rows have a fault; one may have several."""
        return len({refusal.line for refusal in self.invalid})


@dataclass(kw_only=True)
class Row:
    """One row while it is read. `about` is whatever its cells mean together."""

    line: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    about: Any = None
    why_left_out: str = ""

    def refused(self, reason: str, *, column: str = "") -> Refusal:
        return Refusal(line=self.line, column=column, reason=reason)


class FileResource(resources.Resource):
    """Rows of a file, as django-import-export goes through them; what they are is said by who inherits."""

    # What a verb may say where somebody has changed something since the rows were read.
    overtaken: ClassVar[tuple[type[Exception], ...]] = ()

    class Meta:
        instance_loader_class = BaseInstanceLoader
        force_init_instance = True
        skip_diff = True
        skip_html_diff = True
        report_skipped = False

    def __init__(self) -> None:
        super().__init__()
        self.accepted: list[Row] = []
        self.newcomers: list[Row] = []
        self.invalid: list[Refusal] = []
        self.left_out: list[Refusal] = []

    def understand(self, row: Row, cells: Mapping[str, str]) -> None:
        """Read the cells into the row, or say there why it is left out. Raises ValidationError."""
        raise NotImplementedError

    def accept(self, row: Row) -> None:
        """The row is fine: keep it for `store`, and let the rows below know of it."""
        self.accepted.append(row)

    def compare(self) -> None:
        """Look at the accepted rows together, and refuse those that cannot be beside what there is."""

    def store(self) -> None:
        """Write the accepted rows, by the verbs. Whatever of `overtaken` it raises is said to the user."""
        raise NotImplementedError

    def init_instance(self, row: Any = None) -> Row:
        return Row(line=int(row[files.LINE]) if row else 0)

    def import_row(self, row: Any, instance_loader: Any, **kwargs: Any) -> Any:
        result = super().import_row(row, instance_loader, **kwargs)
        if result.validation_error is not None:
            self.invalid += _refusals(int(row[files.LINE]), result.validation_error)
        return result

    def import_instance(self, instance: Row, row: Any, **kwargs: Any) -> None:
        self.understand(instance, row)

    def skip_row(self, instance: Row, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        if import_validation_errors or not instance.why_left_out:
            return False
        self.left_out.append(instance.refused(instance.why_left_out))
        return True

    def validate_instance(
        self, instance: Row, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def do_instance_save(self, instance: Row, is_create: bool) -> None:
        self.accept(instance)


def begin(*, is_trial: bool) -> None:
    """Call it before anything is looked up: of a file that is sent twice at once one is stored.

    The caller is in a transaction, to whose end the turn is kept. A trial waits for nobody. Raises
    files.BadFile where another file is being stored.
    """
    if is_trial:
        return
    with prepared.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [FILE_LOCK])
        if not cursor.fetchone()[0]:
            raise files.BadFile(_("Another file is being stored at this moment. Try again in a minute."))


@transaction.atomic
def run(*, resource: FileResource, rows: Any, is_trial: bool) -> Report:
    """Store the rows of a file as files.read gives them; a trial stores nothing. Raises files.BadFile."""
    # Nothing is written while the rows are read: no transaction of the package's own.
    result = resource.import_data(rows, use_transactions=False)
    for error in (*result.base_errors, *(error for failed in result.row_errors() for error in failed[1])):
        # No row may fail in a way that nobody foresaw; what it held must stay out of the log.
        raise RuntimeError(f"a row could not be stored: {type(error.error).__name__}")
    resource.compare()
    is_stored = not is_trial and not resource.invalid
    if is_stored:
        try:
            resource.store()
        except resource.overtaken as refusal:
            told = {"reason": str(refusal)}
            raise files.BadFile(_("Nothing is stored: %(reason)s Try the file out again.") % told) from None
    return Report(
        rows=len(rows),
        entries=len(resource.accepted),
        patients=len(resource.newcomers),
        invalid=sorted(resource.invalid, key=lambda refusal: refusal.line),
        left_out=resource.left_out,
        is_stored=is_stored,
    )


def _refusals(line: int, error: ValidationError) -> Sequence[Refusal]:
    by_column = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return [
        Refusal(line=line, column="" if column == "__all__" else column, reason=" ".join(reasons))
        for column, reasons in by_column.items()
    ]
