"""STOP and START, written into the ledger of consent in the transaction in which they take effect."""

from __future__ import annotations

from clinic import consenting
from clinic.models import ConsentChannel, ConsentSource
from messaging.models import Suppression

# The provider reports an opt-out without the words.
UNSAID = "(reported by the text provider)"
_WHATSAPP = "whatsapp:"
_SOURCES = {"provider": ConsentSource.PROVIDER}


def opted_out(*, suppression_id: int) -> int:
    """Nobody who is reached at this number agrees any longer; how many did."""
    row = Suppression.objects.get(pk=suppression_id)
    channel, phone = _reached(row.phone)
    source = _SOURCES.get(row.source, ConsentSource.TEXT)
    words = row.words.strip() or UNSAID
    return consenting.stopped_by_text(phone=phone, channel=channel, words=words, source=source, now=row.since)


def opted_in(*, suppression_id: int) -> int:
    """Those whom a text from this number had silenced agree again; how many."""
    row = Suppression.objects.get(pk=suppression_id)
    channel, phone = _reached(row.phone)
    words = row.lifted_words.strip() or UNSAID
    now = row.lifted_at or row.since
    return consenting.started_by_text(phone=phone, channel=channel, words=words, now=now)


def _reached(address: str) -> tuple[str, str]:
    """The channel and the phone number of an address that texts us."""
    channel = ConsentChannel.WHATSAPP if address.startswith(_WHATSAPP) else ConsentChannel.SMS
    return channel, address.removeprefix(_WHATSAPP)
