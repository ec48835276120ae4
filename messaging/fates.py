"""What becomes of a text to a simulated phone: whether it arrives, and which callbacks come when. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.marking import Sentence
from core.marking import marked as _

# Whoever texts a number that has opted out hears this: https://www.twilio.com/docs/api/errors/21610
OPTED_OUT = "21610"
LONGEST_DELAY_SECONDS = 600
LONGEST_LATE_SECONDS = 86_400
# Codes by which Twilio refuses a text at once; the others come with a callback, from a carrier.
AT_THE_DOOR = ("21211", "21217", "21614", OPTED_OUT, "20003")
_CODE = re.compile(r"\d{5}", re.ASCII)


class Fate(StrEnum):
    """What becomes of the next texts to a phone."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"
    SILENT = "silent"
    LATE = "late"
    DOUBLED = "doubled"
    REORDERED = "reordered"


LABELS: Mapping[Fate, str] = {
    Fate.DELIVERED: _("Delivered"),
    Fate.UNDELIVERED: _("Not delivered, with an error code"),
    Fate.REFUSED: _("Refused at once, with an error code"),
    Fate.SILENT: _("Delivered, and no callback ever says so"),
    Fate.LATE: _("Delivered, and the callback comes late"),
    Fate.DOUBLED: _("Delivered, and every callback comes twice"),
    Fate.REORDERED: _("Delivered, and “delivered” comes before “sent”"),
}
NEED_CODE = frozenset({Fate.UNDELIVERED, Fate.REFUSED})


class BadConditions(ValueError):
    """Conditions that make no sense: `field` is the one to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """A phone's network: `delay_seconds` for texts out and their callbacks, and what becomes of texts."""

    delay_seconds: int = 0
    fate: Fate = Fate.DELIVERED
    error_code: str = ""
    late_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A callback to come: the provider's word, its error code, and how long after the text was taken."""

    word: str
    error_code: str
    after: timedelta


def check(conditions: Conditions) -> None:
    """Raise BadConditions where a code or a time is missing, in the way, or out of range."""
    has_code = bool(conditions.error_code)
    if conditions.fate in NEED_CODE and not _CODE.fullmatch(conditions.error_code):
        raise BadConditions("error_code", _("Choose an error code of five digits."))
    if has_code and conditions.fate not in NEED_CODE:
        raise BadConditions("error_code", _("Only what is not delivered or refused has an error code."))
    if not 0 <= conditions.delay_seconds <= LONGEST_DELAY_SECONDS:
        raise BadConditions(
            "delay_seconds",
            Sentence(_("Choose %(low)s to %(high)s seconds."), low=0, high=LONGEST_DELAY_SECONDS),
        )
    if conditions.fate == Fate.LATE and not 1 <= conditions.late_seconds <= LONGEST_LATE_SECONDS:
        raise BadConditions(
            "late_seconds",
            Sentence(_("Choose %(low)s to %(high)s seconds."), low=1, high=LONGEST_LATE_SECONDS),
        )
    if conditions.fate != Fate.LATE and conditions.late_seconds:
        raise BadConditions("late_seconds", _("Only a late callback has a time by which it is late."))


def arrives(conditions: Conditions) -> bool:
    """Whether the text shows up on the phone."""
    return conditions.fate not in NEED_CODE


def steps(conditions: Conditions) -> list[Step]:
    """The callbacks to come, in their order."""
    after = timedelta(seconds=conditions.delay_seconds)
    sent, delivered = Step("sent", "", after), Step("delivered", "", after)
    if conditions.fate in (Fate.REFUSED, Fate.SILENT):
        return []
    if conditions.fate == Fate.UNDELIVERED:
        return [sent, Step("undelivered", conditions.error_code, after)]
    if conditions.fate == Fate.LATE:
        return [sent, Step("delivered", "", after + timedelta(seconds=conditions.late_seconds))]
    if conditions.fate == Fate.DOUBLED:
        return [sent, sent, delivered, delivered]
    return [delivered, sent] if conditions.fate == Fate.REORDERED else [sent, delivered]
