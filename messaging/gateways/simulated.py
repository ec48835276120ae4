"""Simulated phones: texts go to a table, and answers and receipts come back through the signed webhooks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core import phone, wakeups
from messaging import fates, mails, tasks
from messaging.fates import Conditions, Fate
from messaging.gateways import (
    Answer,
    Erasure,
    Gone,
    Outgoing,
    Received,
    Redacted,
    Refused,
    Sent,
    simulated_callbacks,
    simulated_network,
    simulated_phones,
    simulated_webhooks,
)
from messaging.models import SimulatedPhone, SimulatedText


class SimulatedGateway:
    """Takes texts as the network of each phone allows, and reports what became of them when it is time."""

    def send(self, outgoing: Outgoing) -> Answer:
        """Put the text on the phone. However slow the network, this is over at once: rows do the waiting."""
        return take(outgoing=outgoing, now=timezone.now())

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        """What lies on the phone."""
        texts = SimulatedText.objects.filter(simulated_phones.ours(), phone__number=phone.bare(to))
        texts = texts.filter(created_at__gte=since, **({"body": body} if body else {}))
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
                media=text.media,
                sent_at=text.created_at,
            )
            for text in texts.order_by("-pk")
        ]

    def handed_over(
        self, *, senders: Collection[str], since: datetime, until: datetime
    ) -> dict[str, datetime] | None:
        """What was put on the phones."""
        texts = SimulatedText.objects.filter(simulated_phones.ours(), from_number__in=senders)
        return dict(texts.filter(created_at__range=(since, until)).values_list("sid", "created_at"))

    def has(self, *, sid: str) -> bool | None:
        """Whether it was put on a phone."""
        return SimulatedText.objects.filter(simulated_phones.ours(), sid=sid).exists()

    def redact(self, *, sid: str) -> Erasure:
        """Wipe it off the phone."""
        return Redacted() if SimulatedText.objects.filter(sid=sid).update(body="") else Gone()


class SimulatedMail:
    """Takes every e-mail, and puts it beside the texts, as it would have left."""

    def send(self, outgoing: Outgoing) -> Answer:
        """Put the e-mail where the phones page finds it."""
        mail = mails.compose(outgoing)
        words = replace(outgoing, body=f"{mail.subject}\n\n{mail.body}")
        return take(outgoing=words, now=timezone.now(), sid=mails.sid_of(outgoing.uuid))

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        """As a mail server: it cannot be asked."""
        return []


@transaction.atomic
def take(*, outgoing: Outgoing, now: datetime, sid: str = "") -> Answer:
    """Take a text for its phone, with the callbacks that the phone's network brings, or refuse it."""
    handset = simulated_phones.locked(phone.bare(outgoing.to))
    conditions = simulated_network.of(handset.number)
    refused = _refusal(handset, conditions)
    text = SimulatedText(
        sid=sid or simulated_webhooks.new_sid(),
        phone=handset,
        channel=outgoing.channel,
        to=outgoing.to,
        from_number=outgoing.sender,
        # A provider keeps no words of what it has not taken: nobody would ask it to empty them.
        body="" if refused else outgoing.body,
        message_uuid=outgoing.uuid,
        created_at=now,
        refused_code=refused,
    )
    if not refused and fates.arrives(conditions):
        text.arrives_at = now + timedelta(seconds=conditions.delay_seconds)
        text.push_at = text.arrives_at if settings.NTFY_URL else None
    text.save()
    simulated_phones.shows(handset, text)
    if refused:
        return Refused(refused)
    simulated_callbacks.owe(text=text, steps=fates.steps(conditions), now=now)
    if text.push_at == now:
        wakeups.wake(tasks.push_simulated_text, text_id=text.pk)
    return Sent(text.sid)


def _refusal(handset: SimulatedPhone, conditions: Conditions) -> str:
    """The code of the refusal, if any: whoever has sent STOP gets nothing, whatever the network."""
    if handset.blocked_at is not None:
        return fates.OPTED_OUT
    return conditions.error_code if conditions.fate == Fate.REFUSED else ""
