"""By which number, messaging service or address a message leaves, and how fast that one may be used.

Each channel has senders of its own: the rate and the breaker of one hold back nothing of another. A channel
without a sender is off: nothing is sent by it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from core.channels import Channel
from messaging.models import Kind

CHANNEL_OFF = "channel_off"
# Before the number that calls come from: what the provider refuses of its texts says nothing of its calls.
CALLER = "voice:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One configured sender. `per_second` 0 means: as fast as the provider takes them."""

    name: str
    per_second: float
    # Which messages leave by it: all of its channel, or only offers, or all but offers.
    channel: str = Channel.SMS
    kinds: Q = field(default_factory=Q)

    @property
    def carries(self) -> Q:
        """The condition for a message to leave by it."""
        return Q(channel=self.channel) & self.kinds

    @property
    def carries_all(self) -> bool:
        """Whether its channel has no other sender."""
        return not self.kinds

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
    found = _of_texts()
    if settings.WHATSAPP_SENDER:
        found.append(Route(name=settings.WHATSAPP_SENDER, per_second=0, channel=Channel.WHATSAPP))
    if settings.EMAIL_FROM:
        rate = settings.EMAIL_PER_SECOND
        found.append(Route(name=settings.EMAIL_FROM, per_second=rate, channel=Channel.EMAIL))
    return [*found, *_of_calls()]


def route_of(*, kind: str, channel: str) -> Route | None:
    """The sender of a kind of message by a channel; None: the channel is off.

    Offers may have one of their own: a burst of reminders must not hold one back.
    """
    found = [route for route in routes() if route.channel == channel]
    if not found:
        return None
    return found[0] if kind == Kind.OFFER else found[-1]


def is_on(channel: str) -> bool:
    """Whether messages can leave by this channel."""
    return any(route.channel == channel for route in routes())


def off() -> list[str]:
    """The channels that have no sender."""
    on = {route.channel for route in routes()}
    return [channel for channel in Channel if channel not in on]


def _of_texts() -> list[Route]:
    main = settings.TWILIO_MESSAGING_SERVICE_SID or settings.TWILIO_PHONE_NUMBER
    rate = settings.TWILIO_TEXTS_PER_SECOND
    own = settings.TWILIO_OFFER_SENDER
    if not own or own == main:
        return [Route(name=main, per_second=rate)]
    offers = Q(kind=Kind.OFFER)
    own_rate = settings.TWILIO_OFFER_TEXTS_PER_SECOND or rate
    return [
        Route(name=own, per_second=own_rate, kinds=offers),
        Route(name=main, per_second=rate, kinds=~offers),
    ]


def _of_calls() -> list[Route]:
    # Offers only, and the provider keeps to its own rate of one call a second.
    if not settings.VOICE_CALLS:
        return []
    return [Route(name=f"{CALLER}{settings.TWILIO_VOICE_NUMBER}", per_second=0, channel=Channel.VOICE)]
