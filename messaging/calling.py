"""A phone call of ours while somebody is on the line: which call it is, what was pressed, how it ended.

A key is words: it is stored through the door of the texts and read, ordered, understood and answered as they
are (messaging.inbox), so that a 1 on a call and a YES by text meet under one lock.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core import phone, transitions, wakeups
from core.channels import Channel
from messaging import events, failing, gateways, speaking, tasks
from messaging.models import Direction, Message
from messaging.signals import call_ended
from messaging.states import ARROWS, MessageStatus

# What the keys of the menu say. A 9 is a STOP: a "key press-activated opt-out mechanism on a call" revokes
# consent to calls and to texts about the same, 47 CFR 64.1200(a)(10).
WORDS = {"1": "YES", "2": "NO", "9": "STOP"}
# What stands after # in an address is neither sent nor signed: Twilio asks twice more whatever went wrong,
# within the 15 s that it has, while somebody waits on the line.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
RETRY = "#rc=2&rp=all&ct=1000&rt=4000"
# Why a reply left in another way: it was being said when the call ended, or nobody asked for it.
HUNG_UP, UNSAID = "hung-up", "unsaid"
# The provider's status of a call that was ended before somebody took it.
CALLED_OFF = "canceled"
# The keys of a phone; anything else is nobody's finger, and no word in it counts.
_NOT_KEYS = re.compile(r"[^0-9*#]")


def find(*, call_uuid: uuid.UUID, number: str) -> Message | None:
    """The call of ours with that name to that number; None: there is none."""
    calls = Message.objects.filter(uuid=call_uuid, channel=Channel.VOICE, direction=Direction.OUTBOUND)
    call = calls.filter(in_reply_to=None).first()
    return call if call is not None and phone.bare(call.to) == number else None


def pressed(*, call: Message, form: Mapping[str, str], time: int, now: datetime) -> bool:
    """Store the key that was pressed at the `time`-th asking; False: it was there, and nothing changes.

    Who was called is who says it. Raises django.db.Error where the database does not take it.
    """
    keys = form.get("Digits", "")
    words = WORDS.get(keys) or f"Pressed {_NOT_KEYS.sub('', keys)[:20]}"
    said = {"From": form["To"], "To": form["From"], "Body": words, "NumMedia": "0"}
    event = events.Event(
        sid=speaking.sid_of_key(form["CallSid"], time),
        kind=events.INBOUND,
        sender=form["To"],
        form={**form, **said},
        received_at=now,
        message_uuid=call.uuid,
    )
    return events.store(event=event, now=now)


def ended(*, call: Message, now: datetime) -> None:
    """The call is over that somebody took: what was not said in it is told otherwise, at once.

    Announced as `call_ended`. The caller is in a transaction, and has written the end.
    """
    replies = Message.objects.filter(
        in_reply_to__in_reply_to=call, channel=Channel.VOICE, direction=Direction.OUTBOUND
    )
    unsaid = replies.filter(status=MessageStatus.QUEUED)
    unsaid.update(next_attempt_at=now, changed_at=now)
    for pk, priority in unsaid.order_by("pk").values_list("pk", "priority"):
        wakeups.wake(tasks.send, priority=priority, message_id=pk)
    for reply in replies.filter(status=MessageStatus.SENT).order_by("pk"):
        _cut_off(reply, now)
    call_ended.send(sender=Message, message_id=call.pk)


def call_off(*, call: Message, now: datetime) -> bool:
    """Have the provider end a call that nobody has taken yet; False: it goes on, or nobody knows.

    Here is the network: no transaction is open. What the provider says is an event like its own report,
    which may come as well.
    """
    sid = call.twilio_sid or ""
    if not gateways.caller().call_off(sid=sid):
        return False
    event = events.Event(
        sid=sid,
        kind=f"{events.CALL}{CALLED_OFF}",
        sender=call.to,
        form={"CallSid": sid, "CallStatus": CALLED_OFF},
        received_at=now,
        message_uuid=call.uuid,
    )
    events.store(event=event, now=now)
    return True


def _cut_off(reply: Message, now: datetime) -> None:
    """It was being said when the call ended."""
    fields: dict[str, Any] = {"error_code": HUNG_UP, "changed_at": now}
    try:
        transitions.move(reply, to=MessageStatus.UNDELIVERED, arrows=ARROWS, **fields)
    except transitions.StaleState:
        return
    failing.failed(message=reply, code=HUNG_UP, now=now)
