"""A clinic in shadow: its slots are decided as ever, and nobody is texted.

A slot in shadow has rounds with their frozen decisions, and a ShadowOffer for each question that it would
have put; questions, texts, holds and caps of real people know nothing of it. Triggers of the database refuse
a question of such a slot, a text about one, and the leaving of any text of a clinic in shadow: ADR 15.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.models import Clinic
from core import audit, transitions
from messaging.models import Kind, Message
from offers import depth, policy, slots, withdrawing
from offers.models import Cancellation, Offer, ShadowOffer
from offers.states import RUNNING, CancellationStatus

BARRED = "shadow"
# Of which texts that is said: of all of a clinic in shadow but a test to staff. One without a clinic is the
# installation's: it has nobody to speak for while no clinic is live.
IS_BARRED = """row.kind <> 'test' AND CASE WHEN (row.related ->> 'clinic') IS NULL
    THEN EXISTS (SELECT FROM clinic_clinic WHERE is_shadow)
        AND NOT EXISTS (SELECT FROM clinic_clinic WHERE NOT is_shadow)
    ELSE EXISTS (SELECT FROM clinic_clinic WHERE id = (row.related ->> 'clinic')::bigint AND is_shadow) END"""
WAITING_FOR = "the end of a hold in shadow"
WENT_LIVE = "the clinic went live"
# A slot asks no further than until so many such slots would have been filled: the target that a live one has.
# To go on to the list's end would use up everybody's caps in shadow with questions nobody would have put.
ENOUGH = 0.8


def is_enough(slot: Cancellation) -> bool:
    """Whether so many were asked in shadow that the slot would probably have been filled."""
    return depth.chance(slot.shadow_offers.count(), depth.USUAL_SHARE) >= ENOUGH


def note(*, slot: Cancellation, chosen: Sequence[Offer], now: datetime) -> int:
    """Write down whom a slot in shadow would ask now, and look again when their hold would end; how many.

    The caller holds the slot. Nothing is queued, and no phone is busy because of it.
    """
    if not chosen:
        return 0
    last = slots.last_useful_at(slot)
    until = policy.hold_ends_at(now=now, hold=slot.clinic.hold, last_useful_at=last)
    ShadowOffer.objects.bulk_create(
        ShadowOffer(
            cancellation=slot,
            round_id=offer.round_id,
            entry_id=offer.entry_id,
            patient_id=offer.patient_id,
            phone=offer.phone,
            rank=offer.rank,
            score=offer.score,
            hold_expires_at=until,
            created_at=now,
        )
        for offer in chosen
    )
    slots.touch(slot, next_step_at=until, waiting_for=WAITING_FOR, changed_at=now)
    audit.record(actor=audit.SYSTEM, verb="slot.asked_in_shadow", obj=slot, at=now, asked=len(chosen))
    return len(chosen)


@transaction.atomic
def begin(*, clinic_id: int, by: str, now: datetime) -> None:
    """Put a clinic into shadow that has never offered a time and never texted. Raises StaleState else.

    A clinic at work is not put back: what was claimed could still leave. Its brake is the pause.
    """
    clinic = Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)
    if clinic.is_shadow:
        raise transitions.StaleState(_("This clinic is in shadow already."))
    if not can_begin(clinic=clinic):
        raise transitions.StaleState(_("This clinic is at work already. Pause its texts instead."))
    Clinic.objects.filter(pk=clinic_id).update(is_shadow=True)
    audit.record(actor=by, verb="clinic.shadow_began", obj=clinic, at=now, clinic=clinic_id)


def can_begin(*, clinic: Clinic) -> bool:
    """Whether the clinic is live and has never offered a time, and no text but tests has been about it."""
    texts = Message.objects.filter(related__contains={"clinic": clinic.pk}).exclude(kind=Kind.TEST)
    return not (clinic.is_shadow or clinic.cancellations.exists() or texts.exists())


@transaction.atomic
def go_live(*, clinic_id: int, by: str, now: datetime) -> int:
    """From now on the clinic texts. Slots that run in shadow are withdrawn, never asked about; how many.

    A time that is still free is logged again. Raises StaleState where the clinic is live.
    """
    open_ones = (*RUNNING, CancellationStatus.PAUSED)
    running = Cancellation.objects.filter(clinic_id=clinic_id, is_shadow=True, status__in=open_ones)
    closed = sum(_close(pk, by, now) for pk in running.order_by("pk").values_list("pk", flat=True))
    if not Clinic.objects.filter(pk=clinic_id, is_shadow=True).update(is_shadow=False):
        raise transitions.StaleState(_("This clinic is live already."))
    audit.record(actor=by, verb="clinic.went_live", obj=Clinic(pk=clinic_id), at=now, closed=closed)
    return closed


def _close(slot_id: int, by: str, now: datetime) -> bool:
    slot = slots.locked(slot_id)
    if slot.status not in (*RUNNING, CancellationStatus.PAUSED):
        return False
    withdrawing.take_back(slot=slot, by=by, now=now, reason=WENT_LIVE)
    return True
