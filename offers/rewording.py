"""Putting a clinic's own words in the place of a standard text, and going back to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import Clinic
from core import audit
from core.transitions import StaleState
from core.translating import translated
from offers import wordings, words
from offers.models import ClinicText

CHANGED = gettext_lazy("Somebody has changed this text in the meantime. Look at the words in use now.")


class WordsRefused(Exception):
    """Words that may not be sent; `field` names what is wrong, the text says why, in words for staff."""

    def __init__(self, field: str, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.field = field
        self.reasons = reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWords:
    """What a clinic wants a text to say. `replaces` is the row that its author saw in use; None: none was."""

    clinic_id: int
    name: str
    language: str
    body: str
    replaces: int | None = None


@transaction.atomic
def reword(*, new: NewWords, by: str, now: datetime) -> ClinicText:
    """Use these words from now on; the ones before them are kept, no longer in use.

    Raises WordsRefused, and StaleState where somebody else has changed that text meanwhile.
    """
    _check(new)
    made = words.words(new.name, new.language, new.body)
    replaced = None if new.replaces is None else _end(new.replaces, now)
    if replaced is not None and (replaced.clinic_id, replaced.name, replaced.language) != _place(new):
        raise WordsRefused("name", _("Other words cannot be those of another text."))
    stored = ClinicText(
        clinic_id=new.clinic_id,
        name=new.name,
        language=new.language,
        body=made.body,
        version=made.version,
        changed_by=by,
        since=now,
    )
    _insert(stored)
    said = {"version": made.version, "before": replaced.version if replaced else ""}
    audit.record(actor=by, verb="text.reworded", obj=stored, at=now, clinic=new.clinic_id, **said)
    transaction.on_commit(lambda: words.forget(new.clinic_id))
    return stored


@transaction.atomic
def restore(*, text_id: int, by: str, now: datetime) -> None:
    """Use the standard words from now on. Raises StaleState where these are no longer in use."""
    ended = _end(text_id, now)
    audit.record(
        actor=by, verb="text.restored", obj=ended, at=now, clinic=ended.clinic_id, version=ended.version
    )
    transaction.on_commit(lambda: words.forget(ended.clinic_id))


def _check(new: NewWords) -> None:
    if new.name not in wordings.RULES:
        raise WordsRefused("name", _("There is no such text."))
    if (new.name, new.language) not in words.standard():
        raise WordsRefused("language", _("There is no such text in that language."))
    if not Clinic.objects.filter(pk=new.clinic_id).exists():
        raise WordsRefused("clinic_id", _("There is no such clinic."))
    body = wordings.tidy(new.body)
    reasons = wordings.faults(name=new.name, language=new.language, body=body)
    longest = ClinicText._meta.get_field("body").max_length or 0
    if reasons or len(body) > longest:
        raise WordsRefused("body", *([translated(reason) for reason in reasons] or [_("This is too long.")]))


def _place(new: NewWords) -> tuple[int, str, str]:
    return new.clinic_id, new.name, new.language


def _end(text_id: int, now: datetime) -> ClinicText:
    """Compare-and-swap: of two who change the same words one is told that they have changed."""
    # Another machine's clock may have been ahead when these words began.
    ends = Greatest("since", Value(now, output_field=DateTimeField()))
    if not ClinicText.objects.filter(pk=text_id, ended_at=None).update(ended_at=ends):
        raise StaleState(CHANGED)
    return ClinicText.objects.get(pk=text_id)


def _insert(text: ClinicText) -> None:
    try:
        with transaction.atomic():
            text.save(force_insert=True)
    except IntegrityError as error:
        if "clinic_text_one_in_use" not in str(error):
            raise
        raise StaleState(_("The clinic has its own words for this text already. Change those.")) from None
