"""How many segments a text is sent and paid as. Pure.

The alphabet of plain texts is GSM 7 bit (3GPP TS 23.038, 6.2.1 and 6.2.1.1). One character outside it turns
the whole text into UCS-2, which holds less than half. A text in parts loses room in each of them to the
header that puts the parts together again (3GPP TS 23.040, 9.2.3.24.1).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Reached through an escape: two places each.
EXTENSION = frozenset("€^{}[]~|\\\f")


class Alphabet(StrEnum):
    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_ONE = {Alphabet.GSM_7: 160, Alphabet.UCS_2: 70}
_PART = {Alphabet.GSM_7: 153, Alphabet.UCS_2: 67}


@dataclass(frozen=True, slots=True)
class Count:
    """`places` are septets in GSM-7 and 16 bit units in UCS-2; `parts` is the text as it is cut."""

    alphabet: Alphabet
    places: int
    parts: tuple[str, ...]

    @property
    def segments(self) -> int:
        return len(self.parts)

    @property
    def room(self) -> int:
        """The places of as many segments as there are."""
        return _ONE[self.alphabet] if self.segments < 2 else _PART[self.alphabet] * self.segments


def count(text: str) -> Count:
    """The segments of a text; an empty one has none."""
    alphabet = Alphabet.UCS_2 if foreign(text) else Alphabet.GSM_7
    costs = [_cost(char, alphabet) for char in text]
    places = sum(costs)
    if places <= _ONE[alphabet]:
        return Count(alphabet, places, (text,) if text else ())
    return Count(alphabet, places, _cut(text, costs, _PART[alphabet]))


def foreign(text: str) -> list[str]:
    """The characters that are not in the alphabet of plain texts, each once, in order."""
    return [char for char in dict.fromkeys(text) if char not in BASIC and char not in EXTENSION]


def _cost(char: str, alphabet: Alphabet) -> int:
    if alphabet == Alphabet.GSM_7:
        return 2 if char in EXTENSION else 1
    # Beyond the first 65,536 a character is a pair of surrogates.
    return 2 if ord(char) > 0xFFFF else 1


def _cut(text: str, costs: list[int], room: int) -> tuple[str, ...]:
    """Parts as full as can be. What takes two places goes whole into the next: half of it is no letter."""
    parts, begins, used = [], 0, 0
    for at, cost in enumerate(costs):
        if used + cost > room:
            parts.append(text[begins:at])
            begins, used = at, 0
        used += cost
    return (*parts, text[begins:])


_PLAINER = str.maketrans(
    {**dict.fromkeys("‘’‚‛´`", "'"), **dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‐‑–—−~", "-")}  # noqa: RUF001
    | {"[": "(", "]": ")", "{": "(", "}": ")", "|": "/", "\\": "/", "^": "", "€": "EUR", "…": "..."}
    # Letters that Unicode does not take apart.
    | {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe", "ð": "d", "Þ": "Th", "þ": "th"}  # noqa: RUF001
)


@lru_cache(maxsize=2048)
def plain(name: str) -> str:
    """A name in letters of one place each: one á in it would make two segments of one. May be empty."""
    composed = unicodedata.normalize("NFC", name).translate(_PLAINER)
    letters = (char if char in BASIC else _letter(char) for char in composed)
    return " ".join("".join(letters).split())


def _letter(char: str) -> str:
    if char.isspace():
        return " "
    apart = unicodedata.normalize("NFKD", char).translate(_PLAINER)
    return "".join(letter for letter in apart if letter in BASIC and letter.isascii())
