"""Twilio's requests during a call of ours: who picked up, which key was pressed, what comes, how it ended.

Signed and checked as a text is. Whoever is on the line hears TwiML (https://www.twilio.com/docs/voice/twiml):
the question, asked twice at most, and after a key the words of the reply as soon as it is there. A key is
stored before it is answered. With the database down the answer is 503, and Twilio asks again.
"""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from twilio.twiml.voice_response import Gather, VoiceResponse

from messaging import calling, events, speaking
from messaging.models import Message
from messaging.speaking import Line, Part
from messaging.webhooks import verified

logger = logging.getLogger(__name__)

# Seconds for a key after the words; "again" follows, and then the call is over.
THINKING_SECONDS = 6
# A reply that is not there yet is asked for again, each time after a second.
TURNS = 12
# At most two askings are stored of one call: the menu, and once more after a wrong key.
ASKINGS = 2


def _of_a_call(
    view: Callable[[HttpRequest, dict[str, str], Message], HttpResponse],
) -> Callable[[HttpRequest, dict[str, str]], HttpResponse]:
    """Only what is about a call of ours; 503 where the database does not answer."""

    @functools.wraps(view)
    def found(request: HttpRequest, form: dict[str, str]) -> HttpResponse:
        call_uuid = _uuid(request)
        if call_uuid is None or not all(form.get(name) for name in ("CallSid", "From", "To")):
            return HttpResponse("m, CallSid, From and To are needed.", status=400, content_type="text/plain")
        try:
            call = calling.find(call_uuid=call_uuid, number=form["To"])
            return _hang_up() if call is None else view(request, form, call)
        except DatabaseError as error:
            logger.error("call not answered", extra={"error": type(error).__name__})
            return HttpResponse(status=503)

    return found


@verified
@_of_a_call
def picked_up(request: HttpRequest, form: dict[str, str], call: Message) -> HttpResponse:
    """Somebody, or a machine, took the call: the question, if it still stands."""
    now = timezone.now()
    answered_by = form.get("AnsweredBy", "")
    is_machine = answered_by.startswith("machine") or answered_by == "fax"
    _store(form, "machine" if is_machine else "in-progress", call.uuid)
    if is_machine:
        return _hang_up()
    question = speaking.line(Part.QUESTION, call=call, now=now)
    if not question.asks:
        return _say_last(question)
    lines = [question, speaking.line(Part.AGAIN, call=call, now=now)]
    return _ask(call, lines, speaking.line(Part.GOODBYE, call=call, now=now), time=1)


@verified
@_of_a_call
def answer(request: HttpRequest, form: dict[str, str], call: Message) -> HttpResponse:
    """A key was pressed. One that is not on the menu is asked about once more, and then a person looks."""
    now, time = timezone.now(), _whole(request, "n", low=1, high=ASKINGS)
    if form.get("Digits", "") not in calling.WORDS and time < ASKINGS:
        again = speaking.line(Part.AGAIN, call=call, now=now)
        return _ask(call, [again], speaking.line(Part.GOODBYE, call=call, now=now), time=time + 1)
    calling.pressed(call=call, form=form, time=time, now=now)
    return _wait(call, time, turn=1)


@verified
@_of_a_call
def outcome(request: HttpRequest, form: dict[str, str], call: Message) -> HttpResponse:
    """What came of the key: the reply, when it is there."""
    now, time = timezone.now(), _whole(request, "n", low=1, high=ASKINGS)
    turn = _whole(request, "t", low=1, high=TURNS)
    reply = speaking.reply(call=call, key_sid=speaking.sid_of_key(form["CallSid"], time), now=now)
    if reply is not None:
        return _say_last(reply, then=_url("said", call, n=time))
    if turn < TURNS:
        return _wait(call, time, turn=turn + 1)
    return _say_last(speaking.line(Part.WAIT, call=call, now=now))


@verified
@_of_a_call
def said(request: HttpRequest, form: dict[str, str], call: Message) -> HttpResponse:
    """The reply was said to its end."""
    time = _whole(request, "n", low=1, high=ASKINGS)
    speaking.heard(key_sid=speaking.sid_of_key(form["CallSid"], time), now=timezone.now())
    return _hang_up()


@verified
def status(request: HttpRequest, form: dict[str, str]) -> HttpResponse:
    """How a call goes. `m` in the query is our own name for it; one that is nobody's is kept in the log."""
    if not form.get("CallSid") or not form.get("CallStatus"):
        return HttpResponse("CallSid and CallStatus are needed.", status=400, content_type="text/plain")
    try:
        _store(form, form["CallStatus"], _uuid(request))
    except DatabaseError as error:
        logger.error("call status not stored", extra={"error": type(error).__name__})
        return HttpResponse(status=503)
    return _twiml(VoiceResponse())


def _store(form: dict[str, str], word: str, call_uuid: uuid.UUID | None) -> None:
    now = timezone.now()
    event = events.Event(
        sid=form["CallSid"],
        kind=f"{events.CALL}{word}",
        sender=form.get("To", ""),
        form=form,
        received_at=now,
        message_uuid=call_uuid,
    )
    events.store(event=event, now=now)


def _ask(call: Message, lines: list[Line], goodbye: Line, *, time: int) -> HttpResponse:
    response = VoiceResponse()
    for line in lines:
        # Any key counts as pressed, # too: it would otherwise end an input that is empty.
        keys = {"num_digits": 1, "finish_on_key": "", "timeout": THINKING_SECONDS, "input": "dtmf"}
        gather = Gather(action=_url("answer", call, n=time) + calling.RETRY, method="POST", **keys)
        gather.say(line.words, language=line.locale)
        response.append(gather)
    response.say(goodbye.words, language=goodbye.locale)
    return _twiml(response)


def _wait(call: Message, time: int, *, turn: int) -> HttpResponse:
    response = VoiceResponse()
    response.pause(length=1)
    response.redirect(_url("outcome", call, n=time, t=turn) + calling.RETRY, method="POST")
    return _twiml(response)


def _say_last(line: Line, *, then: str = "") -> HttpResponse:
    response = VoiceResponse()
    response.say(line.words, language=line.locale)
    if then:
        response.redirect(then, method="POST")
    else:
        response.hangup()
    return _twiml(response)


def _hang_up() -> HttpResponse:
    response = VoiceResponse()
    response.hangup()
    return _twiml(response)


def _twiml(response: VoiceResponse) -> HttpResponse:
    return HttpResponse(str(response), content_type="text/xml")


def _url(step: str, call: Message, **numbers: int) -> str:
    query = "".join(f"&{name}={number}" for name, number in numbers.items())
    return f"{settings.PUBLIC_URL}/webhooks/twilio/voice/{step}/?m={call.uuid}{query}"


def _uuid(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get("m", ""))
    except ValueError:
        return None


def _whole(request: HttpRequest, name: str, *, low: int, high: int) -> int:
    """A number of the query within its bounds; what is none is the highest, after which nothing comes."""
    raw = request.GET.get(name, "")
    return min(max(int(raw), low), high) if raw.isascii() and raw.isdigit() and len(raw) < 4 else high
