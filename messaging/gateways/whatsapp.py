"""WhatsApp through the provider of texts: approved words only, by their ContentSid.

Free words would be taken within a day of the patient's own; a question comes unasked, so none are sent.
https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder
"""

from __future__ import annotations

from datetime import datetime

from messaging.gateways import Answer, Gateway, Outgoing, Refused

PREFIX = "whatsapp:"
# The provider's own code for free words out of season: https://www.twilio.com/docs/api/errors/63016
NO_APPROVED_WORDS = "63016"


class WhatsAppCarrier:
    """The provider of texts, spoken to about WhatsApp."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def send(self, outgoing: Outgoing) -> Answer:
        """Hand over one message, once; one without approved words is refused here."""
        return self._gateway.send(outgoing) if outgoing.content else Refused(NO_APPROVED_WORDS)

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        """Whatever went there since then: how the approved words read is the provider's to know."""
        return self._gateway.find(to=f"{PREFIX}{to}", body="", since=since)
