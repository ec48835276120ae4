"""The logical keys of an offer's question, by whichever channel it went."""

from __future__ import annotations

from django.db.models import CharField, F, OuterRef, Value
from django.db.models.functions import Cast, Concat

from messaging import keys


def questions(offer_id: int | None) -> list[str]:
    """The keys of an offer's question."""
    return keys.everywhere(f"offer:{offer_id}")


def questions_of(offer_id: F | OuterRef) -> list[Concat]:
    """`questions`, for an offer that a statement names."""
    named = Cast(offer_id, CharField())
    return [Concat(Value(key), named, Value(end)) for key, end in _AROUND]


# What stands before and behind the number of the offer.
_AROUND = [("offer:", key.removeprefix("offer:")) for key in keys.everywhere("offer:")]
