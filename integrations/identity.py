"""Whom and what the other system means: its names for visits and people, and our rows that answer to them.

Whoever follows a visit or a person has its turn until the transaction ends, so that two messages about one
are one after the other, whichever worker has them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core import prepared
from integrations.models import PersonKey, PersonLink, Source, VisitKey, VisitLink

# Namespaces of the turns among PostgreSQL's advisory locks.
VISITS, PEOPLE, THINGS = 7402, 7403, 7404
LONGEST = 200


def visit(*, source: Source, keys: Sequence[str], now: datetime) -> VisitLink:
    """The visit that one of these keys names, the surest first, locked; a new link where none is known.

    The caller is in a transaction. All the keys name it from now on, but those that name another already.
    """
    names = _names(keys)
    _take_turns(source, VISITS, names)
    rows = VisitKey.objects.filter(source=source, key__in=names).select_related("link")
    known = {row.key: row.link for row in rows}
    link = next((known[name] for name in names if name in known), None)
    if link is None:
        link = VisitLink.objects.create(source=source, changed_at=now)
    else:
        link = VisitLink.objects.select_for_update(of=("self",), no_key=True).get(pk=link.pk)
    new = [VisitKey(source=source, key=name, link=link) for name in names if name not in known]
    VisitKey.objects.bulk_create(new)
    return link


def hold_visit(*, source: Source, keys: Sequence[str]) -> None:
    """Take the turn of the visit that these keys name or will name, and lock what is known of it.

    For whoever locks slots or rows of writing back as well: the EHR's word of a visit is locked before both.
    """
    names = _names(keys)
    _take_turns(source, VISITS, names)
    _hold(
        VisitLink.objects.filter(pk__in=VisitKey.objects.filter(source=source, key__in=names).values("link"))
    )


def hold_visit_of(*, appointment_id: int) -> None:
    """As `hold_visit`, for whatever an EHR has said of this visit of ours."""
    _hold(VisitLink.objects.filter(appointment=appointment_id))


def _hold(links: QuerySet[VisitLink]) -> None:
    list(links.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))


def look_up_visit(*, source: Source, keys: Sequence[str]) -> VisitLink | None:
    """The visit as it stands now, without a turn."""
    return look_up_visits(source=source, keys=[keys])[0]


def look_up_visits(*, source: Source, keys: Sequence[Sequence[str]]) -> list[VisitLink | None]:
    """`look_up_visit` for several, in one query."""
    return _links(VisitKey, source, keys)


def person(*, source: Source, ids: Sequence[str], now: datetime) -> PersonLink:
    """As `visit`, for a person: of records that were made one there, the one that stays."""
    names = _names(ids)
    _take_turns(source, PEOPLE, names)
    rows = PersonKey.objects.filter(source=source, key__in=names).select_related("link")
    known = {row.key: row.link for row in rows}
    link = next((known[name] for name in names if name in known), None)
    if link is None:
        link = PersonLink.objects.create(source=source, changed_at=now)
    else:
        link = _locked_person(link.pk)
    new = [PersonKey(source=source, key=name, link=link) for name in names if name not in known]
    PersonKey.objects.bulk_create(new)
    return link


def two_people(
    *, source: Source, kept: Sequence[str], gone: str, now: datetime
) -> tuple[PersonLink, PersonLink]:
    """The links of a record that stays and of one that is gone, both in one turn."""
    _take_turns(source, PEOPLE, {*_names(kept), *_names([gone])})
    return person(source=source, ids=kept, now=now), person(source=source, ids=[gone], now=now)


def take_turns(*, source: Source, names: Sequence[str]) -> None:
    """Wait for the turn of whatever else the other system names."""
    _take_turns(source, THINGS, names)


def patient_of(*, source: Source, ids: Sequence[str]) -> int | None:
    """The patient whom one of these ids names, the surest first; None where none of ours is known by it."""
    return patients_of(source=source, ids=[ids])[0]


def patients_of(*, source: Source, ids: Sequence[Sequence[str]]) -> list[int | None]:
    """`patient_of` for several, in one query."""
    found = map(_who_stays, _links(PersonKey, source, ids))
    return [link.patient_id if link is not None else None for link in found]


def _who_stays(link: PersonLink | None) -> PersonLink | None:
    while link is not None and link.merged_into_id is not None:
        link = PersonLink.objects.get(pk=link.merged_into_id)
    return link


def _links(model: Any, source: Source, keys: Sequence[Sequence[str]]) -> list[Any]:
    """What each of these lists of names leads to, the surest name first."""
    wanted = [_names(each) for each in keys]
    rows = model.objects.filter(source=source, key__in={name for names in wanted for name in names})
    known = {row.key: row.link for row in rows.select_related("link")}
    return [next((known[name] for name in names if name in known), None) for names in wanted]


def _locked_person(pk: int) -> PersonLink:
    link = PersonLink.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    return link if link.merged_into_id is None else _locked_person(link.merged_into_id)


def _take_turns(source: Source, work: int, names: Iterable[str]) -> None:
    with prepared.cursor() as cursor:
        # In one order everywhere: two messages with two keys each must not wait for each other.
        for name in sorted(names):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"{source.pk}:{name}", work]
            )


def _names(keys: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(named(key) for key in keys))


def named(key: str) -> str:
    """The key as a column keeps it; one that is too long goes by its digest."""
    plain = key.replace("\x00", "")
    return plain if len(plain) <= LONGEST else f"sha256:{hashlib.sha256(plain.encode()).hexdigest()}"
