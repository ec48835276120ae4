"""What became of a greeting's text comes back to the greeting: only what was sent counts as greeted."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from core import transitions
from messaging import errors, outbox
from messaging.models import Kind, Message
from messaging.states import MessageStatus
from outreach import greeting_words
from outreach.greeting_models import Greeting
from outreach.greeting_states import GREETING_ARROWS, GreetingStatus, Why

logger = logging.getLogger(__name__)

AT_ONCE = 500
# As long a text that was said to be lost may turn out to have arrived.
DOUBTED_FOR = timedelta(days=3)
_UNDER_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN)
_GONE = (MessageStatus.SENT, MessageStatus.DELIVERED)


@transaction.atomic
def settle(*, greeting_id: int, now: datetime) -> bool:
    """Let the greeting say what its texts say; False where one is under way, or nothing is new."""
    greeting = _locked(greeting_id)
    texts = list(_texts(greeting_id))
    if greeting is None or not texts or any(text.status in _UNDER_WAY for text in texts):
        return False
    to, fields = _outcome(greeting, texts, now)
    return _moved(greeting, to, now, **fields)


def failed(*, message_id: int, now: datetime) -> bool:
    """A text of ours will not arrive. A greeting goes by the patient's next channel where there is one: then
    true. Else the greeting says so. The caller is in a transaction.
    """
    text = Message.objects.filter(pk=message_id, kind=Kind.GREETING).first()
    greeting_id = text.related.get("greeting") if text else None
    if text is None or greeting_id is None:
        return False
    greeting = _locked(greeting_id)
    if greeting is not None and _carried_on(greeting, text, now):
        _moved(greeting, GreetingStatus.SCHEDULED, now, sent_at=None)
        return True
    settle(greeting_id=greeting_id, now=now)
    return False


def sweep(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Settle every greeting whose texts have come to an end; how many."""
    doubted = Q(status=GreetingStatus.FAILED, changed_at__gt=now - DOUBTED_FOR)
    rows = Greeting.objects.filter(Q(status=GreetingStatus.SCHEDULED) | doubted)
    done = 0
    # Those on their way before those that failed.
    waiting = rows.order_by("-status", "changed_at", "pk").values_list("pk", flat=True)
    for greeting_id in list(waiting[:at_once]):
        try:
            done += settle(greeting_id=greeting_id, now=now)
        except Exception:
            # The others go on; this one is found again by the next sweep.
            logger.exception("settling failed", extra={"greeting_id": greeting_id})
    return done


def _locked(greeting_id: int) -> Greeting | None:
    rows = Greeting.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("patient", "clinic", "provider").filter(pk=greeting_id).first()


def _texts(greeting_id: int) -> Any:
    """Every text of the greeting, by whichever channel, the last one first."""
    texts = Message.objects.filter(kind=Kind.GREETING, related__contains={"greeting": greeting_id})
    return texts.order_by("-pk")


def _carried_on(greeting: Greeting, text: Message, now: datetime) -> bool:
    """Owe the greeting by the next channel, where it will never arrive by the one that it took."""
    if text.status != MessageStatus.SKIPPED and not errors.of(text.error_code).permanent:
        return False
    tried = set(_texts(greeting.pk).values_list("channel", flat=True))
    channel = greeting_words.channel_of(greeting.patient, tried=tried)
    if channel is None:
        return False
    draft = greeting_words.draft(greeting, channel=channel, is_first=False)
    outbox.queue(drafts=[draft], now=now)
    greeting.channel = draft.channel
    greeting.save(update_fields=["channel"])
    return True


def _outcome(
    greeting: Greeting, texts: Sequence[Message], now: datetime
) -> tuple[GreetingStatus, dict[str, Any]]:
    gone = next((text for text in texts if text.status in _GONE), None)
    if gone is not None:
        return GreetingStatus.SENT, {"sent_at": gone.sent_at or now, "reason": Why.NONE, "error_code": ""}
    lost = [text for text in texts if text.status != MessageStatus.SKIPPED]
    if not lost:
        return GreetingStatus.SKIPPED, {"reason": texts[0].skip_reason}
    reason = Why.NOT_SENT if lost[0].status == MessageStatus.NOT_SENT else Why.NOT_DELIVERED
    return GreetingStatus.FAILED, {"reason": reason, "error_code": lost[0].error_code, "sent_at": None}


def _moved(greeting: Greeting, to: GreetingStatus, now: datetime, **fields: Any) -> bool:
    if to not in GREETING_ARROWS.get(greeting.status, frozenset()):
        return False
    transitions.move(greeting, to=to, arrows=GREETING_ARROWS, changed_at=now, **fields)
    return True
