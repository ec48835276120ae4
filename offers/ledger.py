"""STOP and START, written into the ledger of consent in the transaction in which they take effect."""

from __future__ import annotations

from clinic import consenting
from clinic.models import ConsentSource
from core import phone
from core.channels import ON_A_PHONE, Channel
from messaging.models import Suppression

# The provider reports an opt-out without the words.
UNSAID = "(reported by the text provider)"
_SOURCES = {
    "provider": ConsentSource.PROVIDER,
    "email": ConsentSource.EMAIL,
    "call": ConsentSource.CALL,
}


def opted_out(*, suppression_id: int) -> int:
    """Nobody who is reached at this number agrees any longer; how many did."""
    row = Suppression.objects.get(pk=suppression_id)
    source = _SOURCES.get(row.source, ConsentSource.TEXT)
    words = row.words.strip() or UNSAID
    return sum(
        consenting.stopped_by_text(
            address=row.phone, channel=channel, words=words, source=source, now=row.since
        )
        for channel in _reaching(row.phone)
    )


def opted_in(*, suppression_id: int) -> int:
    """Those whom a text from this number had silenced agree again; how many."""
    row = Suppression.objects.get(pk=suppression_id)
    words = row.lifted_words.strip() or UNSAID
    now = row.lifted_at or row.since
    channels = _reaching(row.phone)
    source = ConsentSource.EMAIL if Channel.EMAIL in channels else ConsentSource.TEXT
    return sum(
        consenting.started_by_text(address=row.phone, channel=channel, words=words, source=source, now=now)
        for channel in channels
    )


def _reaching(address: str) -> tuple[Channel, ...]:
    """The channels that a STOP from there is about: whoever is left alone on a number is so by all of them.

    A revocation ends calls and texts alike: 47 CFR 64.1200(a)(10).
    """
    return (Channel.EMAIL,) if phone.channel(address) == Channel.EMAIL else ON_A_PHONE
