"""May we text this patient, by which way, how often yet, and what have we promised?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic import reaching
from clinic.models import Clinic, Consent, Patient
from core.channels import ON_A_PHONE, Channel
from messaging.models import Suppression, UnusableNumber
from offers import bars, channels, timing
from offers.models import Offer, WrongNumber
from offers.states import OfferStatus

DAY = timedelta(days=1)
OPEN = (OfferStatus.PENDING, OfferStatus.STANDBY)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One channel: the ledger's last word about it, if any, and the first reason against it; "" for none."""

    channel: Channel
    address: str
    word: Consent | None
    why_not: Promise | str

    @property
    def is_open(self) -> bool:
        return not self.why_not


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a clinic may still ask: offers of a day and of a week, and from when on (UTC); None: never."""

    clinic: Clinic
    in_a_day: int
    in_a_week: int
    opens_at: datetime | None
    is_open: bool

    @property
    def opens_local(self) -> datetime | None:
        """When the contact hours begin again, on the clinic's own clock."""
        return self.opens_at.astimezone(self.clinic.zone) if self.opens_at else None

    @property
    def left_today(self) -> int:
        return max(0, min(self.clinic.offers_per_day - self.in_a_day, self.left_this_week))

    @property
    def left_this_week(self) -> int:
        return max(0, self.clinic.offers_per_week - self.in_a_week)


def ways(patient: Patient) -> list[Way]:
    """Every channel, the one that is asked first in front."""
    words = _last_words(patient)
    is_open = channels.open_to([patient.pk]).get(patient.pk, [])
    reasons = _reasons(patient)
    found = [
        Way(
            channel=channel,
            address=reaching.address(patient, channel),
            word=words.get(channel),
            why_not="" if channel in is_open and _is_active(patient) else reasons[channel],
        )
        for channel in channels.ORDER
    ]
    return sorted(found, key=lambda way: is_open.index(way.channel) if way.channel in is_open else len(found))


def stopped_at(patient: Patient) -> QuerySet[Suppression]:
    """The STOPs that stand at this patient's phone and e-mail address."""
    addresses = [address for address in (patient.phone, patient.email) if address]
    return Suppression.objects.filter(phone__in=addresses, lifted_at=None).order_by("pk")


def left(*, patient: Patient, clinics: list[Clinic], now: datetime) -> list[Left]:
    """What each of the clinics may still ask this patient, as the rounds count it."""
    counted = Q(hold_expires_at__isnull=False) | Q(status=OfferStatus.PENDING)
    made = Offer.objects.filter(counted, patient=patient, created_at__gt=now - bars.WEEK)
    moments = list(made.order_by("pk").values_list("created_at", flat=True))
    in_a_day = sum(moment > now - DAY for moment in moments)
    opens = {clinic.pk: timing.opens_at(patient=patient, clinic=clinic, now=now) for clinic in clinics}
    return [
        Left(
            clinic=clinic,
            in_a_day=in_a_day,
            in_a_week=len(moments),
            opens_at=opens[clinic.pk],
            is_open=opens[clinic.pk] == now,
        )
        for clinic in clinics
    ]


def promised(patient: Patient) -> QuerySet[Offer]:
    """The questions that are open, and the times for which the patient stands by."""
    asked = Offer.objects.filter(patient=patient, status__in=OPEN)
    return asked.select_related("cancellation__clinic", "cancellation__provider").order_by("pk")


def _is_active(patient: Patient) -> bool:
    return patient.status == Patient.Status.ACTIVE


def _last_words(patient: Patient) -> dict[str, Consent]:
    rows = Consent.objects.filter(patient=patient).order_by("channel", "-pk").distinct("channel")
    return {row.channel: row for row in rows}


def _reasons(patient: Patient) -> dict[Channel, Promise | str]:
    """The first reason against each channel, whether or not there is one, as matching would find it."""
    stopped = {row.phone for row in stopped_at(patient)}
    unusable = set(
        UnusableNumber.objects.filter(phone__in=[patient.phone, patient.email], lifted_at=None)
        .order_by("pk")
        .values_list("phone", "channel")
    )
    wrong = WrongNumber.objects.filter(patient=patient, phone=patient.phone, lifted_at=None).exists()
    on = channels.switched_on()
    return {
        channel: _reason(patient, channel, stopped, unusable, wrong and channel in ON_A_PHONE, channel in on)
        for channel in channels.ORDER
    }


def _reason(
    patient: Patient,
    channel: Channel,
    stopped: set[str],
    unusable: set[tuple[str, str]],
    is_wrong: bool,
    is_on: bool,
) -> Promise | str:
    address = reaching.address(patient, channel)
    against: list[tuple[bool, Promise | str]] = [
        (not _is_active(patient), _("The patient is not active.")),
        (not is_on, _("Switched off for this installation.")),
        (not address, _("No address is known.")),
        (address in stopped, _("STOP was said: only a START from there ends it.")),
        (is_wrong, _("The number is somebody else's, says whoever has it.")),
        (not reaching.agrees(patient, channel), _("The patient has not agreed to it.")),
        ((address, channel) in unusable, _("Messages do not reach this address.")),
    ]
    return next(
        (why for is_so, why in against if is_so), _("WhatsApp has approved no words in that language.")
    )
