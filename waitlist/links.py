"""The address of a patient's own page: it names an invitation, signed, and neither a person nor a phone.

Short, since it stands in a text: 24 bytes, the key and a third of its signature, which is enough that no
made-up link ever reaches the database.
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "waitlist.links"
_KEY_BYTES, _SIGN_BYTES = 16, 8
_PATH = re.compile(r"/my/[\w-]+/?")


def token_of(key: uuid.UUID) -> str:
    """The signed name of an invitation."""
    return base64.urlsafe_b64encode(key.bytes + _signs(key)[0]).decode()


def read(token: str) -> uuid.UUID | None:
    """The key that a token names; None: it is not one of ours. No database is asked."""
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _KEY_BYTES + _SIGN_BYTES:
        return None
    key = uuid.UUID(bytes=raw[:_KEY_BYTES])
    is_ours = any(constant_time_compare(raw[_KEY_BYTES:], sign) for sign in _signs(key))
    return key if is_ours else None


def to_own_page(key: uuid.UUID) -> str:
    """Where its patient finds the page."""
    return f"{settings.PUBLIC_URL}{reverse('own-page', args=[token_of(key)])}"


def hidden(words: str) -> str:
    """The words of a text without what opens somebody's page: staff see that a link was sent, not which."""
    return _PATH.sub("/my/…", words)


def _signs(key: uuid.UUID) -> list[bytes]:
    """What may stand behind the key: the signature by today's secret, and by those it has replaced."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (salted_hmac(_SALT, key.hex, secret=secret, algorithm="sha256").digest() for secret in secrets)
    return [digest[:_SIGN_BYTES] for digest in digests]
