"""Marked words in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext

from core.marking import Sentence


def translated(words: str) -> str:
    """What `core.marking` has marked, in the language of this request; English where there is no other."""
    if isinstance(words, Sentence):
        return gettext(words.words) % words.values
    # gettext has the head of its catalogue for nothing at all.
    return gettext(words) if words else ""
