"""The places of a slot: never more than a batch is being asked, and a place that came free finds whoever may.

Told from the rows of the questions alone. A batch of two is what these rules are worded for: a round of two
in which one question has failed and one is open has asked as many as it had places for.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from clinic.models import Patient
from messaging.models import UnusableNumber
from offers.models import Cancellation, Offer
from tests.stateful.model import LEAD_TIME, Model

BATCH = 2
FAILED = ("undeliverable", "withdrawn")
# Longer than a hold and the cool-down after it.
LEFT_ALONE = timedelta(minutes=20)
# Who is asked later than this could not answer in time.
TOO_SHORT = timedelta(seconds=36)


@dataclass(frozen=True)
class Before:
    """What a sweep of the slots finds: the slots that are due, and the questions that are open."""

    due: set[int]
    open: set[int]

    @classmethod
    def look(cls, now: datetime) -> Self:
        due = Cancellation.objects.filter(next_step_at__lte=now).order_by("pk")
        pending = Offer.objects.filter(status="pending").order_by("pk")
        return cls(set(due.values_list("pk", flat=True)), set(pending.values_list("pk", flat=True)))

    def looked_at(self) -> set[int]:
        """The slots that the sweep had a reason to look at."""
        ended = Offer.objects.filter(pk__in=self.open, status__in=FAILED).order_by("pk")
        return self.due | set(ended.values_list("cancellation_id", flat=True))


def too_many(batch: int) -> list[int]:
    """The slots for which more than a batch is being asked."""
    pending = Offer.objects.filter(status="pending").order_by("pk")
    asked = Counter(pending.values_list("cancellation_id", flat=True))
    return sorted(pk for pk, questions in asked.items() if questions > batch)


def empty(model: Model, before: Before, *, now: datetime) -> list[str]:
    """The places that a sweep has left empty though somebody surely may be asked."""
    offering = Cancellation.objects.filter(pk__in=before.looked_at(), status="offering")
    return [
        f"slot {slot.pk} has a free place, and patient {patient} was not asked"
        for slot in offering.select_related("clinic").order_by("pk")
        if _may_text(slot, now) and _has_free_place(slot.pk)
        for patient in model.phones
        if _surely_may_be_asked(model, patient, slot.pk, now)
    ]


def _may_text(slot: Cancellation, now: datetime) -> bool:
    opens, closes = slot.clinic.contact_hours
    is_day = opens <= now.astimezone(slot.clinic.zone).time() < closes
    return is_day and slot.clinic.round_size == BATCH


def _has_free_place(slot_id: int) -> bool:
    offers = list(Offer.objects.filter(cancellation=slot_id).order_by("pk"))
    running = {offer.round_id for offer in offers if offer.status == "pending"}
    held = [offer for offer in offers if offer.round_id in running]
    failed = [offer for offer in held if offer.status in FAILED]
    return bool(failed) and len(held) - len(failed) < BATCH


def _surely_may_be_asked(model: Model, patient: int, slot_id: int, now: datetime) -> bool:
    entries = [pk for pk, entry in model.entries.items() if entry.patient == patient]
    last, slot = max(entries), model.slots[slot_id]
    if any(model.entries[pk].old_visit for pk in entries) or model.busy(patient, slot):
        return False
    if model.may_ask(patient=patient, slot_id=slot_id, entry_id=last, now=now):
        return False
    if now + TOO_SHORT > slot.starts_at - LEAD_TIME or model.asked_since(patient, now - LEFT_ALONE):
        return False
    asked = model.questions[patient]
    if len(asked) >= 7 or any(question.said_no for question in asked):
        return False
    # Who was chosen for it before and never asked may be so by the next round.
    known = Patient.objects.filter(pk=patient, sms_consent=True).exclude(offers__cancellation=slot_id)
    known = known.exclude(offers__status="pending")
    unusable = UnusableNumber.objects.filter(phone=model.phones[patient], lifted_at=None)
    return known.exists() and model.phones[patient] not in model.opted_out and not unusable.exists()
