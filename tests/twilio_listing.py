"""The stand-in's list of texts: the newest first, by whole days, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode


class Listing:
    """GET Messages.json with To, DateSent> and DateSent<, PageSize and Page."""

    path: str
    server: Any
    _answer: Callable[[int, Any], None]

    def _list(self, query: dict[str, list[str]]) -> None:
        standin = self.server.standin
        asked = {name: values[0] for name, values in query.items()}
        to, size, page = asked.get("To", ""), int(asked.get("PageSize", "50")), int(asked.get("Page", "0"))
        # The provider filters by whole days.
        after, before = asked.get("DateSent>", "0")[:10], asked.get("DateSent<", "9")[:10]
        texts = [*standin.taken, *standin.inbound]
        texts = [text for text in texts if after <= f"{text.created_at:%Y-%m-%d}" <= before]
        # The newest first, as the provider lists them.
        found = [text for text in reversed(texts) if not to or text.to == to]
        messages = [text.as_json(standin.account_sid) for text in found[page * size : (page + 1) * size]]
        more = (page + 1) * size < len(found)
        path = self.path.partition("?")[0]
        following = f"{path}?{urlencode({**asked, 'Page': page + 1})}" if more else None
        shown: dict[str, Any] = {"page": page, "page_size": size, "start": page * size}
        shown |= {"end": page * size + len(messages), "next_page_uri": following, "uri": self.path}
        self._answer(200, {**shown, "previous_page_uri": None, "messages": messages})
