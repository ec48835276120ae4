"""Numbers that must not be texted."""

from __future__ import annotations

from datetime import datetime

from messaging.models import Suppression


def is_suppressed(phone: str) -> bool:
    """Whether this number has opted out."""
    return suppressed_since(phone) is not None


def suppressed_since(phone: str) -> datetime | None:
    """When the text came (UTC) that opted this number out; None: it has not."""
    rows = Suppression.objects.filter(phone=phone, lifted_at=None)
    return rows.order_by("pk").values_list("since", flat=True).first()


def suppress(*, phone: str, words: str, source: str, now: datetime) -> None:
    """Text this number no more, from this transaction on. Once is enough; a repeat changes nothing."""
    row = Suppression(phone=phone, words=words[:160], source=source, since=now)
    Suppression.objects.bulk_create([row], ignore_conflicts=True)


def lift(*, phone: str, now: datetime) -> bool:
    """The number's owner wants texts again; False where nothing was suppressed, or only since then."""
    # A START that was fetched late does not undo the STOP that came after it.
    rows = Suppression.objects.filter(phone=phone, lifted_at=None, since__lte=now)
    return rows.update(lifted_at=now) > 0
