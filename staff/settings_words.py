"""What a clinic's settings mean, in sentences, and what stands behind each channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.models import Clinic
from core.channels import Channel
from integrations import freeing
from integrations.models import Freed
from messaging import senders
from offers.channels import ORDER

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Any day will do: only the clock is shown.
FIRST_TEXT = datetime(2026, 1, 5, 9, 5)  # noqa: DTZ001 - a clock on a wall
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def meaning(clinic: Clinic) -> list[str]:
    """What happens with these settings, a sentence each, on an example of a time logged before 9:05."""
    sentences = [_asking(clinic), _hours(clinic), _caps(clinic), _reminders(clinic)]
    return [*sentences, str(_FREED[Freed(freeing.policy(clinic_id=clinic.pk, visit_type_id=0))])]


_FREED = {
    Freed.AUTOMATIC: gettext_lazy("A time that a schedule feed frees is offered by itself."),
    Freed.ASK: gettext_lazy("A time that a schedule feed frees waits on the board until somebody starts it."),
    Freed.NEVER: gettext_lazy("A time that a schedule feed frees is offered to nobody."),
}


def _asking(clinic: Clinic) -> str:
    told = {
        "logged": _clock(FIRST_TEXT - clinic.grace),
        "first": _clock(FIRST_TEXT),
        "second": _clock(FIRST_TEXT + clinic.hold),
        "people": _people(clinic.round_size),
        "lead": clinic.lead_minutes,
    }
    words = _(
        "A time is logged at %(logged)s. At %(first)s %(people)s asked; at %(second)s, if nobody answers, "
        "the next, and so on until %(lead)s minutes before the visit."
    )
    return words % told


def _people(number: int) -> str:
    return ngettext("%(number)d person is", "%(number)d people are", number) % {"number": number}


def _hours(clinic: Clinic) -> str:
    start, end = clinic.contact_hours
    if start == end:
        return _("Texts go out at any hour.")
    words = _("Nobody is texted before %(start)s or after %(end)s, on the clock of where they are.")
    return words % {"start": formats.time_format(start, "H:i"), "end": formats.time_format(end, "H:i")}


def _caps(clinic: Clinic) -> str:
    words = _(
        "One patient is asked at most %(day)d times in 24 hours and %(week)d times in seven days, and after "
        "a NO or no answer not for %(peace)s."
    )
    peace = _span(timedelta(minutes=clinic.cool_down_minutes))
    return words % {"day": clinic.offers_per_day, "week": clinic.offers_per_week, "peace": peace}


def _reminders(clinic: Clinic) -> str:
    if not clinic.reminder_minutes:
        return _("Nobody is reminded of a visit.")
    spans = [_span(timedelta(minutes=minutes)) for minutes in sorted(clinic.reminder_minutes, reverse=True)]
    return _("Patients are reminded of a visit %(spans)s before it.") % {"spans": _(" and ").join(spans)}


def _span(span: timedelta) -> str:
    minutes = span // timedelta(minutes=1)
    if span and not span % DAY:
        return ngettext("%(n)d day", "%(n)d days", span // DAY) % {"n": span // DAY}
    if span and not span % HOUR:
        return ngettext("%(n)d hour", "%(n)d hours", span // HOUR) % {"n": span // HOUR}
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def _clock(moment: datetime) -> str:
    return formats.time_format(moment.time(), "H:i:s" if moment.second else "H:i")


@dataclass(frozen=True, kw_only=True)
class ChannelRow:
    """One way to reach patients, in the order in which they are tried."""

    channel: Any
    is_on: bool
    needs: _StrPromise
    switch: str


_NEEDS: dict[str, _StrPromise] = {
    Channel.SMS: gettext_lazy("A phone, and the patient's consent to texts. Twilio signs a BAA for it."),
    Channel.WHATSAPP: gettext_lazy(
        "A phone, consent to WhatsApp, and words that WhatsApp has approved. Twilio signs no BAA for it: "
        "the operator must accept that."
    ),
    Channel.EMAIL: gettext_lazy(
        "An e-mail address and consent to e-mail. A BAA with whoever runs the mail server is yours to sign."
    ),
    Channel.VOICE: gettext_lazy("A phone and consent to calls. Offers only, and one call for each."),
}
_SWITCHES = {
    Channel.SMS: "TWILIO_PHONE_NUMBER",
    Channel.WHATSAPP: "WHATSAPP_SENDER",
    Channel.EMAIL: "EMAIL_URL",
    Channel.VOICE: "VOICE_CALLS",
}


def channels() -> list[ChannelRow]:
    """Every channel: whether it is on, what it needs, and which setting of the installation switches it."""
    return [
        ChannelRow(
            channel=channel, is_on=senders.is_on(channel), needs=_NEEDS[channel], switch=_SWITCHES[channel]
        )
        for channel in ORDER
    ]
