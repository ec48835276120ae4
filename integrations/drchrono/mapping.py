"""Which of our providers and clinics the doctors and offices of drchrono are."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from integrations import codes, parking
from integrations.codes import Meaning
from integrations.facts import Code
from integrations.models import CodeKind, DrchronoRecord, FeedCode, Listing

KINDS = {Listing.DOCTORS: CodeKind.PROVIDER, Listing.OFFICES: CodeKind.CLINIC}


@transaction.atomic
def name(*, record_id: int, ours: int | None, by: str, now: datetime) -> int:
    """Keep which of our records it is; None: it is none of ours, and its visits are left out.

    What waited for that is handled again, which texts nobody; how many records.
    """
    record = DrchronoRecord.objects.select_related("source").get(pk=record_id)
    code = Code(value=record.key, text=record.name)
    meaning = Meaning(record_id=ours, ignored=ours is None)
    kind = KINDS[Listing(record.listing)]
    codes.say(source=record.source, kind=kind, code=code, meaning=meaning, by=by, now=now)
    return parking.replay_waiting(source=record.source, kind=kind, code=code, by=by, now=now)


def meanings(source_id: int) -> dict[tuple[str, str], FeedCode]:
    """What staff have said so far, by sort and code."""
    rows = FeedCode.objects.filter(source=source_id, kind__in=KINDS.values())
    return {(row.kind, row.value): row for row in rows.select_related("provider", "clinic").order_by("pk")}
