"""What the provider's error codes mean for us: the one table of them. Pure.

Meanings: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from dataclasses import dataclass

from core.marking import marked as _

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
    # It will never arrive by this channel: the next one may carry it.
    permanent: bool = False


# A mail server's replies by the step that it refused (RFC 5321, section 4.2), and a provider's words for
# what became of an e-mail: https://anymail.dev/en/stable/sending/tracking/
_MAIL: tuple[tuple[tuple[str, ...], ErrorClass], ...] = (
    (
        ("rcpt 550", "rcpt 551", "rcpt 553", "rcpt 556", "bounced", "invalid"),
        ErrorClass(meaning=_("This e-mail address receives nothing."), strikes=1, permanent=True),
    ),
    (("rcpt 552", "data 552"), ErrorClass(meaning=_("The mailbox is full."), permanent=True)),
    (("timed_out",), ErrorClass(meaning=_("The other side did not answer for days."), permanent=True)),
    (
        ("policy", "rcpt 554", "data 550", "data 554", "blocked", "spam", "rejected", "failed", "other"),
        ErrorClass(meaning=_("The other side does not take this e-mail."), permanent=True, shown=True),
    ),
    (("unsubscribed",), ErrorClass(meaning=_("The patient opted out at the provider."), opts_out=True)),
    (
        ("auth", "from 550", "from 553", "from 554", "from 530"),
        ErrorClass(meaning=_("The mail server refuses our sender."), stops_sender=True, shown=True),
    ),
)
# WhatsApp's own codes behind them: https://www.twilio.com/docs/whatsapp/api/error-code-mapping.
# Not on that page: 63049, which has one of its own (docs/api/errors/63049: take another channel), and 63007,
# 63041, 63042 and 63051, of which no page could be read. These are taken for what is said of them elsewhere.
_WHATSAPP: tuple[tuple[tuple[str, ...], ErrorClass], ...] = (
    (
        ("63003", "63024"),
        ErrorClass(meaning=_("This number is not reached by WhatsApp."), strikes=1, permanent=True),
    ),
    (
        ("63016", "63013", "63005", "63021", "63027", "63028", "63041", "63042"),
        ErrorClass(meaning=_("WhatsApp does not take these words."), permanent=True, shown=True),
    ),
    (("63018", "63012"), ErrorClass(meaning=_("WhatsApp was too busy."), again_later=True)),
    (
        ("63007", "63020", "63022", "63051"),
        ErrorClass(meaning=_("WhatsApp refuses our sender."), stops_sender=True, shown=True),
    ),
    (("63032", "63033", "63049"), ErrorClass(meaning=_("WhatsApp holds this message back."), permanent=True)),
)

# Codes and ends of phone calls. The ends are the provider's statuses, "machine" and "hung-up" our own words.
# Nobody is called a second time about the same: whatever hindered a call, another channel may carry it.
_CALLS: tuple[tuple[tuple[str, ...], ErrorClass], ...] = (
    (("busy",), ErrorClass(meaning=_("The line was busy."), permanent=True)),
    (("no-answer",), ErrorClass(meaning=_("Nobody picked up."), permanent=True)),
    (("machine",), ErrorClass(meaning=_("A machine picked up, and was told nothing."), permanent=True)),
    (("hung-up",), ErrorClass(meaning=_("The call ended before it was said to the end."))),
    (("unconnected",), ErrorClass(meaning=_("The call could not be connected."), permanent=True)),
    (("canceled",), ErrorClass(meaning=_("The call was called off."), permanent=True)),
    (("13224", "21214"), ErrorClass(meaning=_("This number cannot be called."), permanent=True)),
    (
        ("13227", "21215"),
        ErrorClass(meaning=_("We may not call this country."), shown=True, permanent=True),
    ),
    (
        ("21210", "21212", "21213"),
        ErrorClass(meaning=_("We may not call from our number."), stops_sender=True, shown=True),
    ),
)
_CLASSES: tuple[tuple[tuple[str, ...], ErrorClass], ...] = (
    (("21211", "21217"), ErrorClass(meaning=_("This is not a phone number."), strikes=1, permanent=True)),
    (
        ("21614", "30006"),
        ErrorClass(meaning=_("This number cannot receive texts."), strikes=1, permanent=True),
    ),
    (("30005",), ErrorClass(meaning=_("The network does not know this number."), strikes=2, permanent=True)),
    (("21610",), ErrorClass(meaning=_("The patient opted out at the provider."), opts_out=True)),
    (
        ("20003",),
        ErrorClass(meaning=_("The provider refuses our credentials."), stops_sender=True, shown=True),
    ),
    (
        ("30032", "30034"),
        ErrorClass(
            meaning=_("Our sender is not registered with the carriers."), stops_sender=True, shown=True
        ),
    ),
    (("30036",), ErrorClass(meaning=_("The text waited too long at the provider."))),
    (
        (CARRIER_FILTERED,),
        ErrorClass(
            meaning=_("The carrier filtered these words."), bars_words=True, shown=True, permanent=True
        ),
    ),
    (("30003",), ErrorClass(meaning=_("The phone is off or out of reach."), again_later=True)),
    (("30008",), ErrorClass(meaning=_("The carrier gave no reason."), again_later=True)),
    (("30017", "30022"), ErrorClass(meaning=_("The carrier was too busy."), again_later=True)),
    *_MAIL,
    *_WHATSAPP,
    *_CALLS,
)
CALLS: dict[str, ErrorClass] = {code: found for codes, found in _CALLS for code in codes}
TABLE: dict[str, ErrorClass] = {code: found for codes, found in _CLASSES for code in codes}
# Nothing is sent again on a guess.
UNKNOWN = ErrorClass(meaning=_("An error that we do not know."), shown=True)


def of(code: str) -> ErrorClass:
    """The class of a provider's code; UNKNOWN for one that is not in the table, and for none."""
    return TABLE.get(code, UNKNOWN)
