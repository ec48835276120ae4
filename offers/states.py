"""The states of a cancellation and of an offer, and the arrows between them."""

from django.db import models


class CancellationStatus(models.TextChoices):
    OPEN = "open", "Open"
    OFFERING = "offering", "Offering"
    PAUSED = "paused", "Paused"
    FILLED = "filled", "Filled"
    UNFILLED = "unfilled", "Unfilled"
    WITHDRAWN = "withdrawn", "Withdrawn"


class OfferStatus(models.TextChoices):
    PENDING = "pending", "Waiting for an answer"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "No answer in time"
    WITHDRAWN = "withdrawn", "Withdrawn"
    UNDELIVERABLE = "undeliverable", "Could not be delivered"
    TAKEN = "taken", "Taken by somebody else"
    STANDBY = "standby", "Standing by"
    RELEASED = "released", "Given back"


class UnfilledReason(models.TextChoices):
    NONE = "", "–"
    NOBODY_LEFT = "nobody_left", "Nobody left to ask"
    TOO_LATE = "too_late", "Too late to ask anybody"
    # Everybody who fits is outside contact hours until it is too late: they can only be called.
    CALL = "call", "Nobody may be texted in time: call them"
    SHADOW = "shadow", "Shadow: nobody was texted"


# A question in these was not turned down: it did not arrive, or could not be put or answered any more.
FAILED = (OfferStatus.UNDELIVERABLE, OfferStatus.WITHDRAWN)

# Somebody new on the list may change these.
NOBODY_YET = (UnfilledReason.NOBODY_LEFT, UnfilledReason.CALL)


# The clock runs in these.
RUNNING = (CancellationStatus.OPEN, CancellationStatus.OFFERING)

# A slot in these can still be given to somebody who says yes. `unfilled` among them: nobody was left to
# ask, but the time is free, and a late YES or a new patient may still have it.
FILLABLE = (*RUNNING, CancellationStatus.PAUSED, CancellationStatus.UNFILLED)

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
