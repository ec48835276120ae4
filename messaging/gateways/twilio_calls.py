"""Phone calls by Twilio, through its official synchronous client.

https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from messaging.calling import CALLED_OFF, RETRY
from messaging.gateways import Answer, Outgoing
from messaging.gateways.twilio import UNREADABLE, connected, hand_over
from messaging.senders import CALLER

# Twilio adds 5 seconds. Longer, and most phones go to voicemail.
RING_SECONDS = 20
# Whoever picks up hears nothing until it is known whether it is a person: not to know soon is better.
DETECTION_SECONDS = 5
# Far longer than everything that we say takes.
LONGEST_CALL_SECONDS = 180


class TwilioCalls:
    """One client for the process. It never repeats a POST."""

    def __init__(self, *, base_url: str) -> None:
        self._client = connected(base_url)

    def send(self, outgoing: Outgoing) -> Answer:
        """POST Calls, once. Twilio starts one call a second of an account and keeps the others in a queue."""
        return hand_over(self._client.calls.create, _form(outgoing))

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        """The first call first. A call has no words to know it by, but a phone has one open question."""
        try:
            calls = self._client.calls.list(to=to, limit=20)
        except UNREADABLE:
            return None
        ours = [
            call
            for call in calls
            if str(call.direction).startswith("outbound")
            and call.date_created is not None
            and call.date_created >= since
        ]
        return [str(call.sid) for call in sorted(ours, key=lambda call: call.date_created)]

    def call_off(self, *, sid: str) -> bool:
        """An update to "canceled", which ends a call that is queued or rings and leaves any other alone."""
        try:
            return str(self._client.calls(sid).update(status=CALLED_OFF).status) == CALLED_OFF
        except UNREADABLE:
            return False


def _form(outgoing: Outgoing) -> dict[str, Any]:
    voice = f"{settings.PUBLIC_URL}/webhooks/twilio/voice"
    return {
        "to": outgoing.to,
        "from_": outgoing.sender.removeprefix(CALLER),
        "url": f"{voice}/?m={outgoing.uuid}{RETRY}",
        "method": "POST",
        "status_callback": f"{voice}/status/?m={outgoing.uuid}{RETRY}",
        "status_callback_event": ["initiated", "answered", "completed"],
        "timeout": RING_SECONDS,
        "time_limit": LONGEST_CALL_SECONDS,
        # A machine is told nothing: see messaging.webhooks_voice.
        "machine_detection": "Enable",
        "machine_detection_timeout": DETECTION_SECONDS,
    }
