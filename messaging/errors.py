"""What the provider's error codes mean for us: the one table of them. Pure.

Meanings: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from dataclasses import dataclass

CARRIER_FILTERED = "30007"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorClass:
    """What follows from a failure. Whatever the code, a failed offer frees its place at once."""

    meaning: str
    # After so many such failures in a row the number is no longer texted; 0: it is not the number's fault.
    strikes: int = 0
    opts_out: bool = False
    # No text of this sender would get through: its breaker opens.
    stops_sender: bool = False
    # A reminder goes once more, later.
    again_later: bool = False
    # The same words must not go to the same number again.
    bars_words: bool = False
    # A person has to look at the text.
    shown: bool = False


_CLASSES: tuple[tuple[tuple[str, ...], ErrorClass], ...] = (
    (("21211", "21217"), ErrorClass(meaning="This is not a phone number.", strikes=1)),
    (("21614", "30006"), ErrorClass(meaning="This number cannot receive texts.", strikes=1)),
    (("30005",), ErrorClass(meaning="The network does not know this number.", strikes=2)),
    (("21610",), ErrorClass(meaning="The patient opted out at the provider.", opts_out=True)),
    (("20003",), ErrorClass(meaning="The provider refuses our credentials.", stops_sender=True, shown=True)),
    (
        ("30032", "30034"),
        ErrorClass(meaning="Our sender is not registered with the carriers.", stops_sender=True, shown=True),
    ),
    (("30036",), ErrorClass(meaning="The text waited too long at the provider.")),
    (
        (CARRIER_FILTERED,),
        ErrorClass(meaning="The carrier filtered these words.", bars_words=True, shown=True),
    ),
    (("30003",), ErrorClass(meaning="The phone is off or out of reach.", again_later=True)),
    (("30008",), ErrorClass(meaning="The carrier gave no reason.", again_later=True)),
    (("30017", "30022"), ErrorClass(meaning="The carrier was too busy.", again_later=True)),
)
TABLE: dict[str, ErrorClass] = {code: found for codes, found in _CLASSES for code in codes}
# Nothing is sent again on a guess.
UNKNOWN = ErrorClass(meaning="An error that we do not know.", shown=True)


def of(code: str) -> ErrorClass:
    """The class of a provider's code; UNKNOWN for one that is not in the table, and for none."""
    return TABLE.get(code, UNKNOWN)
