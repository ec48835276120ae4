"""The door to a provider: what goes through it, what comes back, and which one is configured."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from django.conf import settings

from core.channels import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message as its carrier needs it. `uuid` comes back with every status callback.

    `sender` is what it leaves by (messaging.senders): a number, a messaging service, an e-mail address.
    `template` names its words; `subject` and `language` are for an e-mail, `content` is for WhatsApp.
    """

    uuid: uuid.UUID
    sender: str
    to: str
    body: str
    valid_for: timedelta | None = None
    channel: str = Channel.SMS
    kind: str = ""
    subject: str = ""
    language: str = "en"
    template: str = ""
    content: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A text that came in, as the provider lists it. `sent_at` is the provider's own clock."""

    sid: str
    sender: str
    to: str
    body: str
    media: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken it."""

    sid: str


@dataclass(frozen=True, slots=True)
class NotProcessed:
    """The provider has certainly not taken it: it may be offered again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not send this; `code` is the provider's own."""

    code: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody knows whether the provider took it. It must not be offered again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The provider has emptied its copy."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The provider has no such text, or no longer."""


class NoCarrier(Exception):
    """Nothing that is configured carries this channel."""


Answer = Sent | NotProcessed | Refused | Unclear
Erasure = Redacted | Gone | NotProcessed | Refused | Unclear


class Carrier(Protocol):
    """Whatever takes the messages of one channel."""

    def send(self, outgoing: Outgoing) -> Answer:
        """Hand over one message. Raises nothing: every outcome is an Answer."""
        ...

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        """SIDs of messages of ours that went there with this body since then; None: it did not say.

        One that cannot be asked has none of them: whatever it does not report by itself was not sent.
        """
        ...


class Caller(Carrier, Protocol):
    """The provider of calls."""

    def call_off(self, *, sid: str) -> bool:
        """End a call that nobody has taken yet; False: it is not so, or the provider did not say.

        Doing it twice does no harm. Raises nothing.
        """
        ...


class Gateway(Carrier, Protocol):
    """The provider of texts, which can be asked for more."""

    def received(self, *, to: str, since: datetime, until: datetime) -> list[Received] | None:
        """What came in on a number of ours, the latest first; None: the provider did not say."""
        ...

    def handed_over(
        self, *, senders: Collection[str], since: datetime, until: datetime
    ) -> dict[str, datetime] | None:
        """The SIDs of the texts it had from these bare senders, and when (UTC); None: it did not say."""
        ...

    def has(self, *, sid: str) -> bool | None:
        """Whether it knows this text; None: it did not say."""
        ...

    def redact(self, *, sid: str) -> Erasure:
        """Empty the provider's copy of a text, out or in; doing it twice does no harm. Raises nothing.

        NotProcessed: it would take none just now. Refused: not this one, or not yet.
        """
        ...


def carrier(channel: str) -> Carrier:
    """What takes the messages of a channel that has a sender: see messaging.senders.

    Raises NoCarrier for a channel that nothing carries.
    """
    if channel == Channel.SMS:
        return current()
    if channel == Channel.WHATSAPP:
        from messaging.gateways.whatsapp import WhatsAppCarrier

        return WhatsAppCarrier(current())
    if channel == Channel.EMAIL:
        return _mail(settings.USE_MOCK_TWILIO)
    if channel == Channel.VOICE:
        return caller()
    raise NoCarrier(channel)


def current() -> Gateway:
    """The configured provider of texts: one object per process, since it keeps its connections."""
    return _build(settings.USE_MOCK_TWILIO, settings.TWILIO_API_BASE_URL or "", settings.TWILIO_ACCOUNT_SID)


def caller() -> Caller:
    """The configured provider of calls."""
    base_url = settings.TWILIO_API_BASE_URL or ""
    return _calls(settings.USE_MOCK_TWILIO, base_url, settings.TWILIO_ACCOUNT_SID)


@cache
def _mail(simulated: bool) -> Carrier:
    if simulated:
        from messaging.gateways.simulated import SimulatedMail

        return SimulatedMail()
    from messaging.gateways.mail import MailCarrier

    return MailCarrier()


@cache
def _build(simulated: bool, base_url: str, account_sid: str) -> Gateway:
    if simulated:
        from messaging.gateways.simulated import SimulatedGateway

        return SimulatedGateway()
    from messaging.gateways.twilio import TwilioGateway

    return TwilioGateway(base_url=base_url)


@cache
def _calls(simulated: bool, base_url: str, account_sid: str) -> Caller:
    if simulated:
        from messaging.gateways.simulated_calls import SimulatedCalls

        return SimulatedCalls()
    from messaging.gateways.twilio_calls import TwilioCalls

    return TwilioCalls(base_url=base_url)
