"""Numbers as an address or a form brings them: words that anybody may have typed."""

from __future__ import annotations

# As PostgreSQL numbers rows; Python refuses to read what is some thousand digits longer.
LONGEST_ID = 18
# Past any list, and its rows can still be counted.
LAST_PAGE = 1_000_000


def row_id(words: str) -> int | None:
    """The number of a row; None for what can be none."""
    return int(words) if words.isdecimal() and len(words) <= LONGEST_ID else None


def page_number(words: str) -> int:
    """The page that is asked for, from 1; the first for what is no number."""
    return min(max(1, row_id(words) or 1), LAST_PAGE)
