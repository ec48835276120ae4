"""Cards as HTML: one that looks as it did is not rendered again, since most of a board stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from staff.cards import SlotCard

# Of a few boards; what is shown is all that tells one drawing from another, so nobody sees another's.
KEPT = 1000


def draw(cards: Iterable[SlotCard], *, may_act: bool, back: str) -> list[SafeString]:
    """The cards, in their order, with buttons for those who `may_act`."""
    language = get_language() or ""
    return [_drawn(card, may_act, back, language) for card in cards]


@lru_cache(maxsize=KEPT)
def _drawn(card: SlotCard, may_act: bool, back: str, language: str) -> SafeString:
    context = {"card": card, "may_act": may_act, "back": back, "icons": static("icons.svg")}
    return render_to_string("staff/_card.html", context)
