"""Whoever speaks for a source of HL7 messages may send them, and nothing else comes with it."""

from __future__ import annotations

from typing import Any

from integrations.models import SourceKind

SEND_HL7 = "integrations.send_hl7"


class SourceBackend:
    """Gives SEND_HL7 to the user of an HL7 source: the admin who names the user gives the permission."""

    def authenticate(self, request: Any) -> None:
        """Knows nobody by what they say."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if perm != SEND_HL7 or not user_obj.is_active:
            return False
        source = getattr(user_obj, "source", None)
        return source is not None and source.kind == SourceKind.HL7
