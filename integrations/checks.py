"""A source without keys to seal its messages is found when the program starts, not at its first one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError

from integrations.models import Source

HINT = (
    "Set FIELD_ENCRYPTION_KEYS to a key of your own: python3 -c 'import base64, secrets;"
    " print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())'"
)


@checks.register(checks.Tags.database)
def keys_of_sources(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """An error where a source is set up and nothing of it could be stored."""
    if not databases or settings.FIELD_ENCRYPTION_KEYS:
        return []
    try:
        is_there = Source.objects.filter(active=True).exists()
    except DatabaseError:
        # Before the first migration there is no such table, and no source.
        return []
    if not is_there:
        return []
    return [checks.Error("A schedule feed has no key to be sealed with.", hint=HINT, id="integrations.E001")]
