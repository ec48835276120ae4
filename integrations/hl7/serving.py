"""What the listener does with the frames of one source: its threads come through here to the database."""

from __future__ import annotations

import threading
import time

from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections
from django.db import Error as DatabaseError
from django.utils import timezone

from core import wakeups
from integrations import tasks, timing
from integrations.hl7 import acknowledging, intake
from integrations.hl7.listening import Doors, Limits
from integrations.models import Source

LIMITS = Limits(frame_bytes=intake.LONGEST_BODY)
# How long a changed setting of the source takes to be obeyed.
FRESH_SECONDS = 5.0
# A statement that hangs gives its thread back.
STATEMENT_SECONDS = 5


class Feed:
    """One source, looked up again every few seconds, and as it last was while the database is away."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._looked_at = time.monotonic()
        self._turn = threading.Lock()

    @property
    def doors(self) -> Doors:
        return Doors(take=self._take, refuse_size=self._refuse_size, fail=self._fail, answered=self._answered)

    def _take(self, body: bytes) -> bytes:
        # A connection that a restart of the database broke is found here and made anew.
        close_old_connections()
        return intake.take(source=self._fresh(), body=body, now=timezone.now()).ack

    def _refuse_size(self, head: bytes) -> bytes:
        close_old_connections()
        return intake.refuse_size(source=self._fresh(), head=head, now=timezone.now()).ack

    @staticmethod
    def _fail(body: bytes) -> bytes:
        return intake.fail(head=body, now=timezone.now()).ack

    @staticmethod
    def _answered(ack: bytes, seconds: float) -> None:
        timing.answered(door="mllp", answer=acknowledging.verdict_of(ack), seconds=seconds)

    def _fresh(self) -> Source:
        if time.monotonic() - self._looked_at > FRESH_SECONDS and self._turn.acquire(blocking=False):
            try:
                self._source = Source.objects.get(pk=self._source.pk)
            except (DatabaseError, Source.DoesNotExist):
                pass  # then the message cannot be stored either, which is what the sender hears
            finally:
                self._looked_at = time.monotonic()
                self._turn.release()
        return self._source


def gather_wakeups() -> None:
    """Let messages of one moment share a task: this process takes in many."""
    wakeups.gather(tasks.handle)


def bound_waits() -> None:
    """Let no statement of this process take longer than STATEMENT_SECONDS; of locks the settings say it."""
    options = connections.settings[DEFAULT_DB_ALIAS]["OPTIONS"]
    options["options"] = f"{options.get('options', '')} -c statement_timeout={STATEMENT_SECONDS}s"
    connections.close_all()
