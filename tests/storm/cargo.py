"""What is owed when the run begins: slots that ask three patients each, reminders, and answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from messaging import outbox
from messaging.models import Kind
from messaging.outbox import Draft
from offers import opening
from offers.models import Cancellation
from tests import factories
from waitlist.models import WaitlistEntry

# A slot owes three offers and, once somebody says YES, a confirmation and two refusals.
TEXTS_OF_A_SLOT = 15
# The share of a slot's texts that follow from it; the rest of its fifteen are reminders and answers.
BULK = 10
# One text in so many has the words and the phone of the one before it.
TWINS = 25


def one_more_slot() -> Cancellation:
    """A slot of another clinic, and three who could come."""
    clinic = factories.ClinicFactory.create(grace_seconds=0, lead_minutes=0)
    visit_type = factories.VisitTypeFactory.create()
    for _ in range(3):
        entry = factories.WaitlistEntryFactory.create(clinic=clinic, visit_type=visit_type)
    return _open(entry, timezone.now() + timedelta(days=2))


def load(*, texts: int) -> None:
    """Owe about so many texts of all kinds, the bulk of them at once."""
    clinic = factories.ClinicFactory.create(batch_size=3, grace_seconds=0, cool_down_minutes=0)
    visit_type = factories.VisitTypeFactory.create()
    slots = max(2, texts // TEXTS_OF_A_SLOT)
    entries = [
        factories.WaitlistEntryFactory.create(clinic=clinic, visit_type=visit_type) for _ in range(slots * 4)
    ]
    with transaction.atomic():
        outbox.queue(drafts=_bulk(entries, slots * BULK), now=timezone.now())
    for number in range(slots):
        _open(entries[0], timezone.now() + timedelta(days=2, minutes=30 * number))


def _bulk(entries: list[WaitlistEntry], count: int) -> list[Draft]:
    """As many reminders as answers; every so often the same words to the same phone again."""
    drafts: list[Draft] = []
    for number in range(count):
        entry, kind = entries[number % len(entries)], (Kind.REMINDER, Kind.REPLY)[number % 2]
        about = {"patient": entry.patient_id, "clinic": entry.clinic_id}
        words, to = f"This is text {number}.", entry.patient.phone
        draft = Draft(kind=kind, to=to, body=words, key=f"storm:{number}", related=about)
        is_twin = number % TWINS == 1
        drafts.append(replace(drafts[-1], key=draft.key) if is_twin else draft)
    return drafts


def _open(entry: WaitlistEntry, starts_at: datetime) -> Cancellation:
    provider = factories.ProviderFactory.create(clinics=[entry.clinic])
    slot = opening.NewSlot(
        clinic_id=entry.clinic_id,
        provider_id=provider.pk,
        visit_type_id=entry.visit_type_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
    )
    return opening.open_slot(slot=slot, by="frontdesk", now=timezone.now())
