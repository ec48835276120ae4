"""The EHR that takes HL7 v2 SIU messages over MLLP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from integrations.writing_back import mllp, siu
from integrations.writing_back.orders import Booked, Found, Order, Outcome, Refused, Then, Unknown

# Not the visit's fault (table 0357): a message type, version or processing that is not taken there, a
# locked record, an error inside. The patient loses nothing by it.
_TECHNICAL = {"200", "201", "202", "203", "206", "207"}
_PASSING = {"206", "207"}
_HAS_IT_ALREADY = "205"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hl7:
    """`dedupes`: the EHR acts once on a control id that comes twice, so that an order may simply go again."""

    line: mllp.Line
    parties: siu.Parties
    clock: Callable[[], datetime]
    dedupes: bool = False

    def write(self, order: Order) -> Outcome:
        message = siu.build(order, self.parties, now=self.clock())
        try:
            body = mllp.exchange(self.line, message, is_answer=lambda body: _is_final(body, order))
        except mllp.NotSent:
            return Unknown("no connection", Then.REPEAT)
        except mllp.NoAnswer:
            return Unknown("no answer", Then.ASK)
        answer = siu.read(body)
        return Unknown("no answer", Then.ASK) if answer is None else _outcome(answer)

    def ask(self, order: Order) -> Found:
        """HL7 v2 has no question for this: what may go again goes again, else a person looks."""
        if self.dedupes:
            return self.write(order)
        return Unknown("cannot be asked", Then.PERSON)


def _is_final(body: bytes, order: Order) -> bool:
    """Whether this answers our message for good. CA only says that it was stored: the true answer follows."""
    answer = siu.read(body)
    return answer is not None and answer.control_id == order.control_id and answer.code != "CA"


def _outcome(answer: siu.Answer) -> Outcome:
    code = ":".join([answer.code, *answer.errors[:1]])
    if answer.code == "AA":
        return Booked(answer.key)
    if _HAS_IT_ALREADY in answer.errors:
        return Booked(answer.key)
    if answer.code in ("AE", "AR") and not _TECHNICAL & set(answer.errors):
        return Refused(code)
    if answer.code in ("CE", "CR") or _PASSING & set(answer.errors):
        # Never reached the application, or it could not just now.
        return Unknown(code, Then.REPEAT)
    return Unknown(code, Then.PERSON)
