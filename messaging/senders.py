"""By which number or messaging service a text leaves, and how fast that one may be used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from messaging.models import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One configured sender. `per_second` 0 means: as fast as the provider takes them."""

    name: str
    per_second: float
    # Which messages leave by it.
    carries: Q

    @property
    def gap(self) -> timedelta:
        """How long one text uses the sender."""
        return timedelta(seconds=1 / self.per_second)

    @property
    def slack(self) -> timedelta:
        """How far ahead of its rate it may run: as many texts as are due between two sweeps."""
        burst = max(1, math.ceil(self.per_second * settings.SWEEP_SECONDS))
        return self.gap * (burst - 1)


def routes() -> list[Route]:
    """Every configured sender, that of the offers first."""
    main = settings.TWILIO_MESSAGING_SERVICE_SID or settings.TWILIO_PHONE_NUMBER
    rate = settings.TWILIO_TEXTS_PER_SECOND
    own = settings.TWILIO_OFFER_SENDER
    if not own or own == main:
        return [Route(name=main, per_second=rate, carries=Q())]
    offers = Q(kind=Kind.OFFER)
    own_rate = settings.TWILIO_OFFER_TEXTS_PER_SECOND or rate
    return [
        Route(name=own, per_second=own_rate, carries=offers),
        Route(name=main, per_second=rate, carries=~offers),
    ]


def route_of(kind: str) -> Route:
    """The sender of a kind of text. Offers come first: a burst of reminders must not hold one back."""
    found = routes()
    return found[0] if kind == Kind.OFFER else found[-1]
