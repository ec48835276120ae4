"""The links in an e-mail: each names the e-mail itself, signed, and neither a person nor an address."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

# A link to stop must work for 30 days at least: 15 U.S.C. 7704(a)(3)(A)(ii).
LASTS = timedelta(days=60)
_SIGNER = signing.TimestampSigner(salt="messaging.links")


def token_of(message: uuid.UUID) -> str:
    """The signed name of an e-mail."""
    return _SIGNER.sign(message.hex)


def read(token: str) -> uuid.UUID | None:
    """The e-mail that a token names; None: it is not one of ours, or too old. No database is asked."""
    try:
        return uuid.UUID(_SIGNER.unsign(token, max_age=LASTS))
    except (signing.BadSignature, ValueError):
        return None


def to_answer(message: uuid.UUID) -> str:
    """Where its reader answers it."""
    return f"{settings.PUBLIC_URL}{reverse('answer', args=[token_of(message)])}"


def to_stop(message: uuid.UUID) -> str:
    """Where its reader, or the reader's mail program, asks for no more."""
    return f"{settings.PUBLIC_URL}{reverse('answer-stop', args=[token_of(message)])}"
