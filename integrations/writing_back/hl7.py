"""The EHR that takes HL7 v2 SIU messages over MLLP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.writing_back import mllp, siu
from integrations.writing_back.orders import Booked, Found, Order, Outcome, Refused, Then, Unknown

# Table 0357. Not the visit's fault: a message, a field or a code that is not understood there, a locked
# record, an error inside. The patient loses nothing by it.
_NOT_UNDERSTOOD = {"100", "101", "102", "103", "200", "201", "202", "203"}
_PASSING = {"206", "207"}
# AR is "for reasons unrelated to its content": mostly the EHR is busy or down, and takes the same one later
# (HL7 v2.5.1, 2.9.2.2). Where it says nothing more, a person looks before a patient has waited for long.
_BARE_REFUSAL_FOR = timedelta(minutes=10)
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
    errors = set(answer.errors)
    code = ":".join([answer.code, *answer.errors[:1]])
    if answer.code == "AA" or _HAS_IT_ALREADY in errors:
        return Booked(answer.key)
    if errors & _PASSING:
        return Unknown(code, Then.REPEAT)
    if errors & _NOT_UNDERSTOOD:
        return Unknown(code, Then.PERSON)
    if answer.code in ("CE", "CR"):
        # Never reached the application.
        return Unknown(code, Then.REPEAT)
    if answer.code == "AR" and not errors:
        return Unknown(code, Then.REPEAT, give_up_after=_BARE_REFUSAL_FOR)
    return Refused(code) if answer.code in ("AE", "AR") else Unknown(code, Then.PERSON)
