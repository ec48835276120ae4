"""The logical keys under which an offer's messages may exist once each."""

from __future__ import annotations

from django.db.models import CharField, F, OuterRef, Value
from django.db.models.functions import Cast, Concat

from core.channels import Channel

# Between the key of a message and the channel that it went by next: "offer:7#email".
BY = "#"


def over(key: str, channel: str) -> str:
    """The key of the same message over another channel."""
    return f"{key.partition(BY)[0]}{BY}{channel}"


def everywhere(key: str) -> list[str]:
    """Every key that the same message may have, by whichever channel."""
    first = key.partition(BY)[0]
    return [first, *(over(first, channel) for channel in Channel)]


def questions(offer_id: int | None) -> list[str]:
    """The keys of an offer's question."""
    return everywhere(f"offer:{offer_id}")


def questions_of(offer_id: F | OuterRef) -> list[Concat]:
    """`questions`, for an offer that a statement names."""
    named = Cast(offer_id, CharField())
    return [Concat(Value("offer:"), named, Value(end)) for end in ("", *(f"{BY}{one}" for one in Channel))]
