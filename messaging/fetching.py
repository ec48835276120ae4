"""Texts that no webhook brought: the provider is asked for them every minute.

By default it does not repeat a webhook that failed, so a YES or STOP sent while we were away would be gone.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from core.channels import ON_A_PHONE
from messaging import events, gateways
from messaging.events import FETCHED, INBOUND, Event, without_nul
from messaging.gateways import Received
from messaging.models import Direction, Message, OwnNumber, ProviderEvent

logger = logging.getLogger(__name__)

# A webhook and its repeats take 15 s at most, says the page
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides (tt).
SETTLING = timedelta(seconds=30)
# A text may show up in the provider's list later than one that came after it.
OVERLAP = timedelta(minutes=15)
# After a long outage a minute's look covers one day at most.
LONGEST_LOOK = timedelta(days=1)
LATELY_HEARD = 200


def fetch_all(*, now: datetime) -> int:
    """Ask the provider what came in on each of our numbers, and store what no webhook brought; how many."""
    _learn_numbers(now)
    return sum(_fetch(own, now) for own in OwnNumber.objects.order_by("pk"))


def _learn_numbers(now: datetime) -> None:
    """The configured number, and those of a messaging service as texts to them come in.

    What came to a number before we knew it is not ours to answer.
    """
    heard = Message.objects.filter(direction=Direction.INBOUND, channel__in=ON_A_PHONE).order_by("-pk")
    numbers = {settings.TWILIO_PHONE_NUMBER, *heard.values_list("to", flat=True)[:LATELY_HEARD]} - {""}
    new = numbers - set(OwnNumber.objects.values_list("number", flat=True))
    rows = [OwnNumber(number=number, known_since=now, listed_until=now) for number in sorted(new)]
    OwnNumber.objects.bulk_create(rows, ignore_conflicts=True)


def _fetch(own: OwnNumber, now: datetime) -> int:
    since = max(own.known_since, own.listed_until - OVERLAP)
    until = min(now - SETTLING, own.listed_until + LONGEST_LOOK)
    if until <= since:
        return 0
    texts = gateways.current().received(to=own.number, since=since, until=until)
    if texts is None:
        logger.warning("provider not asked for lost texts", extra={"number": own.pk})
        return 0
    found = _store_missing(texts, now)
    # Only after the last of them is stored; a second look at the same time moves it no further.
    OwnNumber.objects.filter(pk=own.pk, listed_until__lt=until).update(listed_until=until)
    return found


def _store_missing(texts: Sequence[Received], now: datetime) -> int:
    """A webhook that comes after all finds its SID taken, as this finds the SID of one that came."""
    sids = [text.sid for text in texts]
    stored = ProviderEvent.objects.filter(provider="twilio", kind=INBOUND, sid__in=sids)
    known = set(stored.values_list("sid", flat=True))
    # Listed the latest first; handled as they were sent, also within a second.
    missing = [text for text in reversed(texts) if text.sid not in known]
    missing.sort(key=lambda text: text.sent_at)
    found = sum(events.store(event=_event(text, now), now=now) for text in missing)
    if found:
        logger.warning("texts found that no webhook brought", extra={"count": found})
    return found


def _event(text: Received, now: datetime) -> Event:
    form = {
        "MessageSid": text.sid,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "From": without_nul(text.sender),
        "To": without_nul(text.to),
        "Body": without_nul(text.body),
        "NumMedia": str(text.media),
        FETCHED: "true",
    }
    # The provider's clock may run ahead of ours.
    sent_at = min(text.sent_at, now)
    return Event(sid=text.sid, kind=INBOUND, sender=form["From"], form=form, received_at=sent_at)
