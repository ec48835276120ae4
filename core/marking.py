"""Words that people read, marked where they stand for whoever translates them. Pure.

Rules that import no Django write English; `core.translating` puts it into the reader's language on the page.
"""

from __future__ import annotations

from collections.abc import Mapping


def marked(words: str) -> str:
    """The words as they are; the program that gathers words to translate knows this call as `_`."""
    return words


class Sentence(str):
    """English with its values filled in, which still knows the words and the values it was made of."""

    __slots__ = ("values", "words")
    words: str
    values: Mapping[str, object]

    def __new__(cls, words: str, **values: object) -> Sentence:
        made = super().__new__(cls, words % values)
        made.words, made.values = words, values
        return made
