"""Whoever is on the line of a call of ours: what they hear, what they press and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.test import Client

from tests.messaging import posting
from tests.twilio_calls import Placed


@dataclass
class OnTheLine:
    """A call from the side of the one who is called: TwiML is done as the provider does it."""

    client: Client
    call: Placed
    heard: list[str] = field(default_factory=list)
    menu: str = ""
    rest: list[ElementTree.Element] = field(default_factory=list)
    # Called for each second of a pause.
    waits: Callable[[], None] = lambda: None
    hangs_up_at: str = ""

    def post(self, url: str, **fields: str) -> Any:
        """A signed request of the provider's to us."""
        path = url.removeprefix(settings.PUBLIC_URL).partition("#")[0]
        form = {"AccountSid": settings.TWILIO_ACCOUNT_SID, "CallSid": self.call.sid, "To": self.call.to}
        form |= {"From": self.call.sender, "CallStatus": self.call.status, **fields}
        return posting.post(self.client, path, form)

    def pick_up(self, by: str = "human") -> OnTheLine:
        self.call.status = "in-progress"
        self._play(self.post(self.call["Url"], AnsweredBy=by))
        return self

    def press(self, key: str) -> OnTheLine:
        menu, self.menu = self.menu, ""
        self._play(self.post(menu, Digits=key))
        return self

    def stay_silent(self) -> OnTheLine:
        """Nothing is pressed until the caller gives up."""
        while self.menu:
            self.menu, rest = "", self.rest
            self._do(rest)
        return self

    def end(self, status: str = "completed") -> OnTheLine:
        self.call.status, self.menu = status, ""
        assert self.post(self.call["StatusCallback"]).status_code == 200
        self.waits()
        return self

    def _play(self, answer: Any) -> None:
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
        self._do(list(ElementTree.fromstring(answer.content)))  # noqa: S314 - our own answer

    def _do(self, verbs: list[ElementTree.Element]) -> None:
        for at, verb in enumerate(verbs):
            if verb.tag == "Say":
                self.heard.append(verb.text or "")
            elif verb.tag == "Pause":
                self.waits()
            elif verb.tag == "Gather":
                self.heard += [line.text or "" for line in verb]
                self.menu, self.rest = verb.get("action", ""), verbs[at + 1 :]
                return
            elif verb.tag == "Redirect" and not self._has_hung_up(verb.text or ""):
                return self._play(self.post(verb.text or ""))
            else:
                break
        self.menu = ""

    def _has_hung_up(self, url: str) -> bool:
        step = urlsplit(url).path.rstrip("/").rpartition("/")[2]
        return bool(self.hangs_up_at) and step == self.hangs_up_at
