"""The stand-in in bad weather: it keeps its own book of what it took and of what it told us."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

import requests
from twilio.request_validator import RequestValidator

from tests.messaging import posting
from tests.storm import weather
from tests.storm.weather import Draw, Fault
from tests.twilio_standin import StandIn, Taken

# The worker's patience is a second here.
SLOW_SECONDS = 1.5
USUAL_SECONDS = 0.01
CALLERS = 32
# As its owner has told it to: see docs/twilio.md.
REPEATS = 30
REPEAT_SECONDS = 0.5


@dataclass
class Provider(StandIn):
    """`seed` None: fine weather. Every text is reported as sent and delivered; an offer may be accepted."""

    seed: int | None = None
    web: str = ""
    answers: float = 1 / 3
    met: Counter[Fault] = field(default_factory=Counter)
    # Our answers of 200 to status callbacks, by the text's SID and the word.
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    yeses: int = 0

    def __enter__(self) -> Self:
        self._calls = ThreadPoolExecutor(CALLERS)
        self._here, self._busy = threading.local(), 0
        return super().__enter__()

    def __exit__(self, *exc: object) -> None:
        self._calls.shutdown(cancel_futures=True)
        super().__exit__(*exc)

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing more to tell."""
        return not self._busy

    def fault_of_next(self) -> str:
        with self._lock:
            self.posts += 1
            number, fixed = self.posts, self.always
        time.sleep(USUAL_SECONDS)
        self._here.draw = Draw(faults=frozenset(), is_late=False)
        if self.seed is None or fixed:
            return fixed
        self._here.draw = drawn = weather.draw(self.seed, number)
        with self._lock:
            self.met.update(drawn.faults)
        return drawn.word(SLOW_SECONDS)

    def go_away(self) -> None:
        """Whoever calls is refused, and whoever is on the line is cut off."""
        self._server.shutdown()
        self._server.server_close()
        self.is_away = True

    def come_back(self) -> None:
        """At the same address."""
        self.is_away = False
        self.open()

    def take(self, form: dict[str, str]) -> Taken:
        text, drawn = super().take(form), self._here.draw
        chance = Random(f"{self.seed} {len(self.taken)}")
        words = ["sent", "delivered"] * (2 if Fault.TWICE in drawn.faults else 1)
        if Fault.SHUFFLED in drawn.faults:
            words = words[::-1]
        if Fault.NEVER in drawn.faults:
            words = []
        if Fault.FIRST in drawn.faults and words:
            self._tell(text, words[:1], 0)
            words = words[1:]
        self._later(self._tell, text, words, chance.uniform(0.02, 0.2))
        if "YES" in text.body and chance.random() < self.answers:
            self._later(self._says_yes, text, chance.uniform(0.2, 1.5))
        return text

    def _tell(self, text: Taken, words: Sequence[str], wait: float) -> None:
        time.sleep(wait)
        for word in words:
            form = self.callback_form(text, word)
            if self._posted(text.callback, form):
                with self._lock:
                    self.told[text.sid, word] += 1

    def _says_yes(self, text: Taken, wait: float) -> None:
        time.sleep(wait)
        form = {"MessageSid": posting.new_sid(), "AccountSid": self.account_sid, "From": text.to}
        form |= {"To": text.sender, "Body": "YES", "NumMedia": "0"}
        if self._posted(self.web + posting.INBOUND, form):
            with self._lock:
                self.yeses += 1

    def _posted(self, url: str, form: dict[str, str]) -> bool:
        """Post as the provider does: signed, and again where nobody answers or the answer is 503."""
        headers = {"X-Twilio-Signature": RequestValidator(self.auth_token).compute_signature(url, form)}
        for _ in range(REPEATS):
            try:
                answer = self._session.post(url, data=form, headers=headers, timeout=10)
            except requests.RequestException:
                time.sleep(REPEAT_SECONDS)
                continue
            if answer.status_code != 503:
                return answer.status_code == 200
            time.sleep(REPEAT_SECONDS)
        return False

    @property
    def _session(self) -> requests.Session:
        if not hasattr(self._here, "session"):
            self._here.session = requests.Session()
        found: requests.Session = self._here.session
        return found

    def _later(self, call: Callable[..., None], *arguments: Any) -> None:
        with self._lock:
            self._busy += 1

        def run() -> None:
            try:
                call(*arguments)
            finally:
                with self._lock:
                    self._busy -= 1

        self._calls.submit(run)
