"""What the words of an inbound text ask of us as a sender: stop, start, help, wrong number. Pure.

Opt-out wording beats every other reading, and any wording that a reasonable person would understand
counts (47 CFR 64.1200(a)(10)). English and Spanish.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from messaging import vocabulary


class Keyword(StrEnum):
    STOP = "stop"
    CANCEL = "cancel"
    START = "start"
    HELP = "help"
    WRONG_NUMBER = "wrong_number"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text asks of us.

    `single_word`: Twilio knows the keyword and confirms it itself. `staff_task`: a person should look,
    since the patient may want to cancel an appointment, or the number is somebody else's.
    """

    keyword: Keyword
    single_word: bool = False
    staff_task: bool = False

    @property
    def opts_out(self) -> bool:
        """CANCEL and END are opt-outs like STOP; they only ask for a person as well."""
        return self.keyword in (Keyword.STOP, Keyword.CANCEL)


_QUESTION_MARKS = str.maketrans(dict.fromkeys("¿؟\u037e❓❔‽⸮՞", "?"))
_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛´`′", "'"), **dict.fromkeys("“”„‟«»″", '"')})  # noqa: RUF001
_ACCENTS = str.maketrans("", "", "\u0300\u0301\u0303\u0308")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_FROWN = re.compile(r"[:;=]['-]?[(/\\|\[]")
_CLAUSE_ENDS = re.compile(r"[.,!?;:()\"]|\s[-–—]+\s")
_RUN = re.compile(r"([^\W\d_])\1{2,}")


def normalise(body: str) -> str:
    """The text in the one form that is read: plain letters, lower case, no stretched words, trimmed.

    Question marks stay, since they change what a text says. Accents go: "sí" and "si" are one answer.
    """
    text = body.replace("\x00", "").translate(_QUESTION_MARKS)
    text = unicodedata.normalize("NFKC", text)
    text = "".join(_visible(char) for char in text).translate(_QUOTES).casefold()
    text = unicodedata.normalize("NFD", text).translate(_ACCENTS)
    text = unicodedata.normalize("NFKC", text).translate(_QUESTION_MARKS)
    text = _RUN.sub(r"\1\1", _FROWN.sub(" ☹ ", text))
    text = re.sub(r"[^\W\d_]+", lambda match: _unstretched(match[0]), text)
    return _trimmed(" ".join(text.split()))


def words(text: str) -> list[str]:
    """The words of a normalised text, apostrophes dropped; a symbol or question mark is one of its own."""
    found: list[str] = []
    current = ""
    for char in text:
        kind = unicodedata.category(char)
        if char == "'":
            continue
        if kind[0] in "LNM":
            current += char
            continue
        found.append(current)
        current = ""
        if char == "?" or kind[0] in "SC":
            found.append(char)
    return [word for word in [*found, current] if word]


def read(body: str) -> Reading:
    """What the text asks of us as a sender. Never raises; OTHER is everything that is not such a wish."""
    text = normalise(body)
    if vocabulary.REACTION.match(text):
        return Reading(Keyword.OTHER)
    keyword = _keyword(_clauses(body), _plain(text))
    if keyword == Keyword.OTHER and (_ends_in_capitals(body) or _is_a_stop_sign(text)):
        keyword = Keyword.STOP
    cancelling = keyword == Keyword.OTHER and re.search(r"\bcancel", text) is not None
    return Reading(
        keyword,
        single_word=body.strip().casefold() in vocabulary.SINGLE,
        staff_task=cancelling or keyword in (Keyword.CANCEL, Keyword.WRONG_NUMBER),
    )


def is_yes(body: str) -> bool:
    """Whether the text is the word YES, which to Twilio is a START: to us it answers a question."""
    return normalise(body) in vocabulary.YES_TO_PROVIDER


def _keyword(clauses: Sequence[str], whole: str) -> Keyword:
    if _is_only(whole, vocabulary.CANCEL_WORDS, vocabulary.PLEASE):
        return Keyword.CANCEL
    if whole.replace(" ", "") in vocabulary.STOP_WORDS or any(_stops(clause) for clause in clauses):
        return Keyword.STOP
    if any(vocabulary.WRONG_NUMBER_PHRASE.search(clause) for clause in clauses):
        return Keyword.WRONG_NUMBER
    if _is_only(whole, vocabulary.START_WORDS, vocabulary.POLITE) or vocabulary.START_PHRASE.fullmatch(whole):
        return Keyword.START
    if _is_only(whole, vocabulary.HELP_WORDS, vocabulary.POLITE):
        return Keyword.HELP
    return Keyword.OTHER


def _stops(clause: str) -> bool:
    clause = vocabulary.NOT_STOPPING.sub(" | ", clause)
    return _is_only(clause, vocabulary.STOP_WORDS, vocabulary.FILLERS) or any(
        pattern.search(clause) for pattern in vocabulary.STOP_PHRASES
    )


def _clauses(body: str) -> list[str]:
    lines = (normalise(line) for line in body.splitlines())
    return [plain for line in lines for clause in _CLAUSE_ENDS.split(line) if (plain := _plain(clause))]


def _ends_in_capitals(body: str) -> bool:
    """Whether the keyword is shouted after other words: "I found another doctor STOP"."""
    shouted = re.search(r"\bSTOP\W*$", body) is not None and not body.isupper()
    return shouted and not vocabulary.NOT_STOPPING.search(_plain(normalise(body)))


def _is_a_stop_sign(text: str) -> bool:
    signs = set("".join(words(text)))
    return bool(signs) and signs <= vocabulary.STOP_SIGNS


def _is_only(text: str, wanted: frozenset[str], fillers: frozenset[str]) -> bool:
    """Whether the text says one of the wanted words and beside it nothing but fillers."""
    said = set(text.split())
    return not said.isdisjoint(wanted) and said <= wanted | fillers


def _plain(text: str) -> str:
    return " ".join(word for word in words(text.replace("#", " number ")) if word[0].isalnum())


def _visible(char: str) -> str:
    code = ord(char)
    kind = unicodedata.category(char)
    if kind == "Cf" or code in _SKIN_TONES or any(code in selectors for selectors in _SELECTORS):
        return ""
    return " " if kind == "Cc" else char


def _unstretched(word: str) -> str:
    if len(set(word)) == 1 and word[0] in vocabulary.STRETCHED:
        return word[0]
    # A doubled first letter is not stretching: "SSI" is not "sí".
    short = word[0] + re.sub(r"(.)\1+", r"\1", word[1:])
    return short if word not in vocabulary.STRETCHED and short in vocabulary.STRETCHED else word


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_edge(char: str) -> bool:
    return char not in "?#" and (char.isspace() or unicodedata.category(char)[0] == "P")
