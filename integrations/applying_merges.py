"""Two records of one patient became one in another system: here too, and every "no" stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clinic import merging
from integrations import applying_people, identity
from integrations.facts import MergeFact, Park, Why
from integrations.hearing import Hearing
from integrations.models import PersonLink
from waitlist import handing_over
from waitlist.models import WaitlistEntry


def apply(*, fact: MergeFact, heard: Hearing) -> None:
    """Let the records that are gone lead to the one that stays. Raises Park."""
    if not fact.kept.ids or not fact.gone:
        raise Park(Why.NO_PATIENT, "person")
    for name in fact.gone:
        _join(name, fact, heard)
    known = identity.patient_of(source=heard.source, ids=fact.kept.ids)
    if known is not None:
        applying_people.know(person=fact.kept, said_at=fact.said_at, heard=heard)


@transaction.atomic
def _join(name: str, fact: MergeFact, heard: Hearing) -> None:
    # In one turn for both, taken in one order: two merges that cross do not wait for each other.
    kept, gone = identity.two_people(source=heard.source, kept=fact.kept.ids, gone=name, now=heard.now)
    if kept.pk == gone.pk:
        return
    joins = gone if kept.patient_id is not None else kept
    marks = {mark: joins.stamps[mark] for mark in applying_people.MARKS if mark in joins.stamps}
    is_one_already = kept.patient_id is not None and kept.patient_id == gone.patient_id
    if kept.patient_id is None:
        # Under its new name it is the patient whom we know already.
        kept.patient_id, kept.stamps, kept.is_apart = gone.patient_id, gone.stamps, gone.is_apart
    elif gone.patient_id is not None and not is_one_already:
        _merge(kept.patient_id, gone.patient_id, heard.by, heard.now)
    if applying_people.SILENT in marks and kept.patient_id is not None and not is_one_already:
        # Who had agreed to nothing has no "no" in the ledger either.
        applying_people.silence(kept.patient_id, heard)
    kept.stamps = marks | kept.stamps
    gone.merged_into, gone.changed_at = kept, heard.now
    gone.save(update_fields=["merged_into", "changed_at"])
    PersonLink.objects.filter(merged_into=gone).update(merged_into=kept)
    kept.save(update_fields=["patient", "stamps", "is_apart"])


def _merge(kept_id: int, gone_id: int, by: str, now: datetime) -> None:
    """Entries first, as everywhere: then the visits and the patients."""
    rows = WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).in_line()
    entries = list(rows.filter(patient=gone_id).order_by("pk"))
    merging.merge(kept_id=kept_id, gone_id=gone_id, by=by, now=now)
    for entry in entries:
        handing_over.hand_over(entry=entry, patient_id=kept_id, by=by, now=now)
