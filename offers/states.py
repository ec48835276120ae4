"""The states of a cancellation and of an offer, and the arrows between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CancellationStatus(models.TextChoices):
    OPEN = "open", _("Open")
    OFFERING = "offering", _("Offering")
    PAUSED = "paused", _("Paused")
    FILLED = "filled", _("Filled")
    UNFILLED = "unfilled", _("Unfilled")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class OfferStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for an answer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("No answer in time")
    WITHDRAWN = "withdrawn", pgettext_lazy("offer", "Withdrawn")
    UNDELIVERABLE = "undeliverable", _("Could not be delivered")
    TAKEN = "taken", _("Taken by somebody else")
    STANDBY = "standby", _("Standing by")
    RELEASED = "released", _("Given back")


class UnfilledReason(models.TextChoices):
    NONE = "", "–"
    NOBODY_LEFT = "nobody_left", _("Nobody left to ask")
    TOO_LATE = "too_late", _("Too late to ask anybody")
    # Everybody who fits is outside contact hours until it is too late: they can only be called.
    CALL = "call", _("Nobody may be texted in time: call them")
    SHADOW = "shadow", _("Shadow: nobody was texted")


class CallOutcome(models.TextChoices):
    """What came of a call that staff made; `timed_out`: nobody has said."""

    GOING_ON = "", _("Going on")
    BOOKED = "booked", pgettext_lazy("call", "Booked")
    DECLINED = "declined", _("Said no")
    NO_ANSWER = "no_answer", _("No answer")
    NOT_CALLED = "not_called", _("Not called")
    TIMED_OUT = "timed_out", _("Ended by itself")


# A question in these was not turned down: it did not arrive, or could not be put or answered any more.
FAILED = (OfferStatus.UNDELIVERABLE, OfferStatus.WITHDRAWN)

# Somebody new on the list may change these.
NOBODY_YET = (UnfilledReason.NOBODY_LEFT, UnfilledReason.CALL)


# The clock runs in these.
RUNNING = (CancellationStatus.OPEN, CancellationStatus.OFFERING)

# A slot in these can still be given to somebody who says yes. `unfilled` among them: nobody was left to
# ask, but the time is free, and a late YES or a new patient may still have it.
FILLABLE = (*RUNNING, CancellationStatus.PAUSED, CancellationStatus.UNFILLED)

# Nothing is offered in these.
CLOSED = (CancellationStatus.FILLED, CancellationStatus.UNFILLED, CancellationStatus.WITHDRAWN)

_S, _O = CancellationStatus, OfferStatus

CANCELLATION_ARROWS: dict[str, frozenset[str]] = {
    _S.OPEN: frozenset({_S.OFFERING, _S.PAUSED, _S.FILLED, _S.UNFILLED, _S.WITHDRAWN}),
    _S.OFFERING: frozenset({_S.OFFERING, _S.OPEN, _S.PAUSED, _S.FILLED, _S.UNFILLED, _S.WITHDRAWN}),
    _S.PAUSED: frozenset({_S.OPEN, _S.OFFERING, _S.FILLED, _S.UNFILLED, _S.WITHDRAWN}),
    _S.UNFILLED: frozenset({_S.OPEN, _S.FILLED, _S.WITHDRAWN}),
    # Open in shadow, where nobody is being asked.
    _S.FILLED: frozenset({_S.OFFERING, _S.OPEN}),
}

OFFER_ARROWS: dict[str, frozenset[str]] = {
    _O.PENDING: frozenset({_O.ACCEPTED, _O.DECLINED, _O.EXPIRED, _O.WITHDRAWN, _O.UNDELIVERABLE, _O.TAKEN}),
    _O.EXPIRED: frozenset({_O.ACCEPTED, _O.TAKEN}),
    _O.TAKEN: frozenset({_O.STANDBY}),
    _O.STANDBY: frozenset({_O.ACCEPTED, _O.WITHDRAWN}),
    # A YES beats a report that the text was lost, and a NO that its sender takes back in time.
    _O.UNDELIVERABLE: frozenset({_O.ACCEPTED, _O.TAKEN}),
    _O.DECLINED: frozenset({_O.ACCEPTED}),
    _O.ACCEPTED: frozenset({_O.RELEASED}),
}
