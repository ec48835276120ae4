"""What every text must hold and how long it may get, whoever wrote it. Pure.

A text is words with placeholders in braces, each of which stands for a plain string and for nothing else: no
attribute, expression or tag is ever read in it, so that what a clinic types can do no more than be sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.marking import Sentence
from core.marking import marked as _
from messaging import segments
from offers.languages import LANGUAGES
from offers.speech import SPEECH, digits

CLINIC_LENGTH, PROVIDER_LENGTH = 20, 25

ALWAYS = ("clinic", "phone")
OF_SLOT = (*ALWAYS, "day", "time", "provider")
# What a name may be at its longest; a zone without letters of its own is +1245.
_LONGEST = {
    "clinic": "Riverside & Lakeside",
    "phone": "+491512345678901",
    "time": "12:30 PM +1245",
    "provider": "Dr. Maximiliana O'Connell",
    "deadline": "12:37 PM +1345",
    # The address of the installation takes about half of it: waitlist.links.
    "link": "https://waitlist.riverside-clinics.example.org/my/0123456789abcdefghijklmnopqrstuv/",
}
_DAYS = {"en": "Wed Nov 24", "es": "mié 24 nov"}
LONGEST: dict[str, dict[str, str]] = {
    code: {**_LONGEST, "phone": f"{language.phone}{_LONGEST['phone']}", "day": _DAYS[code]}
    for code, language in LANGUAGES.items()
}
# As a voice says them.
_SPOKEN_DAYS = {"en": "Wednesday, September 30", "es": "miércoles 30 de septiembre"}
_SPOKEN_TIMES = {"en": "at 12:30 PM", "es": "a las 12:30 de la mañana"}
LONGEST_SPOKEN: dict[str, dict[str, str]] = {
    code: {
        **LONGEST[code],
        "phone": f"{LANGUAGES[code].phone}{digits(_LONGEST['phone'])}",
        "day": _SPOKEN_DAYS[code],
        "time": _SPOKEN_TIMES[code],
    }
    for code in SPEECH
}
# A voice says about 15 characters a second, and a call of this sort may last one minute: 47 CFR
# 64.1200(a)(9)(iv)(D). Half of it is left for who picks up to think.
LONGEST_TO_SAY = 450


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`sent` tells staff when the text goes out; `answers` are words the patient is asked for."""

    sent: str
    may: tuple[str, ...] = ALWAYS
    needs: tuple[str, ...] = ("clinic",)
    answers: tuple[str, ...] = ()
    has_stop_line: bool = False
    # Said on a call and never sent.
    is_spoken: bool = False


def _about_slot(sent: str, *answers: str) -> Rule:
    return Rule(sent=sent, may=OF_SLOT, needs=("clinic", "day", "time"), answers=answers)


# Take it, pass, and never again.
KEYS = ("1", "2", "9")


def _said(sent: str, *, slot: bool = True) -> Rule:
    needs = ("clinic", "day", "time") if slot else ("clinic",)
    return Rule(sent=sent, may=OF_SLOT if slot else ALWAYS, needs=needs, is_spoken=True)


RULES: dict[str, Rule] = {
    "offer": Rule(
        sent=_("a time is offered"),
        may=(*OF_SLOT, "deadline"),
        needs=("clinic", "day", "time", "deadline"),
        answers=("yes", "no"),
        has_stop_line=True,
    ),
    "confirmation": _about_slot(_("the visit is booked")),
    "booked": _about_slot(_("a visit is booked that was not offered")),
    "moved": _about_slot(_("a visit is moved to another time")),
    "cancelled": _about_slot(_("staff cancel a visit")),
    "taken": _about_slot(_("somebody else was faster"), "yes"),
    "recall": _about_slot(_("a time that was offered is taken back")),
    "closed": _about_slot(_("a YES comes for a time that is no longer free")),
    "undone": _about_slot(_("the clinic's calendar refuses a time that was won")),
    "undone_kept": _about_slot(_("the same, and the later visit stays")),
    "undone_lost": _about_slot(_("the same, and the later visit is gone")),
    "clarification": _about_slot(_("an answer is not understood"), "yes", "no"),
    "standby": _about_slot(_("a YES came too late and stands by")),
    "already_booked": _about_slot(_("the winner says YES again")),
    "booking_stands": _about_slot(_("the winner says NO after booking")),
    "busy_then": _about_slot(_("the patient has another visit then, or left the list")),
    "declined": Rule(sent=_("the patient says NO")),
    "late_declined": Rule(sent=_("a NO comes after the offer has ended")),
    "no_open_offer": Rule(sent=_("somebody answers whom nothing was asked")),
    "for_staff": Rule(sent=_("a person is going to read the answer")),
    "wrong_number": Rule(sent=_("the patient says it is the wrong number")),
    "help": Rule(sent=_("the patient says HELP"), needs=ALWAYS, has_stop_line=True),
    "optout_notice": Rule(sent=_("the patient opted out in words of their own"), answers=("start",)),
    "restarted": Rule(sent=_("the patient says START"), has_stop_line=True),
    "test": Rule(sent=_("staff try out the texts on a phone of their own")),
    "call_offer": Rule(
        sent=_("a time is offered by a call"),
        may=OF_SLOT,
        # Who calls, and under which number: 47 CFR 64.1200(b)(1) and (2).
        needs=("clinic", "day", "time", "phone"),
        answers=KEYS,
        is_spoken=True,
    ),
    "call_again": Rule(
        sent=_("nothing or another key is pressed"),
        may=OF_SLOT,
        needs=("day", "time"),
        answers=KEYS,
        is_spoken=True,
    ),
    "call_goodbye": _said(_("nothing was pressed to the end"), slot=False),
    "call_wait": _said(_("the answer to a key takes too long"), slot=False),
    "call_closed": _said(_("a time that a call is about is no longer free")),
    "call_confirmation": _said(_("1 was pressed and the visit is booked")),
    "call_standby": _said(_("1 was pressed too late, and the patient stands by")),
    "call_declined": _said(_("2 was pressed"), slot=False),
    "call_booking_stands": _said(_("2 was pressed after booking")),
    "call_busy_then": _said(_("1 was pressed by a patient who has another visit then")),
    "call_for_staff": _said(_("a person is going to look at what was pressed"), slot=False),
    "call_optout_notice": _said(_("9 was pressed"), slot=False),
    "reminder": Rule(
        sent=_("a visit comes near"),
        may=OF_SLOT,
        needs=("clinic", "day", "time"),
        answers=("confirm", "no"),
        has_stop_line=True,
    ),
    "greeting": Rule(
        sent=_("it is a patient's birthday"),
        may=(*ALWAYS, "provider"),
        needs=("clinic", "provider"),
        has_stop_line=True,
    ),
    "visit_confirmed": _about_slot(_("the patient confirms a visit after a reminder")),
    "ask_cancel": _about_slot(_("the patient cannot come, says the answer to a reminder"), "one", "two"),
    "visit_cancelled": _about_slot(_("the patient has cancelled a visit by text")),
    "visit_kept": _about_slot(_("the patient keeps a visit after all")),
    "visit_gone": _about_slot(_("an answer comes for a visit that is no longer booked")),
    "visit_for_staff": _about_slot(_("a person is going to read the answer to a reminder")),
    "link": Rule(
        sent=_("staff send a patient the link to the own page"),
        may=(*ALWAYS, "link"),
        needs=("clinic", "link"),
        has_stop_line=True,
    ),
}

# Where several segments are the most, and where one is.
_TOO_MANY = (
    _("Too long: on the longest names it is %(segments)s segments, and %(most)s segments are the most."),
    _("Too long: on the longest names it is %(segments)s segments, and one segment is the most."),
)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def tidy(body: str) -> str:
    """The body on one line, each gap one space wide."""
    return " ".join(body.split())


def fill(body: str, values: Mapping[str, str]) -> str:
    """The body with its placeholders filled, once: a brace within a value is no placeholder.

    Raises KeyError for a placeholder without a value.
    """
    return _PLACEHOLDER.sub(lambda match: values[match[1]], body)


def placeholders(body: str) -> list[str]:
    """The names in braces, in order."""
    return _PLACEHOLDER.findall(body)


def can_say(name: str, *, of_slot: bool) -> bool:
    """Whether the text can be sent, and filled where nothing but the clinic is known, or a slot besides."""
    rule = RULES.get(name)
    return rule is not None and not rule.is_spoken and (of_slot or set(rule.may) <= set(ALWAYS))


def is_usable(*, name: str, body: str) -> bool:
    """Whether the text can be filled with what it is given when it is sent."""
    return name in RULES and set(_PLACEHOLDER.findall(body)) <= set(RULES[name].may)


def at_its_longest(*, name: str, language: str, body: str) -> str:
    """The text on the longest names; a placeholder that it may not use is shown as it was typed."""
    values = LONGEST_SPOKEN if RULES[name].is_spoken else LONGEST
    longest = {key: values[language][key] for key in RULES[name].may}
    return _PLACEHOLDER.sub(lambda match: longest.get(match[1], match[0]), body)


def faults(*, name: str, language: str, body: str) -> list[str]:
    """Why these words may not be sent as that text, each reason a sentence; none where they may."""
    rule = RULES[name]
    longest = at_its_longest(name=name, language=language, body=body)
    return [
        *_faulty_placeholders(rule, body),
        *_missing_words(rule, language, body),
        *(_faulty_speech(longest) if rule.is_spoken else _faulty_length(language, longest)),
    ]


def _faulty_placeholders(rule: Rule, body: str) -> Iterator[str]:
    used = dict.fromkeys(_PLACEHOLDER.findall(body))
    may = ", ".join(f"{{{key}}}" for key in rule.may)
    for key in used:
        if key not in rule.may:
            yield Sentence(
                _("%(name)s stands for nothing here. This text may use %(may)s."), name=f"{{{key}}}", may=may
            )
    if set(_PLACEHOLDER.sub("", body)) & set("{}"):
        yield _("There is a brace that belongs to no placeholder.")
    for key in rule.needs:
        if key not in used:
            yield Sentence(_("%(name)s is missing: this text must name it."), name=f"{{{key}}}")


def _missing_words(rule: Rule, language: str, body: str) -> Iterator[str]:
    spoken = LANGUAGES[language]
    words = _PLACEHOLDER.sub("", body)
    for meaning in rule.answers:
        word = meaning if rule.is_spoken else spoken.answers[meaning]
        if not re.search(rf"\b{word}\b", words):
            if rule.is_spoken:
                yield Sentence(_("%(word)s is missing: the patient must hear which key to press."), word=word)
            else:
                yield Sentence(_("%(word)s is missing: the patient must read what to answer."), word=word)
    if rule.has_stop_line and not spoken.stop.search(words):
        yield Sentence(_("The STOP line is missing: write “%(line)s”."), line=spoken.stop_line)


def _faulty_length(language: str, text: str) -> Iterator[str]:
    strange = segments.foreign(text)
    if strange:
        yield _strange(strange)
    counted, most = segments.count(text), LANGUAGES[language].most_segments
    if counted.segments > most:
        yield Sentence(_TOO_MANY[most == 1], segments=counted.segments, most=most)


def _faulty_speech(text: str) -> Iterator[str]:
    if len(text) > LONGEST_TO_SAY:
        words = _("Too long: on the longest names it is %(length)s characters, and %(most)s are the most.")
        yield Sentence(words, length=len(text), most=LONGEST_TO_SAY)


def _strange(strange: list[str]) -> Sentence:
    plainer = "".join(segments.plain(char) for char in strange)
    words = _("Not in the alphabet of plain texts: %(strange)s.")
    if len(plainer) == len(strange):
        words = _("Not in the alphabet of plain texts: %(strange)s. Write %(plainer)s instead.")
    return Sentence(words, strange=" ".join(strange), plainer=" ".join(plainer))
