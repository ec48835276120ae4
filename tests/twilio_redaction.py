"""What the stand-in answers when a text of its own is to be emptied.

The same faults as for a text: 429, 500_before and reset leave it as it is; drop, 500_after and not_json empty
it and say nothing of it. 404 denies that it is there, 401 does not let us in, kept says yes and
does nothing; 400:CODE refuses, 400:20009 as one that is not final.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

NOT_EMPTIED = ("500_before", "429", "reset", "400")


class Redacting:
    """POST Messages/SM….json with an empty Body, and nothing else."""

    path: str
    server: Any
    _answer: Callable[[int, Any], None]
    _refuse: Callable[[int, int, str], None]
    _fail: Callable[..., None]

    def _redact(self, body: str) -> None:
        standin = self.server.standin
        folder = f"/2010-04-01/Accounts/{standin.account_sid}/Messages/"
        sid = self.path.removeprefix(folder).removesuffix(".json")
        found = [text for text in [*standin.taken, *standin.inbound] if text.sid == sid]
        fault, _, detail = standin.fault_of_next().partition(":")
        if not found or fault == "404":
            return self._refuse(404, 20404, "was not found")
        if fault == "401":
            return self._refuse(401, 20003, "Authenticate")
        if fault == "kept":
            return self._answer(200, found[0].as_json(standin.account_sid))
        if fault in NOT_EMPTIED:
            return self._fail(fault, detail)
        if parse_qs(body, keep_blank_values=True) != {"Body": [""]}:
            return self._refuse(400, 30400, "Parameters are not valid")
        found[0].body = ""
        if fault:
            return self._fail(fault, detail, found[0])
        self._answer(200, found[0].as_json(standin.account_sid))
