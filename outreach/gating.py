"""The last look before a reminder leaves, under the visit's lock."""

from __future__ import annotations

from datetime import datetime

from clinic.models import Appointment, Patient
from core import wakeups
from messaging import gate, optout
from messaging.models import Kind, Message
from offers import permitting, policy, silencing, timing
from outreach import sending, tasks
from outreach.models import Reminder
from outreach.states import Reason, ReminderStatus


def register() -> None:
    """Let the outbox ask here before it sends a reminder."""
    gate.register(Kind.REMINDER, may_leave)


def may_leave(message: Message, now: datetime) -> gate.Verdict:
    """Whether the visit stands and the patient may be texted: at `now`, later, or never.

    What waits for contact hours never waits for longer than the visit.
    """
    if "reminder" not in message.related:
        # Of no visit of ours: whoever permits any text decides.
        return gate.Go(message.body)
    # A cancellation waits for the claim or was before it: nobody is reminded of what is off.
    rows = Appointment.objects.select_for_update(of=("self",), no_key=True)
    visit = rows.select_related("clinic", "patient").get(pk=message.related["appointment"])
    reminder = Reminder.objects.get(pk=message.related["reminder"])
    barred = _barred(message, reminder, visit, now)
    consent = permitting.consent_of(visit.patient, message)
    if barred or consent is None:
        return _skip(reminder, barred or Reason.NO_CONSENT)
    opens = timing.opens_at(patient=visit.patient, clinic=visit.clinic, now=now)
    if opens is None or opens >= visit.starts_at:
        return _skip(reminder, Reason.OUTSIDE_HOURS if opens is None else Reason.TOO_LATE)
    if opens != now:
        return gate.Later(opens)
    if reminder.channel != message.channel:
        # It goes by the next one, the first having failed.
        Reminder.objects.filter(pk=reminder.pk).update(channel=message.channel, changed_at=now)
    receipt = {
        "basis": "consent",
        "consent": consent,
        "hours": permitting.checked_hours(patient=visit.patient, clinic=visit.clinic, now=now),
        "template": message.template,
        "policy": policy.POLICY_VERSION,
    }
    return gate.Go(message.body, valid_until=visit.starts_at, permission=receipt)


def _barred(message: Message, reminder: Reminder, visit: Appointment, now: datetime) -> str:
    # One that was sent and did not arrive may be on its second way.
    if reminder.status not in (ReminderStatus.SCHEDULED, ReminderStatus.SENT):
        return reminder.reason
    if reason := sending.no_longer_useful(reminder=reminder, visit=visit, now=now):
        return reason
    if visit.patient.status != Patient.Status.ACTIVE:
        return Reason.NOT_ACTIVE
    if optout.is_suppressed(message.to):
        return Reason.OPTED_OUT
    is_theirs = not silencing.is_silenced(patient_id=visit.patient_id, phone=message.to)
    return Reason.NONE if is_theirs else Reason.WRONG_NUMBER


def _skip(reminder: Reminder, reason: str) -> gate.Skip:
    wakeups.wake(tasks.settle, priority=wakeups.IN_BULK, reminder_id=reminder.pk)
    return gate.Skip(str(reason))
