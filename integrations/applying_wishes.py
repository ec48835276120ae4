"""Somebody of another system waits for an earlier time, or no longer does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from core import transitions
from integrations import applying_people, codes, identity
from integrations.facts import Code, Park, Why, WishFact
from integrations.hearing import Hearing
from integrations.models import CodeKind, WishLink
from waitlist import joining
from waitlist.models import WaitlistEntry


def apply(*, fact: WishFact, heard: Hearing) -> None:
    """Follow the fact, unless a later one has been heard. Raises Park."""
    if not fact.keys:
        raise Park(Why.NO_KEY, "wish")
    patient_id = applying_people.know(person=fact.person, said_at=fact.said_at, heard=heard)
    with transaction.atomic():
        names = _in_turn(fact.keys, heard)
        new = WishLink(source=heard.source, key=names[0], is_waiting=True, said_at=fact.said_at)
        row = _known(names, heard) or new
        if fact.said_at < row.said_at or _is_over(fact, row, heard):
            return
        if row.entry is None or not row.is_waiting:
            row.entry = _join(fact, patient_id, heard)
        row.is_waiting, row.said_at = True, fact.said_at
        row.save()


@transaction.atomic
def end(*, keys: Sequence[str], said_at: datetime, heard: Hearing) -> None:
    """A visit is told of under one of these keys: who waited under it waits no longer.

    Called once what is said of the visit is committed: a wish of before it, in another worker, either finds
    that, or is found here.
    """
    row = _known(_in_turn(keys, heard), heard)
    if row is None or not row.is_waiting or row.said_at > said_at:
        return
    if row.entry is not None:
        _leave(row.entry, heard)
    row.is_waiting, row.said_at = False, said_at
    row.save(update_fields=["is_waiting", "said_at"])


def _in_turn(keys: Sequence[str], heard: Hearing) -> list[str]:
    """The names of a wish, once it is our turn with all of them."""
    names = list(dict.fromkeys(identity.named(key) for key in keys))
    identity.take_turns(source=heard.source, names=[f"wish {name}" for name in names])
    return names


def _known(names: Sequence[str], heard: Hearing) -> WishLink | None:
    rows = WishLink.objects.filter(source=heard.source, key__in=names).select_related("entry")
    return rows.order_by("pk").first()


def _is_over(fact: WishFact, row: WishLink, heard: Hearing) -> bool:
    """Whether a visit was told of under its keys since; of two words of one moment that one counts."""
    if not row.is_waiting and fact.said_at == row.said_at:
        return True
    visit = identity.look_up_visit(source=heard.source, keys=fact.keys)
    return visit is not None and visit.said_at is not None and visit.said_at >= fact.said_at


def _join(fact: WishFact, patient_id: int, heard: Hearing) -> WaitlistEntry:
    wish = joining.Wish(
        patient_id=patient_id,
        clinic_id=_clinic(fact, heard),
        visit_type_id=_visit_type(fact, heard),
        provider_id=_found(fact.provider, CodeKind.PROVIDER, heard),
    )
    try:
        return joining.join(wish=wish, by=heard.by, now=heard.now)
    except joining.AlreadyWaiting:
        same = {"patient": patient_id, "clinic": wish.clinic_id, "visit_type": wish.visit_type_id}
        return WaitlistEntry.objects.in_line().get(**same)
    except joining.BadWish:
        raise Park(Why.CONTRADICTION, "wish") from None


def _leave(entry: WaitlistEntry, heard: Hearing) -> None:
    try:
        joining.remove(entry_id=entry.pk, by=heard.by, now=heard.now, reason="waits no longer elsewhere")
    except transitions.StaleState:
        return


def _clinic(fact: WishFact, heard: Hearing) -> int:
    found = _found(fact.clinic, CodeKind.CLINIC, heard)
    alone = list(heard.source.clinics.order_by("pk").values_list("pk", flat=True)[:2])
    if found is None and len(alone) != 1:
        raise Park(Why.UNKNOWN_CODE, "clinic")
    return found or alone[0]


def _visit_type(fact: WishFact, heard: Hearing) -> int:
    found = _found(fact.visit_type, CodeKind.VISIT_TYPE, heard) or heard.source.visit_type_id
    if found is None:
        raise Park(Why.UNKNOWN_CODE, "visit_type")
    return found


def _found(code: Code | None, kind: CodeKind, heard: Hearing) -> int | None:
    return codes.find(source=heard.source, kind=kind, code=code, place=kind.value) if code else None
