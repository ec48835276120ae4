"""Why an entry may not be asked for a slot, in the order in which the rules are asked. Pure."""

from enum import IntEnum

from core.marking import marked as _


class Reason(IntEnum):
    """The first rule that said no. The numbers are stored with every decision and never change."""

    ELIGIBLE = 0
    PAUSED = 1
    EXPIRED = 2
    PATIENT_INACTIVE = 3
    WRONG_PROVIDER = 4
    WRONG_PROVIDER_TYPE = 5
    WRONG_VISIT_TYPE = 6
    TOO_SHORT = 7
    NOT_FREE = 8
    TOO_LITTLE_NOTICE = 9
    OWN_SLOT = 10
    NOT_EARLIER = 11
    NO_PHONE = 12
    NO_CONSENT = 13
    OPTED_OUT = 14
    ALREADY_ASKED = 15
    PHONE_BUSY = 16
    DAY_CAP = 17
    WEEK_CAP = 18
    COOL_DOWN = 19
    ALREADY_BOOKED = 20
    UNUSABLE_NUMBER = 21
    OUTSIDE_HOURS = 22
    WRONG_NUMBER = 23
    TOO_SOON = 24

    @property
    def sentence(self) -> str:
        """The reason as staff read it."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.ELIGIBLE: _("May be asked."),
    Reason.PAUSED: _("The entry is paused."),
    Reason.EXPIRED: _("The wish has run out."),
    Reason.PATIENT_INACTIVE: _("The patient is not active."),
    Reason.WRONG_PROVIDER: _("Wants another provider."),
    Reason.WRONG_PROVIDER_TYPE: _("Wants another type of provider."),
    Reason.WRONG_VISIT_TYPE: _("Waits for another kind of visit."),
    Reason.TOO_SHORT: _("The slot is too short for this visit."),
    Reason.NOT_FREE: _("Is not free at that time."),
    Reason.TOO_LITTLE_NOTICE: _("Needs more notice than is left."),
    Reason.OWN_SLOT: _("Gave up this very slot."),
    Reason.NOT_EARLIER: _("Has an appointment that is not later than this slot."),
    Reason.NO_PHONE: _("Has no phone number."),
    Reason.NO_CONSENT: _("Has not agreed to be texted."),
    Reason.OPTED_OUT: _("Has opted out of texts on this number."),
    Reason.ALREADY_ASKED: _("Was asked about this slot already."),
    Reason.PHONE_BUSY: _("Another question is open on this phone number."),
    Reason.DAY_CAP: _("Has had as many offers today as the clinic allows."),
    Reason.WEEK_CAP: _("Has had as many offers this week as the clinic allows."),
    Reason.COOL_DOWN: _("Said no or did not answer a short while ago."),
    Reason.ALREADY_BOOKED: _("Has another appointment at that time."),
    Reason.UNUSABLE_NUMBER: _("Texts do not reach this number."),
    Reason.OUTSIDE_HOURS: _("Outside their contact hours."),
    Reason.WRONG_NUMBER: _("The number on file is somebody else's, says whoever has it."),
    Reason.TOO_SOON: _("Too soon after the last visit of this kind."),
}
