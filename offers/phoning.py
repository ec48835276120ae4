"""Staff call a patient about a slot: one caller for a slot and for a patient, and the call ends by itself.

A YES that comes by text meanwhile is answered as ever: the slot's lock decides, and the caller sees it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clinic.models import Appointment
from core import audit, transitions
from offers import accepting, declining, slots
from offers.models import Cancellation, Offer, StaffCall
from offers.states import FILLABLE, CallOutcome, OfferStatus

# Long enough to ring and to ask; who needs longer says what came of it all the same.
LASTS = timedelta(minutes=5)
_MAY_BE_SAID = Q(ended_at=None) | Q(outcome=CallOutcome.TIMED_OUT)


@transaction.atomic
def begin(*, cancellation_id: int, patient_id: int, by: str, now: datetime) -> StaffCall:
    """Tell colleagues that `by` calls this patient about this slot.

    Raises StaleState where the slot cannot be had, or somebody is being called about it, or this patient is.
    """
    slot = slots.locked(cancellation_id)
    slots.require(slot, *FILLABLE)
    if now >= slot.starts_at:
        raise transitions.StaleState(_("This visit would have begun already."))
    whose = Q(cancellation=slot) | Q(patient=patient_id)
    _time_out(Q(ends_at__lte=now) & whose, now)
    try:
        with transaction.atomic():
            call = StaffCall.objects.create(
                cancellation=slot,
                patient_id=patient_id,
                by=by,
                begun_at=now,
                ends_at=now + LASTS,
                changed_at=now,
            )
    except IntegrityError as error:
        if "staff_call_one" not in str(error):
            raise
        raise transitions.StaleState(_who_calls(whose, slot)) from None
    audit.record(actor=by, verb="slot.call_begun", obj=slot, at=now, patient=patient_id)
    return call


@transaction.atomic
def end(*, call_id: int, outcome: CallOutcome, by: str, now: datetime) -> StaffCall:
    """Write down what came of a call; a NO frees the patient's place and is kept for this slot.

    One that has ended by itself still takes what was heard. Raises StaleState where somebody has said it.
    """
    call = StaffCall.objects.get(pk=call_id)
    slot = slots.locked(call.cancellation_id)
    ended = StaffCall.objects.filter(_MAY_BE_SAID, pk=call_id)
    if not ended.update(ended_at=now, outcome=outcome, changed_at=now):
        call.refresh_from_db()
        raise transitions.StaleState(
            _("This call has ended already: %(outcome)s.") % {"outcome": call.get_outcome_display().lower()}
        )
    call.refresh_from_db()
    if outcome == CallOutcome.DECLINED:
        _turn_down(slot, call.patient_id, now)
    patient = call.patient_id
    audit.record(actor=by, verb="slot.call_ended", obj=slot, at=now, reason=call.outcome, patient=patient)
    return call


@transaction.atomic
def book(*, cancellation_id: int, patient_id: int, by: str, now: datetime) -> Appointment:
    """The patient said yes on the phone: `accepting.fill`, and a call with them that goes on is over."""
    visit = accepting.fill(cancellation_id=cancellation_id, patient_id=patient_id, by=by, now=now)
    calls = StaffCall.objects.filter(cancellation=cancellation_id, patient=patient_id)
    last = calls.filter(_MAY_BE_SAID).order_by("-pk").values("pk")[:1]
    StaffCall.objects.filter(pk__in=last).update(ended_at=now, outcome=CallOutcome.BOOKED, changed_at=now)
    return visit


def end_overdue(*, now: datetime) -> int:
    """End the calls whose time is over; how many."""
    return _time_out(Q(ends_at__lte=now), now)


def _time_out(which: Q, now: datetime) -> int:
    overdue = StaffCall.objects.filter(which, ended_at=None)
    return overdue.update(ended_at=now, outcome=CallOutcome.TIMED_OUT, changed_at=now)


def _turn_down(slot: Cancellation, patient_id: int, now: datetime) -> None:
    asked = slot.offers.filter(patient=patient_id)
    for pk in asked.filter(status=OfferStatus.PENDING).order_by("pk").values_list("pk", flat=True):
        declining.end(offer_id=pk, to=OfferStatus.DECLINED, now=now, answered=True)
    # Late, and said all the same: they are not told that the time is taken.
    late = asked.filter(status=OfferStatus.EXPIRED, responded_at=None).values("pk")
    Offer.objects.filter(pk__in=late).update(responded_at=now)


def _who_calls(whose: Q, slot: Cancellation) -> str:
    other = StaffCall.objects.filter(whose, ended_at=None).select_related("patient").order_by("pk").first()
    if other is None:
        return _("Somebody else was calling just now. Try again.")
    words = {"who": other.by, "at": f"{other.begun_at.astimezone(slot.clinic.zone):%H:%M:%S %Z}"}
    if other.cancellation_id == slot.pk:
        words["patient"] = str(other.patient)
        return _("%(who)s has been calling %(patient)s about this slot since %(at)s.") % words
    return _("%(who)s has been calling this patient about another slot since %(at)s.") % words
