"""What staff do in the clinic that is watched. Each verb says whether it was done or refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from clinic import booking, cancelling
from clinic.models import Appointment
from core import transitions
from offers import accepting, opening, pausing, reopening, withdrawing
from offers.models import Cancellation
from tests import factories
from tests.conftest import MONDAY_MORNING
from tests.stateful.model import IN_LINE, Entry, Slot, State
from tests.stateful.watched import Watched
from waitlist import joining
from waitlist.models import WaitlistEntry

REFUSALS = (transitions.StaleState, booking.BookingError, opening.BadSlot, joining.JoiningError)
STEPS = {
    "pause": (joining.pause, ("waiting",), "paused"),
    "resume": (joining.resume, ("paused",), "waiting"),
    "remove": (joining.remove, IN_LINE, "removed"),
}


def was_done(verb: Callable[[], object], *, expected: bool) -> bool:
    """Whether the verb was done; it is refused exactly where the model says so."""
    refusal: Exception | None = None
    try:
        with transaction.atomic():
            verb()
    except REFUSALS as error:
        refusal = error
    assert expected == (refusal is None), refusal or "this should have been refused"
    return refusal is None


class World(Watched):
    """Slots, patients and entries go by their ids, providers by their number."""

    def gives_old_visit(self, patient: int, *, hours: float) -> None:
        """The patient has a visit already, and would rather come earlier."""
        entry = WaitlistEntry.objects.get(patient_id=patient)
        visit = factories.AppointmentFactory.create(
            clinic=self.clinic,
            provider=self.providers[0],
            patient_id=patient,
            visit_type=self.visit_type,
            starts_at=MONDAY_MORNING + timedelta(hours=hours),
        )
        WaitlistEntry.objects.filter(pk=entry.pk).update(current_appointment=visit)
        times = {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
        self.model.entries[entry.pk].old_visit = Slot(provider=visit.provider_id, holder=patient, **times)

    def logs(self, *, provider: int, hours: float) -> bool:
        """Staff log a cancellation so many hours after the clock began."""
        starts_at = MONDAY_MORNING + timedelta(hours=hours)
        ends_at = starts_at + timedelta(minutes=30)
        slot = Slot(provider=self.providers[provider].pk, starts_at=starts_at, ends_at=ends_at)
        new = opening.NewSlot(
            clinic_id=self.clinic.pk,
            provider_id=slot.provider,
            visit_type_id=self.visit_type.pk,
            starts_at=starts_at,
            ends_at=ends_at,
        )
        made: list[Cancellation] = []
        done = was_done(
            lambda: made.append(opening.open_slot(slot=new, by="desk", now=timezone.now())),
            expected=timezone.now() < starts_at and self.model.can_log(slot) and not self.offered_then(slot),
        )
        self.model.slots |= {row.pk: slot for row in made}
        return done

    def withdraws(self, slot_id: int) -> bool:
        done = was_done(
            lambda: withdrawing.withdraw(cancellation_id=slot_id, by="desk", now=timezone.now()),
            expected=self.model.slots[slot_id].state == State.FREE,
        )
        if done:
            self.model.withdraws(slot_id)
        return done

    def pauses(self, slot_id: int) -> bool:
        slot = self.model.slots[slot_id]
        running = Cancellation.objects.get(pk=slot_id).status != "unfilled"
        done = was_done(
            lambda: pausing.pause(cancellation_id=slot_id, by="desk", now=timezone.now()),
            expected=slot.state == State.FREE and running and not slot.paused,
        )
        slot.paused = slot.paused or done
        return done

    def resumes(self, slot_id: int) -> bool:
        slot = self.model.slots[slot_id]
        # It may have ended meanwhile: nobody can be asked any more.
        held = Cancellation.objects.get(pk=slot_id).status == "paused"
        done = was_done(
            lambda: pausing.resume(cancellation_id=slot_id, by="desk", now=timezone.now()),
            expected=slot.paused and held,
        )
        slot.paused = False
        return done

    def fills(self, slot_id: int, patient: int) -> bool:
        """Staff book the slot for somebody on the phone."""
        model, slot, now = self.model, self.model.slots[slot_id], timezone.now()
        free = slot.state == State.FREE and now < slot.starts_at and not model.given_away(slot_id)
        done = was_done(
            lambda: accepting.fill(cancellation_id=slot_id, patient_id=patient, by="desk", now=now),
            expected=free and not model.busy(patient, slot),
        )
        if done:
            model.wins(slot_id=slot_id, patient=patient, entry=model.entry_in_line(patient))
        return done

    def cancels_visit(self, slot_id: int) -> bool:
        """The winner's visit is cancelled in the calendar; the sweep finds the time."""
        slot, now = self.model.slots[slot_id], timezone.now()
        visit = Appointment.objects.active().filter(fills_slot=slot_id).first()
        if visit is None:
            return False
        cancelling.cancel(appointment_id=visit.pk, by="desk", now=now)
        slot.holder, slot.dropped = None, now < slot.starts_at
        return True

    def reopens(self, slot_id: int) -> bool:
        slot, now = self.model.slots[slot_id], timezone.now()
        filled = slot.state == State.FILLED and now < slot.starts_at
        done = was_done(
            lambda: reopening.reopen(cancellation_id=slot_id, by="desk", now=now),
            expected=filled and not self.model.given_away(slot_id) and not self.offered_then(slot, slot_id),
        )
        if done:
            self.model.opens_again(slot_id=slot_id, now=now, holder=self.holders().get(slot_id))
        return done

    def joins(self, patient: int) -> bool:
        rooms = {"clinic_id": self.clinic.pk, "visit_type_id": self.visit_type.pk}
        wish = joining.Wish(patient_id=patient, **rooms)
        made: list[WaitlistEntry] = []
        done = was_done(
            lambda: made.append(joining.join(wish=wish, by="desk", now=timezone.now())),
            expected=self.model.entry_in_line(patient) is None,
        )
        self.model.entries |= {entry.pk: Entry(patient=patient) for entry in made}
        return done

    def steps(self, patient: int, step: str) -> bool:
        """Pause, resume or remove the patient's last entry."""
        verb, before, after = STEPS[step]
        pk = max(pk for pk, entry in self.model.entries.items() if entry.patient == patient)
        entry = self.model.entries[pk]
        done = was_done(
            lambda: verb(entry_id=pk, by="desk", now=timezone.now()), expected=entry.state in before
        )
        if done:
            entry.state = after
            self.model.takes_back(patient=patient, entry=pk)
        return done
