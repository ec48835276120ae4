"""What is written down, in the words of staff: codes are kept, and the pages that show them say them here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core import audit
from core.translating import translated
from messaging.states import MessageStatus
from offers import wordings
from offers.states import CallOutcome, UnfilledReason
from outreach.states import Reason

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_VERBS: dict[str, _StrPromise] = {
    "appointment.arrived": _("Arrived"),
    "appointment.booked": _("Booked"),
    "appointment.cancelled": _("Cancelled"),
    "appointment.completed": _("Completed"),
    "appointment.confirmed": _("Confirmed"),
    "appointment.known_elsewhere": _("Visit known to the other system"),
    "appointment.no_show": _("No show"),
    "appointment.rescheduled": _("Moved to another time"),
    "appointments.imported": _("Appointments imported"),
    "appointments.seen": _("Visits of a day looked at"),
    "clinic.arranged": _("Settings changed"),
    "clinic.feeds_ruled": _("Settings changed"),
    "clinic.shadow_began": _("Shadow begun"),
    "clinic.went_live": _("Gone live"),
    "drchrono.connected": _("Connected to drchrono"),
    "drchrono.disconnected": _("Disconnected from drchrono"),
    "entry.edited": _("Wish changed"),
    "entry.followed": _("Wish follows the visit"),
    "entry.joined": _("Put on the waitlist"),
    "entry.matched": _("Got an earlier time"),
    "entry.paused": _("Wish paused"),
    "entry.removed": _("Taken off the waitlist"),
    "entry.waiting": _("Waiting again"),
    "feed.code_forgotten": _("Meaning of a code taken back"),
    "feed.code_mapped": _("Meaning of a code given"),
    "feed.dismissed": _("Message of a feed put aside"),
    "feed.message_seen": _("Message of a feed read"),
    "feed.person_linked": _("Person found to be a patient"),
    "feed.replayed": _("Message of a feed handled again"),
    "feed.settled": _("Settled"),
    "feed.source_added": _("Feed added"),
    "greetings.switched_off": _("Greetings switched off"),
    "greetings.switched_on": _("Greetings switched on"),
    "link.sent": _("Link sent"),
    "login.failed": _("Login failed"),
    "login.succeeded": _("Logged in"),
    "message.attended": _("Seen to"),
    "message.written": _("Written by staff"),
    "number.disowned": _("Wrong number"),
    "number.silence_lifted": _("Texts to a number allowed again"),
    "number.trusted": _("Number trusted again"),
    "number.used_again": _("Number used again"),
    "outlet.secret_kept": _("Key to another system kept"),
    "patient.consent_given": _("Consent given"),
    "patient.consent_withdrawn": _("Consent taken back"),
    "patient.merged": _("Records merged"),
    "patient.messages_seen": _("Talk read"),
    "patient.registered": _("Patient added"),
    "patient.updated": _("Patient changed"),
    "patients.imported": _("Patients imported"),
    "reminders.cancelled": _("Reminders taken back"),
    "reminders.relisted": _("Reminders planned anew"),
    "reminders.replanned": _("Reminders planned anew"),
    "sender.restarted": _("Sender started again"),
    "sender.stopped": _("Sender stopped"),
    "slot.asked": _("Patients asked"),
    "slot.asked_in_shadow": _("Would have asked, in shadow"),
    "slot.call_begun": _("Calls a patient"),
    "slot.call_ended": _("Call ended"),
    "slot.extended": _("More time given to answer"),
    "slot.filled": _("Filled"),
    "slot.hurried": _("Next round brought forward"),
    "slot.opened": _("Cancellation logged"),
    "slot.paused": _("Paused"),
    "slot.place_filled": _("Next in line asked, a place had come free"),
    "slot.reopened": _("Opened again"),
    "slot.resumed": _("Resumed"),
    "slot.turned_back": _("Refused by the other system"),
    "slot.unfilled": _("Unfilled"),
    "slot.withdrawn": _("Withdrawn"),
    "test.queued": _("Test text sent"),
    "text.cancelled": _("Word that it is cancelled"),
    "text.clarification": _("Asked to answer YES or NO"),
    "text.confirmation": _("Confirmation texted"),
    "text.expired": _("Told that it is no longer open"),
    "text.help": _("Help"),
    "text.offer": _("Offer texted"),
    "text.optout_notice": _("Told that texts have stopped"),
    "text.received": _("Answer came in"),
    "text.reminder": _("Reminder"),
    "text.reply": _("Answered"),
    "text.restored": _("Standard words used again"),
    "text.reworded": _("Words of a text changed"),
    "text.staff": _("Written by staff"),
    "text.taken": _("Told that it is taken"),
    "texting.paused": _("Texting paused"),
    "texting.resumed": _("Texting resumed"),
    "time.blocked": _("Time blocked"),
    "time.unblocked": _("Block taken back"),
    "waitlist.imported": _("List imported"),
    "write_back.done": _("Entered in the other system"),
    "write_back.refused": _("Refused by the other system"),
}
# What may be done to records of any kind.
_ENDINGS: dict[str, _StrPromise] = {
    "seen": _("Looked at"),
    "listed": _("List read"),
    "exported": _("File taken away"),
    "discarded": _("Deleted"),
}
# By the label of their model.
_RECORDS: dict[str, _StrPromise] = {
    "auth.user": _("User"),
    "clinic.appointment": _("Visit"),
    "clinic.clinic": _("Clinic"),
    "clinic.patient": _("Patient"),
    "clinic.provider": _("Provider"),
    "messaging.message": _("Message"),
    "messaging.pause": _("Pause of texting"),
    "messaging.sender": _("Sender"),
    "offers.cancellation": _("Slot"),
    "waitlist.invitation": _("Link"),
    "waitlist.waitlistentry": _("Wish"),
}
_REASONS: dict[str, _StrPromise] = {
    "moved to an earlier time": _("moved to an earlier time"),
    "logged by mistake": _("logged by mistake"),
    "the clinic went live": _("the clinic went live"),
    "refused by the EHR": _("refused by the other system"),
    "cancelled in the other system": _("cancelled in the other system"),
    "the patient's record was merged": _("the patient's record was merged"),
    "the patient is known by now": _("the patient is known by now"),
    "the visit stands by now": _("the visit stands by now"),
    "the visit was moved": _("the visit was moved"),
    "the visit stands again": _("the visit stands again"),
    "the provider is booked then": _("the provider is booked then"),
    "the provider's time is blocked then": _("the provider's time is blocked then"),
    "its room or equipment is taken then": _("its room or equipment is taken then"),
    "the clinic is closed then": _("the clinic is closed then"),
    UnfilledReason.NOBODY_LEFT: _("nobody left to ask"),
    UnfilledReason.TOO_LATE: _("too late to ask anybody"),
    UnfilledReason.CALL: _("nobody may be texted in time"),
    # Why a text did not leave.
    "answered": _("answered otherwise"),
    "first_arrived": _("the first one had arrived"),
    "left_waitlist": _("the patient has left the waitlist"),
    "never_asked": _("the question had never left"),
    "no_clinic": _("about no clinic"),
    "stale": _("no longer needed"),
    # What an answer was.
    "won": _("a YES, and the visit is booked"),
    "stop": _("STOP"),
    "overtaken": _("overtaken by a later word"),
    "opted_out": _("after a STOP"),
    "thanked": _("a thank-you"),
    "told_already": _("a person is going to read the answer"),
    "said_again": _("the same answer again, which was answered before"),
    "no_number": _("nobody we can answer"),
}


# Who acts without an account.
_ACTORS: dict[str, _StrPromise] = {audit.SYSTEM: _("system"), "patient": _("patient")}


def actor(name: str) -> str:
    """Who did it: a username as it is."""
    return str(_ACTORS.get(name, name))


def verb(code: str) -> str:
    """What was done, for one code of the audit trail; the code itself where it is none of ours."""
    return str(_VERBS.get(code) or _ENDINGS.get(code.rpartition(".")[2]) or code)


def record(label: str) -> str:
    """What kind of record it was done to."""
    return str(_RECORDS.get(label, label))


def reason(code: str) -> str:
    """Why, or what came of it; what staff wrote themselves stays as it is."""
    if code in _REASONS:
        return str(_REASONS[code])
    if code in wordings.RULES:
        return translated(wordings.RULES[code].sent)
    for labels in (CallOutcome, MessageStatus, Reason):
        if code and code in labels.values:
            label = str(labels(code).label)
            return label[:1].lower() + label[1:]
    return code
