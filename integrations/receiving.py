"""The one door for messages of sources: sealed, stored and committed before they are answered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from core import prepared, wakeups
from integrations import sealing, tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The row of a message; not new where the same one was there before, and then nothing follows."""

    row_id: int
    is_new: bool


# Longer than whoever acts on a message at once takes for it; then the sweep does.
AT_HAND = timedelta(minutes=1)


def receive(*, source_id: int, kind: str, control_id: str, body: bytes, now: datetime) -> Arrived:
    """Store a message in one INSERT that is committed when this returns; a worker is woken for a new one.

    The same body under the same control id counts once. `kind` names the reader in integrations.reading.
    Raises django.db.Error where the database does not take it, and sealing.NoKeys. The caller has no
    transaction open: its commit would come after the answer.
    """
    blocks = transaction.get_connection().atomic_blocks
    if blocks and not blocks[-1]._from_testcase:
        raise RuntimeError("a message is answered once it is committed: receive it outside of a transaction")
    # One statement commits by itself: around it BEGIN and COMMIT would be two trips more with every message.
    return store(source_id=source_id, kind=kind, control_id=control_id, body=body, now=now)


def store(
    *, source_id: int, kind: str, control_id: str, body: bytes, now: datetime, is_at_hand: bool = False
) -> Arrived:
    """`receive`, for a caller whose own transaction stores more than this, such as how far it has read.

    `is_at_hand`: the caller acts on it itself after the commit, and no worker is to do so beside it.
    """
    digest = hashlib.sha256(body).hexdigest()
    name = control_id.replace("\x00", "")[:200]
    row: list[Any] = [source_id, kind, name, digest, sealing.seal(body), now]
    row.append(now + AT_HAND if is_at_hand else now)
    with prepared.cursor() as cursor:
        cursor.execute(_INSERT, row)
        stored = cursor.fetchone()
    if stored is None:
        return Arrived(row_id=_known(source_id, name, digest), is_new=False)
    if not is_at_hand:
        wakeups.wake_together(tasks.handle, pk=stored[0], queue=tasks.QUEUE)
    return Arrived(row_id=stored[0], is_new=True)


def _known(source_id: int, control_id: str, digest: str) -> int:
    with prepared.cursor() as cursor:
        cursor.execute(_KNOWN, [source_id, control_id, digest])
        return int(cursor.fetchone()[0])


_INSERT = """
    INSERT INTO integrations_feedmessage
        (source_id, kind, control_id, digest, body, status, received_at, next_attempt_at, attempt)
    VALUES (%s, %s, %s, %s, %s, 'received', %s, %s, 0)
    ON CONFLICT (source_id, control_id, digest) DO NOTHING
    RETURNING id
"""
_KNOWN = "SELECT id FROM integrations_feedmessage WHERE source_id = %s AND control_id = %s AND digest = %s"
