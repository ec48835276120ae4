"""How long a source waits for its answer: for a monitor, by door and by what the answer was."""

from __future__ import annotations

from prometheus_client import Histogram

# A message is durable before it is answered: a few milliseconds at best.
_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_ANSWERED = Histogram(
    "clinic_waitlist_feed_answer_seconds",
    "Seconds from a whole message of a schedule feed to its answer, by door and answer.",
    ["door", "answer"],
    buckets=_BUCKETS,
)


def answered(*, door: str, answer: str, seconds: float) -> None:
    """A message was answered; `door` is such as mllp, http or fhir, `answer` such as AA or 201."""
    _ANSWERED.labels(door=door, answer=answer).observe(seconds)
