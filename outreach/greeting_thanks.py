"""Somebody says thank you for a greeting: that needs no answer and no person, and confirms no visit."""

from __future__ import annotations

from datetime import datetime, timedelta

from messaging import phrases
from messaging.models import Attention, Direction, Kind, Message
from messaging.states import MessageStatus
from offers import readers
from offers.intents import Reading
from offers.readers import Said
from offers.senders import Question
from offers.states import OfferStatus

THANKED = "thanked"
# Whoever thanks later than this thanks for something else.
THANKED_WITHIN = timedelta(days=3)
_REACHED = (MessageStatus.SENDING, MessageStatus.UNKNOWN, MessageStatus.SENT, MessageStatus.DELIVERED)
_THANKS = phrases.listed(
    "thanks, thank you, thank u, thankyou, ty, thx, many thanks, thanks so much, thank you so much, "
    "thanks a lot, thank you very much, thanks very much, much appreciated, appreciate it, gracias, "
    "muchas gracias, mil gracias, muchisimas gracias, se agradece, "
    "🙏, 😊, 🙂, 😀, 😃, 😄, 😁, ❤, ☺, 🎉, 🎂, 🥳, 😍, 🥰"
)
# Said beside thanks, these add nothing; alone they may be meant for a question of ours.
_BESIDE = phrases.listed(
    "so, very, very much, all, you all, yall, everyone, team, dr, doctor, doc, aww, oh, wow, hi, hello, "
    "hey, hola, how nice, how sweet, so nice, so sweet, that is so nice, thats so nice, thats very "
    "kind, so kind, very kind, how kind, that is very kind, you are so kind, great, nice, lovely, for "
    "the birthday wishes, for the wishes, for your wishes, for the greeting, for the birthday greeting, "
    "for remembering, for thinking of me, a todos, doctora, equipo, que amable, que lindo, que bonito, "
    "muy amable, muy amables, por el saludo, por la felicitacion, por acordarse, por acordarse de mi, "
    "bendiciones, saludos"
)
_MEANINGS = {**dict.fromkeys(_THANKS, "thanks"), **dict.fromkeys(_BESIDE, "beside")}
_LONGEST = phrases.longest(_MEANINGS)


def register() -> None:
    """Read each text before those who wait for an answer to a reminder: "great, thanks" is none."""
    readers.register(read)


def read(message: Message, reading: Reading, question: Question | None, now: datetime) -> Said:
    """Take a thank-you whose sender was last told a greeting by us, and is being asked nothing just now."""
    if question is not None and question.status == OfferStatus.PENDING:
        return None
    if not is_thanks(message.body):
        return None
    texts = Message.objects.filter(to=message.from_number, direction=Direction.OUTBOUND, status__in=_REACHED)
    last = texts.only("kind", "related", "call_started_at").order_by("-pk").first()
    if last is None or last.kind != Kind.GREETING or last.call_started_at is None:
        return None
    if last.call_started_at <= now - THANKED_WITHIN:
        return None
    message.related = dict(last.related)
    return THANKED, Attention.NONE


def is_thanks(body: str) -> bool:
    """Whether a text says thank you, in English or Spanish, and nothing else."""
    said = set(phrases.meanings(body, _MEANINGS, longest=_LONGEST))
    return "thanks" in said and said <= {"thanks", "beside"}
