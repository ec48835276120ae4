"""What patients text back on the simulated phones, and what the provider itself makes of a keyword."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from core import phone
from messaging.gateways import simulated_phones, simulated_webhooks
from messaging.models import SimulatedPhone, SimulatedText

# The keywords that Twilio obeys itself where they are all that a text says, in any case:
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out. A YES opens only what a STOP closed.
STOP = frozenset(["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"])
START = frozenset(["start", "unstop"])
HELP = frozenset(["help", "info"])
YES = "yes"
# Twilio's numbers answer with words of Twilio's; these say the same.
STOPPED = "(network) You get no more texts from this number. To get them again, reply START."
STARTED = "(network) You get texts from this number again. Reply HELP for help, or STOP to end them."
# What a number of a messaging service is, where only the service is configured: nobody's.
SERVICE_NUMBER = "+15005550006"


def answer(*, from_number: str, body: str, pictures: int = 0, now: datetime) -> str:
    """Text as a patient would; returns the SID. Raises requests.RequestException where it is not brought.

    The provider has the text all the same, as a real one would, and we may fetch it there.
    """
    text, opt_out_type = _take(from_number, body, pictures, now)
    simulated_webhooks.deliver(text, opt_out_type=opt_out_type)
    return text.sid


@transaction.atomic
def _take(number: str, body: str, pictures: int, now: datetime) -> tuple[SimulatedText, str]:
    """The text at the provider, who obeys a keyword before we hear of it."""
    handset = simulated_phones.locked(number)
    text = SimulatedText.objects.create(
        sid=simulated_webhooks.new_sid(pictures=pictures),
        phone=handset,
        to=_number_of_ours(handset),
        from_number=number,
        body=body,
        inbound=True,
        media=pictures,
        created_at=now,
        arrives_at=now,
    )
    simulated_phones.shows(handset, text)
    opt_out_type = _obey("" if pictures else body.strip().casefold(), handset, now)
    return text, opt_out_type


def _obey(word: str, handset: SimulatedPhone, now: datetime) -> str:
    """Block or open the phone as the word asks, confirmed on it; the OptOutType that the webhook brings."""
    is_blocked = handset.blocked_at is not None
    if word in STOP:
        if not is_blocked:
            SimulatedPhone.objects.filter(pk=handset.pk).update(blocked_at=now)
            _confirm(handset, STOPPED, now)
        return "STOP"
    if word in START or (word == YES and is_blocked):
        SimulatedPhone.objects.filter(pk=handset.pk).update(blocked_at=None)
        if is_blocked:
            _confirm(handset, STARTED, now)
        return "START"
    # Its own answer to HELP is switched off, as docs/twilio.md says: ours names the clinic.
    return "HELP" if word in HELP else ""


def _confirm(handset: SimulatedPhone, words: str, now: datetime) -> None:
    text = SimulatedText.objects.create(
        sid=simulated_webhooks.new_sid(),
        phone=handset,
        to=handset.number,
        from_number=_number_of_ours(handset),
        body=words,
        by_provider=True,
        created_at=now,
        arrives_at=now,
    )
    simulated_phones.shows(handset, text)


def _number_of_ours(handset: SimulatedPhone) -> str:
    """The number that texted this phone last; of a messaging service, whichever of its numbers it chose."""
    texts = handset.texts.filter(inbound=False, by_provider=False).order_by("-pk")
    last = texts.values_list("from_number", flat=True).first() or ""
    return last if phone.is_number(last) else settings.TWILIO_PHONE_NUMBER or SERVICE_NUMBER
