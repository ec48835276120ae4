"""What the words of another system mean here. An unknown one is never guessed: it waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from integrations.facts import Code, Park, Standing, Why
from integrations.models import CodeKind, FeedCode, Source


class BadMeaning(Exception):
    """A code that would mean nothing, or two things, or a record of another kind; `field` names the kind."""

    def __init__(self, field: str) -> None:
        super().__init__(_("Say one thing that the code stands for, or that it is not ours."))
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What staff say that a code stands for: one of our records by its id, a standing, or nothing of ours."""

    record_id: int | None = None
    standing: str = ""
    ignored: bool = False


def find(*, source: Source, kind: CodeKind, code: Code, place: str) -> int:
    """The id of our record that a code stands for. Raises Park where nobody has said."""
    found = known(source=source, kind=kind, code=code)
    if found is None:
        raise Park(Why.UNKNOWN_CODE, place, code=code)
    return found


def is_ignored(*, source: Source, kind: CodeKind, code: Code) -> bool:
    """Whether staff have said that it stands for somebody or something that is none of ours."""
    rows = FeedCode.objects.filter(source=source, kind=kind, value=code.value, system=code.system)
    return rows.filter(ignored=True).exists()


def known(*, source: Source, kind: CodeKind, code: Code) -> int | None:
    """As `find`, for what may as well stay unknown."""
    rows = FeedCode.objects.filter(source=source, kind=kind, value=code.value, system=code.system)
    return rows.values_list(f"{kind}_id", flat=True).first()


def statuses(source: Source) -> dict[str, Standing]:
    """The source's own words for how a visit stands."""
    rows = FeedCode.objects.filter(source=source, kind=CodeKind.STATUS)
    return {value: Standing(standing) for value, standing in rows.values_list("value", "standing")}


def zones(source: Source) -> dict[str, str]:
    """On whose clocks the places are that a source's codes stand for."""
    rows = FeedCode.objects.filter(source=source, kind=CodeKind.CLINIC, clinic__isnull=False)
    return dict(rows.values_list("value", "clinic__timezone"))


@transaction.atomic
def say(*, source: Source, kind: str, code: Code, meaning: Meaning, by: str, now: datetime) -> FeedCode:
    """Staff say what a code means, or means from now on. Raises BadMeaning."""
    _check(kind, meaning)
    means: dict[str, Any] = {"provider": None, "clinic": None, "visit_type": None}
    fields = {f"{name}_id": value for name, value in means.items()}
    fields |= {"standing": meaning.standing, "ignored": meaning.ignored, "text": code.text[:200]}
    if meaning.record_id is not None:
        fields[f"{kind}_id"] = meaning.record_id
    row, is_new = FeedCode.objects.update_or_create(
        source=source, kind=kind, value=code.value, system=code.system, defaults=fields
    )
    means = {
        "is_new": is_new,
        "record": meaning.record_id,
        "standing": meaning.standing,
        "ignored": meaning.ignored,
    }
    audit.record(actor=by, verb="feed.code_mapped", obj=row, at=now, kind=kind, code=code.value, **means)
    return row


def _check(kind: str, meaning: Meaning) -> None:
    is_status = kind == CodeKind.STATUS
    said = bool(meaning.standing) if is_status else meaning.record_id is not None
    strange = meaning.record_id is not None if is_status else bool(meaning.standing)
    if strange or said == meaning.ignored or (is_status and meaning.ignored):
        raise BadMeaning("standing" if is_status else kind)
