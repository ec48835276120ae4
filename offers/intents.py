"""What an answer to an offer says: yes only when the whole message says yes. Pure, English and Spanish.

A false yes gives a slot to somebody who did not want it, so everything that is not plainly yes or no is
unclear and goes to a person. offers/phrases.csv is the table of examples that hold this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from messaging import phrases, wording
from messaging.wording import Keyword


class Intent(StrEnum):
    """CANCEL and END are read as STOP; Reading.staff_task tells them apart."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    WRONG_NUMBER = "wrong_number"
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means; `single_word` and `staff_task` are as in messaging.wording."""

    intent: Intent
    single_word: bool = False
    staff_task: bool = False


_YES = phrases.listed(
    "yes, y, yep, yup, yeah, yea, yas, sure, si, claro, dale, absolutely, definitely, certainly, accept,"
    " confirm, acepto, confirmo, 👍, ✅, ✔, ☑, of course, that works, that works for me, works for me,"
    " ill take it, i will take it, ill be there, i will be there, i want it, i accept, count me in,"
    " book it, book me, yes i can, yes i do, yes i will, yes i would, yes sir, yes maam, por supuesto,"
    " sure thing, book me in, lets do it, i would like it, yes i would like it, yes im available,"
    " claro que si, lo quiero, la quiero, lo tomo, la tomo, me sirve"
)
# Ways to say yes that with thanks added end a conversation: "Ok, thanks".
_SOFT = phrases.listed(
    "ok, okay, okey, vale, 👌, sounds good, sounds great, thats fine, esta bien, de acuerdo"
)
_NO = phrases.listed(
    "no, n, nope, nah, decline, pass, 👎, ❌, 🚫, not today, not now, not this time, not available,"
    " not interested, im not available, i am not available, im not interested, i am not interested,"
    " i cant, i cannot, i can not, cant make it, cannot make it, i cant make it, i cannot make it,"
    " i wont make it, cant do it, i cant do it, cant today, i cant today, i dont want it, ill pass,"
    " i pass, i decline, no can do, no puedo, yo no puedo, no puedo ir, no puedo hoy, hoy no,"
    " hoy no puedo, ahora no, ahora no puedo, esta vez no, no lo quiero, no la quiero, no quiero,"
    " no me interesa, no estoy interesado, no estoy interesada, no voy a poder, claro que no"
)
_PLEASE = phrases.listed("please, pls, plz, por favor, porfavor, porfa, 😊, 🙂, 🙏, 😀, 😃, 😄, 😁, 🎉, ❤, ☺")
_THANKS = phrases.listed(
    "thanks, thank you, thank u, ty, thx, thanks so much, thank you so much, many thanks, gracias,"
    " muchas gracias"
)
_SORRY = phrases.listed("sorry, im sorry, i am sorry, so sorry, lo siento, disculpe, perdon, 😔, ☹, 😢, 😞")

_MEANINGS: dict[tuple[str, ...], str] = {
    **dict.fromkeys(_YES, Intent.YES),
    **dict.fromkeys(_SOFT, "soft"),
    **dict.fromkeys(_NO, Intent.NO),
    **dict.fromkeys(_PLEASE, "please"),
    **dict.fromkeys(_THANKS, "thanks"),
    **dict.fromkeys(_SORRY, "sorry"),
}
_LONGEST = phrases.longest(_MEANINGS)


def read(body: str) -> Reading:
    """What a text means to the one open question of its number. Never raises."""
    asked = wording.read(body)
    if asked.opts_out:
        intent = Intent.STOP
    elif asked.keyword != Keyword.OTHER:
        intent = Intent(asked.keyword)
    else:
        intent = _yes_or_no(body)
    return Reading(intent, single_word=asked.single_word, staff_task=asked.staff_task)


def _yes_or_no(body: str) -> Intent:
    said = set(phrases.meanings(body, _MEANINGS, longest=_LONGEST))
    if Intent.NO in said and said <= {Intent.NO, "please", "thanks", "sorry"}:
        return Intent.NO
    agrees = Intent.YES in said or ("soft" in said and "thanks" not in said)
    return Intent.YES if agrees and said <= {Intent.YES, "soft", "please", "thanks"} else Intent.UNCLEAR
