"""Simulated phone calls: they ring on the phones page, and what is said there comes from the signed webhooks.

This plays the provider's part: it asks our own server for TwiML, does what that says, and reports the end.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from xml.etree import ElementTree

import requests
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from messaging import webhooks
from messaging.gateways import Answer, Outgoing, Sent, simulated_phones
from messaging.models import SimulatedCall
from messaging.senders import CALLER

logger = logging.getLogger(__name__)

Status = SimulatedCall.Status
CLINIC, PATIENT = "clinic", "patient"
RINGS_FOR = timedelta(seconds=25)
PATIENCE_SECONDS = 10
# No call of ours has more steps than this.
MOST_STEPS = 30


class SimulatedCalls:
    """Lets every phone ring that it is given."""

    @transaction.atomic
    def send(self, outgoing: Outgoing) -> Answer:
        """Let the phone ring."""
        now = timezone.now()
        handset = simulated_phones.locked(outgoing.to)
        call = SimulatedCall.objects.create(
            sid=f"CA{secrets.token_hex(16)}",
            to=outgoing.to,
            from_number=outgoing.sender.removeprefix(CALLER),
            message_uuid=outgoing.uuid,
            created_at=now,
            rings_until=now + RINGS_FOR,
        )
        simulated_phones.rings(handset, call)
        return Sent(call.sid)

    def find(self, *, to: str, body: str, since: datetime) -> list[str] | None:
        """The calls of the phone, the first one first."""
        calls = SimulatedCall.objects.filter(to=to, created_at__gte=since)
        return list(calls.order_by("pk").values_list("sid", flat=True))

    def call_off(self, *, sid: str) -> bool:
        """Let the phone fall silent."""
        ringing = SimulatedCall.objects.filter(sid=sid, status=Status.RINGING)
        return ringing.update(status=Status.CANCELED) > 0


def of_phone(number: str, most: int = 5) -> list[SimulatedCall]:
    """The last calls of a phone, the newest first."""
    return list(SimulatedCall.objects.filter(to=number).order_by("-pk")[:most])


def version(calls: Sequence[SimulatedCall]) -> str:
    """Something that changes whenever one of the calls does."""
    return "-".join(f"{call.pk}.{call.status}.{len(call.said)}" for call in calls)


def on_phone(call_id: int, number: str) -> int:
    """The id, where that call rings on that phone; else that of no call."""
    return call_id if SimulatedCall.objects.filter(pk=call_id, to=number).exists() else 0


def pick_up(*, call_id: int, answered_by: str = "human") -> bool:
    """Take a call that rings; False: it rings no more.

    Raises requests.RequestException, as all of these do, where our own server does not answer.
    """
    call = _move(call_id, Status.RINGING, Status.ON)
    if call is None:
        return False
    path = f"/webhooks/twilio/voice/?m={call.message_uuid}"
    _play(call, _post(call, settings.PUBLIC_URL + path, AnsweredBy=answered_by))
    return True


def press(*, call_id: int, digit: str) -> bool:
    """Press a key; False: the call waits for none."""
    call = _asking(call_id)
    if call is None:
        return False
    menu, call.menu = call.menu, ""
    call.said.append([PATIENT, digit])
    _play(call, _post(call, menu, Digits=digit))
    return True


def stay_silent(*, call_id: int) -> bool:
    """Press nothing until the menu gives up; False: the call waits for no key."""
    call = _asking(call_id)
    if call is None:
        return False
    rest, call.menu = call.rest, ""
    _play(call, rest)
    return True


def hang_up(*, call_id: int) -> bool:
    """End a call, or refuse one that rings; False: it is over."""
    call = _move(call_id, Status.ON, Status.COMPLETED) or _move(call_id, Status.RINGING, Status.BUSY)
    if call is not None:
        _report(call)
    return call is not None


def ring_out(*, now: datetime) -> int:
    """End the calls that nobody took; how many."""
    ringing = SimulatedCall.objects.filter(status=Status.RINGING, rings_until__lte=now).order_by("pk")
    ended = [_move(pk, Status.RINGING, Status.NO_ANSWER) for pk in list(ringing.values_list("pk", flat=True))]
    for call in filter(None, ended):
        try:
            _report(call)
        except requests.RequestException as error:
            logger.warning("simulated call's end lost", extra={"error": type(error).__name__})
    return len(ended)


def _asking(call_id: int) -> SimulatedCall | None:
    return SimulatedCall.objects.filter(pk=call_id, status=Status.ON).exclude(menu="").first()


def _move(call_id: int, was: str, to: str) -> SimulatedCall | None:
    if not SimulatedCall.objects.filter(pk=call_id, status=was).update(status=to, menu="", rest=""):
        return None
    return SimulatedCall.objects.get(pk=call_id)


def _play(call: SimulatedCall, twiml: str) -> None:
    """Do what the TwiML says, until it waits for a key or the call is over."""
    for _ in range(MOST_STEPS):
        going_to = _step(call, ElementTree.fromstring(twiml))  # noqa: S314 - our own server's answer
        call.save(update_fields=["said", "menu", "rest"])
        if going_to is None:
            break
        twiml = _post(call, going_to)
    if not call.menu:
        hang_up(call_id=call.pk)


def _step(call: SimulatedCall, verbs: Iterable[ElementTree.Element]) -> str | None:
    """Where the call goes on; None: it waits for a key, or is over."""
    left = list(verbs)
    while left:
        verb = left.pop(0)
        if verb.tag == "Say":
            call.said.append([CLINIC, verb.text or ""])
        elif verb.tag == "Pause":
            time.sleep(int(verb.get("length", "1")))
        elif verb.tag == "Redirect":
            return (verb.text or "").partition("#")[0]
        elif verb.tag == "Gather":
            call.said += [[CLINIC, line.text or ""] for line in verb]
            rest = ElementTree.Element("Response")
            rest.extend(left)
            call.menu = verb.get("action", "").partition("#")[0]
            call.rest = ElementTree.tostring(rest, encoding="unicode")
            return None
        else:
            return None
    return None


def _report(call: SimulatedCall) -> None:
    _post(call, f"{settings.PUBLIC_URL}/webhooks/twilio/voice/status/?m={call.message_uuid}")


def _post(call: SimulatedCall, url: str, **fields: str) -> str:
    form = {"AccountSid": settings.TWILIO_ACCOUNT_SID, "CallSid": call.sid, "CallStatus": call.status}
    form |= {"To": call.to, "From": call.from_number, "Direction": "outbound-api", **fields}
    headers = {"X-Twilio-Signature": webhooks.signature(url, form)}
    response = requests.post(url, data=form, headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False)
    response.raise_for_status()
    return response.text
