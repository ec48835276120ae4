"""How a text would look on the longest names, and whether it may be sent: for whoever is writing it."""

from __future__ import annotations

from dataclasses import dataclass

from core.translating import translated
from messaging import segments
from offers import wordings, words
from offers.languages import LANGUAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`reasons` say why these words may not be sent; none: they may."""

    sent: str
    standard: str
    may: tuple[str, ...]
    needs: tuple[str, ...]
    stop_line: str
    longest: str
    count: segments.Count
    most: int
    reasons: list[str]


def preview(*, name: str, language: str, body: str) -> Preview | None:
    """The text as the longest names would make it; None where there is no such text."""
    standard = words.standard().get((name, language))
    if standard is None or name not in wordings.RULES:
        return None
    rule, tidied = wordings.RULES[name], wordings.tidy(body)
    longest = wordings.at_its_longest(name=name, language=language, body=tidied)
    faults = wordings.faults(name=name, language=language, body=tidied)
    return Preview(
        sent=translated(rule.sent),
        standard=standard.body,
        may=rule.may,
        needs=rule.needs,
        stop_line=LANGUAGES[language].stop_line if rule.has_stop_line else "",
        longest=longest,
        count=segments.count(longest),
        most=LANGUAGES[language].most_segments,
        reasons=[translated(fault) for fault in faults if tidied],
    )
