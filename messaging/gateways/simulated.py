"""Simulated phones: texts go to a table, and answers and receipts come back through the signed webhooks."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from datetime import datetime

import requests
from django.conf import settings
from django.utils import timezone

from core import wakeups
from messaging import tasks, webhooks
from messaging.gateways import Answer, Erasure, Gone, Outgoing, Received, Redacted, Sent
from messaging.models import SimulatedText

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 10


class SimulatedGateway:
    """Takes every text, and reports it as delivered a moment later."""

    def send(self, outgoing: Outgoing) -> Answer:
        """Put the text on the phone."""
        text = SimulatedText.objects.create(
            sid=_new_sid(),
            to=outgoing.to,
            from_number=outgoing.sender,
            body=outgoing.body,
            message_uuid=outgoing.uuid,
            created_at=timezone.now(),
        )
        wakeups.wake(tasks.simulate_receipts, text_id=text.pk)
        _push(outgoing.body)
        return Sent(text.sid)

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        """What lies on the phone."""
        texts = SimulatedText.objects.filter(to=to, body=body, inbound=False, created_at__gte=since)
        return list(texts.order_by("pk").values_list("sid", flat=True))

    def received(self, *, to: str, since: datetime, until: datetime) -> list[Received] | None:
        """What the phones have answered."""
        texts = SimulatedText.objects.filter(inbound=True, to=to, created_at__range=(since, until))
        return [
            Received(
                sid=text.sid,
                sender=text.from_number,
                to=text.to,
                body=text.body,
                media=0,
                sent_at=text.created_at,
            )
            for text in texts.order_by("-pk")
        ]

    def handed_over(
        self, *, senders: Collection[str], since: datetime, until: datetime
    ) -> dict[str, datetime] | None:
        """What was put on the phones."""
        texts = SimulatedText.objects.filter(inbound=False, from_number__in=senders)
        return dict(texts.filter(created_at__range=(since, until)).values_list("sid", "created_at"))

    def has(self, *, sid: str) -> bool | None:
        """Whether it was put on a phone."""
        return SimulatedText.objects.filter(sid=sid, inbound=False).exists()

    def redact(self, *, sid: str) -> Erasure:
        """Wipe it off the phone."""
        return Redacted() if SimulatedText.objects.filter(sid=sid).update(body="") else Gone()


def answer(*, from_number: str, body: str) -> str:
    """Text back as a patient would; returns the SID. Raises requests.RequestException where that fails."""
    text = SimulatedText.objects.create(
        sid=_new_sid(),
        to=settings.TWILIO_PHONE_NUMBER,
        from_number=from_number,
        body=body,
        inbound=True,
        created_at=timezone.now(),
    )
    form = {"MessageSid": text.sid, "From": from_number, "To": text.to, "Body": body, "NumMedia": "0"}
    _post("/webhooks/twilio/inbound/", form)
    return text.sid


def report(*, text_id: int) -> None:
    """Tell ourselves, as the provider would, that a text was sent and delivered."""
    text = SimulatedText.objects.filter(pk=text_id).first()
    if text is None:
        return
    for status in ("sent", "delivered"):
        form = {"MessageSid": text.sid, "MessageStatus": status, "To": text.to, "From": text.from_number}
        try:
            _post(f"/webhooks/twilio/status/?m={text.message_uuid}", form)
        except requests.RequestException as error:
            logger.warning("simulated receipt lost", extra={"error": type(error).__name__})


def _post(path: str, form: dict[str, str]) -> None:
    url = settings.PUBLIC_URL + path
    form = {"AccountSid": settings.TWILIO_ACCOUNT_SID, **form}
    headers = {"X-Twilio-Signature": webhooks.signature(url, form)}
    response = requests.post(url, data=form, headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False)
    response.raise_for_status()


def _push(body: str) -> None:
    """Show the words on whatever listens to the NTFY_URL topic; invented patients only."""
    if not settings.NTFY_URL:
        return
    try:
        requests.post(settings.NTFY_URL, data=body.encode(), timeout=PATIENCE_SECONDS).raise_for_status()
    except requests.RequestException as error:
        logger.warning("push lost", extra={"error": type(error).__name__})


def _new_sid() -> str:
    return f"SM{secrets.token_hex(16)}"
