"""A message as it came, for whoever has to see it: each look is written down."""

from __future__ import annotations

from datetime import datetime

from core import audit
from integrations import sealing
from integrations.models import FeedMessage

# More is not read on a page.
LONGEST = 60_000


def show(*, message: FeedMessage, by: str, ip: str | None, now: datetime) -> str | None:
    """The message's words, line by line; None where it was emptied, or its key is gone.

    45 CFR 164.312(b): who has looked at what of a patient is examined later.
    """
    audit.record(actor=by, verb="feed.message_seen", obj=message, at=now, ip=ip)
    if message.emptied_at is not None:
        return None
    try:
        body = sealing.unseal(bytes(message.body))
    except sealing.Unreadable:
        return None
    words = body.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each if each == "\n" or each.isprintable() else "·" for each in words[:LONGEST])
