"""Encryption of what rests here: messages of sources, and keys to other systems.

The first key of FIELD_ENCRYPTION_KEYS seals, every one opens: a new key is put in front, and the old one goes
once nothing is left that it has sealed.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class NoKeys(Exception):
    """FIELD_ENCRYPTION_KEYS is empty: nothing may be stored that has to be sealed."""


class Unreadable(Exception):
    """Sealed with a key that is not there any more, or damaged."""


def seal(plain: bytes) -> bytes:
    """The bytes as they may be stored. Raises NoKeys."""
    return _keys(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(plain)


def unseal(sealed: bytes) -> bytes:
    """What `seal` was given. Raises NoKeys, and Unreadable."""
    try:
        return _keys(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(bytes(sealed))
    except InvalidToken:
        raise Unreadable from None


@lru_cache(maxsize=4)
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise NoKeys
    return MultiFernet([Fernet(key) for key in keys])
