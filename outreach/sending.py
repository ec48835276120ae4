"""Reminders that are due go into the outbox, one row a transaction; from there on it looks after them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from clinic.models import Appointment
from clinic.states import AppointmentStatus
from core import transitions
from messaging import outbox
from offers import channels
from outreach import drafts
from outreach.models import Reminder
from outreach.states import REMINDER_ARROWS, Reason, ReminderStatus

logger = logging.getLogger(__name__)

AT_ONCE = 500
STEP_ASIDE = timedelta(minutes=1)
NOT_DUE = "not due"
HANDED_OVER = "handed over"


def sweep(*, clock: Callable[[], datetime], for_at_most: timedelta | None = None) -> int:
    """Hand every due reminder to the outbox, the oldest first, until `for_at_most` is over; how many."""
    started, done = clock(), 0
    due = Reminder.objects.filter(status=ReminderStatus.SCHEDULED, handed_at=None, due_at__lte=started)
    for reminder_id in list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        if for_at_most is not None and clock() - started >= for_at_most:
            break
        done += _step(reminder_id, clock()) == HANDED_OVER
    return done


def _step(reminder_id: int, now: datetime) -> str:
    try:
        return remind(reminder_id=reminder_id, now=now)
    except Exception:
        # One row that raises must not hold up the others: it steps aside, and the log says so.
        logger.exception("reminder failed", extra={"reminder_id": reminder_id})
        aside = Reminder.objects.filter(pk=reminder_id, status=ReminderStatus.SCHEDULED, handed_at=None)
        aside.update(due_at=now + STEP_ASIDE)
    return NOT_DUE


@transaction.atomic
def remind(*, reminder_id: int, now: datetime) -> str:
    """Owe the patient the text of a due reminder, or say why not: returns HANDED_OVER, NOT_DUE or a Reason.

    Whatever changes until the text leaves, its gate sees.
    """
    rows = Reminder.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    rows = rows.filter(pk=reminder_id, status=ReminderStatus.SCHEDULED, handed_at=None, due_at__lte=now)
    visits = ("appointment__clinic", "appointment__patient", "appointment__provider")
    reminder = rows.select_related(*visits).first()
    if reminder is None:
        return NOT_DUE
    visit = reminder.appointment
    channel = channels.in_writing(visit.patient, name="reminder")
    reason = no_longer_useful(reminder=reminder, visit=visit, now=now)
    if channel is None or reason:
        # Nobody agreed to the address that is known: whoever has no phone is not texted to hear that.
        reason = reason or (Reason.NO_CONSENT if visit.patient.email else Reason.NO_CONTACT)
        skipped: dict[str, Any] = {"reason": reason, "changed_at": now}
        transitions.move(reminder, to=ReminderStatus.SKIPPED, arrows=REMINDER_ARROWS, **skipped)
        return reason
    draft = drafts.reminder(reminder_id=reminder.pk, visit=visit, channel=channel)
    outbox.queue(drafts=[draft], now=now)
    reminder.channel, reminder.handed_at, reminder.changed_at = draft.channel, now, now
    reminder.save(update_fields=["channel", "handed_at", "changed_at"])
    return HANDED_OVER


def no_longer_useful(*, reminder: Reminder, visit: Appointment, now: datetime) -> Reason:
    """Why the patient must not be reminded of the visit any more; NONE where it is still of use."""
    if visit.status != AppointmentStatus.BOOKED:
        return Reason.NOT_BOOKED
    if visit.starts_at <= now:
        return Reason.TOO_LATE
    # After an outage the nearest says it all.
    nearer = Reminder.objects.filter(appointment_id=visit.pk, minutes_before__lt=reminder.minutes_before)
    nearer = nearer.filter(status__in=(ReminderStatus.SCHEDULED, ReminderStatus.SENT), due_at__lte=now)
    return Reason.ONE_IS_ENOUGH if nearer.exists() else Reason.NONE
