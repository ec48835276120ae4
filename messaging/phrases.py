"""Reading a whole text phrase by phrase, for answers that must say one thing and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from messaging import wording

Phrase = tuple[str, ...]


def listed(text: str) -> frozenset[Phrase]:
    """Phrases as a table writes them: lower case, without accents or apostrophes, a comma between two."""
    return frozenset(tuple(phrase.split()) for phrase in text.split(","))


def meanings(body: str, known: Mapping[Phrase, str], *, longest: int) -> Iterator[str | None]:
    """The meaning of each phrase of a text, the longest that is known first; None for any other word."""
    words: Sequence[str] = wording.words(wording.normalise(body))
    at = 0
    while at < len(words):
        for length in range(longest, 0, -1):
            meaning = known.get(tuple(words[at : at + length]))
            if meaning is not None:
                break
        yield meaning
        at += length


def longest(known: Mapping[Phrase, str]) -> int:
    """How many words the longest phrase has."""
    return max(map(len, known))
