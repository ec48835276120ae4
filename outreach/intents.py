"""What an answer to a reminder says. Pure, English and Spanish.

Only a 1 cancels a visit, and only when the whole message is a 1. That somebody cannot come leads to a
question and to nothing else, so more ways of saying it are understood. outreach/phrases.csv is the table of
examples.
"""

from __future__ import annotations

from enum import StrEnum

from messaging import phrases
from offers import intents as offers_intents


class Intent(StrEnum):
    # C, or the word itself: no other question of ours asks for it.
    CONFIRM = "confirm"
    CANT_COME = "cant_come"
    # To the question whether the visit is to be cancelled.
    ONE = "one"
    TWO = "two"
    # What would be a yes or a no to an offer, too.
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


def _each(firsts: str, seconds: str) -> frozenset[phrases.Phrase]:
    """Every first phrase followed by every second one."""
    return frozenset(one + two for one in phrases.listed(firsts) for two in phrases.listed(seconds))


_CONFIRM = phrases.listed(
    "c, confirm, confirmed, confirming, i confirm, i am confirming, im confirming, confirmo, "
    "confirmado, confirmada, la confirmo, lo confirmo, quiero confirmar, confirmar, reply c"
)
_COMING = phrases.listed(
    "yes, y, yep, yeah, yup, si, sure, ok, okay, 👍, ✅, ✔, ☑, 👌, ill be there, i will be there, we "
    "will be there, well be there, be there, see you, see you then, see you there, see ya, im coming,"
    " i am coming, ill come, i will come, will be there, will do, coming, sounds good, perfect, "
    "great, good, claro, claro que si, ahi estare, alli estare, alla estare, ahi estaremos, si voy, "
    "voy, asistire, ire, nos vemos, vale, esta bien, de acuerdo, perfecto, muy bien, yes i can, i "
    "can, por supuesto, of course"
)
_CANT = phrases.listed(
    "cant, cannot, can not, wont, will not, wont be able to, will not be able to, not able to,"
    " couldnt, unable to, dont think i can, do not think i can"
)
_WHO = phrases.listed("i, we") | {()}
_GO = phrases.listed("come, make it, make, attend, be there, go, keep, keep it, do it, make this")
_TO_CANCEL = phrases.listed(
    "cancel, to cancel, need to cancel, have to cancel, want to cancel, must cancel, would like to "
    "cancel, gotta cancel, got to cancel, id like to cancel, i need to cancel, i have to cancel, i "
    "want to cancel, i must cancel, i would like to cancel, cancelar, quiero cancelar, necesito "
    "cancelar, tengo que cancelar, debo cancelar, deseo cancelar, quisiera cancelar, cancelen, "
    "cancele, cancela, cancelenme, canceleme, puede cancelar, pueden cancelar, hay que cancelar, "
    "cancelo"
)
# "No cancelen mi cita" is the opposite of both.
_NO = phrases.listed("no, n, nope, nah, 👎, ❌")
_CANT_COME = (
    frozenset(who + cant + go for who in _WHO for cant in _CANT for go in _GO)
    | phrases.listed(
        "i cant, we cant, cant, not coming, im not coming, i am not coming, were not "
        "coming, we are not coming, not going to make it, im not going to make it, i am not going to make"
        " it, wont be there, i wont be there, we wont be there, i will not be there, wont be coming, i "
        "wont be coming, i wont be able to, cannot, i cannot, i am unable to come, no i cant, cant "
        "today, cant tomorrow"
    )
    | _each(
        "no puedo, no podre, no voy a poder, no podemos, no podremos, no vamos a poder, ya no puedo, yo "
        "no puedo, me es imposible, no me es posible",
        "ir, asistir, venir, llegar, acudir, presentarme",
    )
    | phrases.listed(
        "no puedo, no podre, no voy a poder, no podemos, no voy a ir, no ire, no vamos a ir, no asistire,"
        " no voy, no vamos, ya no voy, no voy a asistir, no llego, no voy a llegar, hoy no puedo, manana "
        "no puedo"
    )
)
_ONE = phrases.listed("1, 1⃣, one, uno, reply 1, conteste 1, #1, # 1")
_TWO = phrases.listed("2, 2⃣, two, dos, reply 2, conteste 2, # 2")
# Said beside an answer, these change nothing in it.
_BESIDE = phrases.listed(
    "please, pls, plz, por favor, porfavor, porfa, thanks, thank you, ty, thx, thank u, thank you so "
    "much, gracias, muchas gracias, sorry, im sorry, i am sorry, so sorry, lo siento, disculpe, "
    "disculpen, perdon, 😊, 🙂, 🙏, 😀, 😃, 😄, ❤, 😔, ☹, 😢, 😞"
)
_ABOUT = (
    phrases.listed(
        "for today, for tomorrow, para hoy, para manana, "
        "hi, hello, hey, hola, buenos dias, buenas tardes, buenas, unfortunately, lamentablemente, today,"
        " tomorrow, tonight, this time, then, on monday, on tuesday, on wednesday, on thursday, on "
        "friday, on saturday, monday, tuesday, wednesday, thursday, friday, saturday, hoy, manana, el "
        "lunes, el martes, el miercoles, el jueves, el viernes, el sabado, it, this"
    )
    | _each(
        "my, the, this, our, to my, to the, to this, for my, for the, that, tomorrows, todays",
        "appointment, visit, appt, apt, appointment today, appointment tomorrow",
    )
    | phrases.listed("appointment, visit, appt, appointment today, appointment tomorrow")
    | _each("mi, la, a mi, a la, esta, esa, a esta, nuestra", "cita, visita, consulta")
    | phrases.listed("cita")
)

_MEANINGS: dict[tuple[str, ...], str] = {
    **dict.fromkeys(_ABOUT, "about"),
    **dict.fromkeys(_BESIDE, "beside"),
    **dict.fromkeys(_COMING, Intent.YES),
    **dict.fromkeys(_CANT_COME, Intent.CANT_COME),
    **dict.fromkeys(_NO, Intent.NO),
    **dict.fromkeys(_TO_CANCEL, "cancel"),
    **dict.fromkeys(_CONFIRM, Intent.CONFIRM),
    **dict.fromkeys(_ONE, Intent.ONE),
    **dict.fromkeys(_TWO, Intent.TWO),
}
_LONGEST = phrases.longest(_MEANINGS)


def read(body: str) -> Intent:
    """What a text means to whoever was reminded of a visit. Never raises."""
    said = set(phrases.meanings(body, _MEANINGS, longest=_LONGEST))
    for number in (Intent.ONE, Intent.TWO):
        if number in said:
            return number if said <= {number, "beside"} else Intent.UNCLEAR
    if _is_all(said, {Intent.CANT_COME, Intent.NO}) or _is_all(said, {Intent.CANT_COME, "cancel"}):
        return Intent.CANT_COME
    if Intent.CONFIRM in said and _is_all(said, {Intent.CONFIRM, Intent.YES}):
        return Intent.CONFIRM
    if _is_all(said, {Intent.YES}):
        return Intent.YES
    to_an_offer = offers_intents.read(body).intent
    same = {offers_intents.Intent.YES: Intent.YES, offers_intents.Intent.NO: Intent.NO}
    return same.get(to_an_offer, Intent.UNCLEAR)


def _is_all(said: set[str | None], meant: set[str]) -> bool:
    """Whether something of `meant` was said, and nothing that says more."""
    return bool(said & meant) and said <= meant | {"beside", "about"}
