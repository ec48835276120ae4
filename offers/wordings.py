"""What every text must hold and how long it may get, whoever wrote it. Pure.

A text is words with placeholders in braces, each of which stands for a plain string and for nothing else: no
attribute, expression or tag is ever read in it, so that what a clinic types can do no more than be sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from messaging import segments
from offers.languages import LANGUAGES

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
}
_DAYS = {"en": "Wed Nov 24", "es": "mié 24 nov"}
LONGEST: dict[str, dict[str, str]] = {
    code: {**_LONGEST, "phone": f"{language.phone}{_LONGEST['phone']}", "day": _DAYS[code]}
    for code, language in LANGUAGES.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`sent` tells staff when the text goes out; `answers` are words the patient is asked for."""

    sent: str
    may: tuple[str, ...] = ALWAYS
    needs: tuple[str, ...] = ("clinic",)
    answers: tuple[str, ...] = ()
    has_stop_line: bool = False


def _about_slot(sent: str, *answers: str) -> Rule:
    return Rule(sent=sent, may=OF_SLOT, needs=("clinic", "day", "time"), answers=answers)


RULES: dict[str, Rule] = {
    "offer": Rule(
        sent="a time is offered",
        may=(*OF_SLOT, "deadline"),
        needs=("clinic", "day", "time", "deadline"),
        answers=("yes", "no"),
        has_stop_line=True,
    ),
    "confirmation": _about_slot("the visit is booked"),
    "taken": _about_slot("somebody else was faster", "yes"),
    "recall": _about_slot("a time that was offered is taken back"),
    "closed": _about_slot("a YES comes for a time that is no longer free"),
    "clarification": _about_slot("an answer is not understood", "yes", "no"),
    "standby": _about_slot("a YES came too late and stands by"),
    "already_booked": _about_slot("the winner says YES again"),
    "booking_stands": _about_slot("the winner says NO after booking"),
    "busy_then": _about_slot("the patient has another visit then, or left the list"),
    "declined": Rule(sent="the patient says NO"),
    "late_declined": Rule(sent="a NO comes after the offer has ended"),
    "no_open_offer": Rule(sent="somebody answers whom nothing was asked"),
    "for_staff": Rule(sent="a person is going to read the answer"),
    "wrong_number": Rule(sent="the patient says it is the wrong number"),
    "help": Rule(sent="the patient says HELP", needs=ALWAYS, has_stop_line=True),
    "optout_notice": Rule(sent="the patient opted out in words of their own", answers=("start",)),
    "restarted": Rule(sent="the patient says START", has_stop_line=True),
}

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def tidy(body: str) -> str:
    """The body on one line, each gap one space wide."""
    return " ".join(body.split())


def fill(body: str, values: Mapping[str, str]) -> str:
    """The body with its placeholders filled, once: a brace within a value is no placeholder.

    Raises KeyError for a placeholder without a value.
    """
    return _PLACEHOLDER.sub(lambda match: values[match[1]], body)


def is_usable(*, name: str, body: str) -> bool:
    """Whether the text can be filled with what it is given when it is sent."""
    return name in RULES and set(_PLACEHOLDER.findall(body)) <= set(RULES[name].may)


def at_its_longest(*, name: str, language: str, body: str) -> str:
    """The text on the longest names; a placeholder that it may not use is shown as it was typed."""
    longest = {key: LONGEST[language][key] for key in RULES[name].may}
    return _PLACEHOLDER.sub(lambda match: longest.get(match[1], match[0]), body)


def faults(*, name: str, language: str, body: str) -> list[str]:
    """Why these words may not be sent as that text, each reason a sentence; none where they may."""
    rule = RULES[name]
    return [
        *_faulty_placeholders(rule, body),
        *_missing_words(rule, language, body),
        *_faulty_length(language, at_its_longest(name=name, language=language, body=body)),
    ]


def _faulty_placeholders(rule: Rule, body: str) -> Iterator[str]:
    used = dict.fromkeys(_PLACEHOLDER.findall(body))
    may = ", ".join(f"{{{key}}}" for key in rule.may)
    for key in used:
        if key not in rule.may:
            yield f"{{{key}}} stands for nothing here. This text may use {may}."
    if set(_PLACEHOLDER.sub("", body)) & set("{}"):
        yield "There is a brace that belongs to no placeholder."
    for key in rule.needs:
        if key not in used:
            yield f"{{{key}}} is missing: this text must name it."


def _missing_words(rule: Rule, language: str, body: str) -> Iterator[str]:
    spoken = LANGUAGES[language]
    words = _PLACEHOLDER.sub("", body)
    for meaning in rule.answers:
        word = spoken.answers[meaning]
        if not re.search(rf"\b{word}\b", words):
            yield f"{word} is missing: the patient must read what to answer."
    if rule.has_stop_line and not spoken.stop.search(words):
        yield f"The STOP line is missing: write “{spoken.stop_line}”."


def _faulty_length(language: str, text: str) -> Iterator[str]:
    strange = segments.foreign(text)
    if strange:
        yield f"Not in the alphabet of plain texts: {' '.join(strange)}. {_hint(strange)}".strip()
    counted, most = segments.count(text), LANGUAGES[language].most_segments
    if counted.segments > most:
        held = "one segment is" if most == 1 else f"{most} segments are"
        yield f"Too long: on the longest names it is {counted.segments} segments, and {held} the most."


def _hint(strange: list[str]) -> str:
    plainer = "".join(segments.plain(char) for char in strange)
    return f"Write {' '.join(plainer)} instead." if len(plainer) == len(strange) else ""
