"""Setting up the sources, and taking back what was said of their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clinic import arranging
from core import audit
from integrations.models import FeedCode, Source


@transaction.atomic
def arrange(*, source: Source, values: Mapping[str, Any], by: str, now: datetime) -> Source:
    """Store a source, new or changed, with checked `values`; the audit line names old and new ones."""
    is_new = source.pk is None
    plain = {name: value for name, value in values.items() if name != "clinics"}
    before = (
        {} if is_new else _values(Source.objects.select_for_update(no_key=True).get(pk=source.pk), values)
    )
    for name, value in plain.items():
        setattr(source, name, value)
    if is_new:
        source.created_at = now
        source.save(force_insert=True)
    elif plain:
        source.save(update_fields=list(plain))
    if "clinics" in values:
        source.clinics.set(values["clinics"])
    after = _values(source, values)
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    verb = "feed.source_added" if is_new else "feed.source_arranged"
    audit.record(actor=by, verb=verb, obj=source, at=now, fields=sorted(values), changes=changes)
    return source


def _values(source: Source, names: Iterable[str]) -> dict[str, Any]:
    """Settings as JSON keeps them: of other records their ids."""
    found = {}
    for name in names:
        value = getattr(source, name)
        if name == "clinics":
            found[name] = sorted(value.values_list("pk", flat=True))
        else:
            found[name] = arranging.told(getattr(value, "pk", value))
    return found


@transaction.atomic
def forget(*, code: FeedCode, by: str, now: datetime) -> None:
    """What a code means is not known any more: the next message with it waits for a person."""
    audit.record(actor=by, verb="feed.code_forgotten", obj=code, at=now, kind=code.kind, code=code.value)
    code.delete()
