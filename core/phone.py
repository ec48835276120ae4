"""Phone numbers, in E.164 (ITU-T): a plus and up to fifteen digits."""

import re
import unicodedata
import zoneinfo
from datetime import UTC, datetime, timedelta

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers.timezone import time_zones_for_number

from core import zones
from core.channels import Channel

# 555-0100 to 555-0199 in every area code belong to nobody (ATIS-0300115): tests and the demo use them.
_FICTIONAL = re.compile(r"\+1[2-9]\d{2}55501\d{2}")
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
# How the provider writes somebody who is reached over the internet: whatsapp:+13125550142.
_OVER_INTERNET = re.compile(r"(?P<channel>whatsapp|rcs):(?P<rest>\+[1-9]\d{6,14})", re.ASCII)
_WRITTEN = re.compile(r"[\d\s+().\-/]+")
# Zones further apart than this have no hour of the day in common in which people are texted.
_WIDEST = timedelta(hours=12)
# Winter and summer, so that zones are compared as they stand for most of a year.
_SEASONS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))


def normalise(raw: str, region: str = "US") -> str:
    """The number in E.164; one written without a country belongs to `region`.

    Raises ValidationError with code `phone` where it is not a number that could be in use.
    """
    written = unicodedata.normalize("NFKC", raw).strip()
    refused = ValidationError(
        _("This is not a phone number that can be called. Write it like (312) 555-0142 or +13125550142."),
        code="phone",
    )
    if not _WRITTEN.fullmatch(written):
        raise refused
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        raise refused from None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number) and not _FICTIONAL.fullmatch(found):
        raise refused
    return found


def validate_e164(value: str) -> None:
    """Raise ValidationError with code `phone` unless the value is a usable number in E.164."""
    if not _E164.fullmatch(value) or normalise(value) != value:
        raise ValidationError(_("Enter the number with its country code, like +13125550142."), code="phone")


def zones_of(number: str) -> tuple[str, ...]:
    """The IANA zones that a number in E.164 may be in, sorted; none where it says nothing of a place.

    From the tables of libphonenumber, without any network. A mobile number outside of North America has
    its whole country's zones; a toll-free one of North America, which may be anywhere from Guam to Puerto
    Rico, says nothing.
    """
    try:
        found = time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    names = sorted(set(found) & zones.known())
    return tuple(names) if _share_a_day(names) else ()


def _share_a_day(names: list[str]) -> bool:
    for moment in _SEASONS:
        shifts = [moment.astimezone(zoneinfo.ZoneInfo(name)).utcoffset() or timedelta() for name in names]
        if shifts and max(shifts) - min(shifts) >= _WIDEST:
            return False
    return True


def is_number(value: str) -> bool:
    """Whether this is written like a number in E.164: a short code, a name or an account's id is not."""
    return _E164.fullmatch(value) is not None


def bare(sender: str) -> str:
    """The number behind a provider's address, so that a phone is one whatever app its owner writes with.

    An address without a number stays as it is: WhatsApp also gives people ids of its own.
    """
    match = _OVER_INTERNET.fullmatch(sender)
    return match["rest"] if match else sender


def channel(sender: str) -> Channel:
    """The channel that an address names: sms where it names none, as also RCS falls back to it."""
    if sender.startswith("whatsapp:"):
        return Channel.WHATSAPP
    return Channel.EMAIL if "@" in sender else Channel.SMS


def mask(phone: str) -> str:
    """The number as it may be logged: its last four digits."""
    return f"…{phone[-4:]}"
