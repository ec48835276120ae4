"""Matching: somebody is barred only where no channel is left, and then for the reason that tells most."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from clinic.models import Patient
from messaging import optout
from messaging.models import UnusableNumber
from offers import bars
from offers.models import WhatsAppTemplate, WrongNumber
from tests.factories import CancellationFactory, OfferFactory, WaitlistEntryFactory
from tests.offers.reaching import agrees
from waitlist import matching
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db

MAIL = "alice@example.org"
ELIGIBLE = 0


def opted_out(alice: Patient) -> None:
    optout.suppress(phone=alice.phone, words="STOP", source="text", now=timezone.now())


def unusable(alice: Patient) -> None:
    UnusableNumber.objects.create(phone=alice.phone, code="30006", since=timezone.now())


def wrong(alice: Patient) -> None:
    WrongNumber.objects.create(patient=alice, phone=alice.phone, since=timezone.now())


def without_consent(alice: Patient) -> None:
    Patient.objects.filter(pk=alice.pk).update(sms_consent=False)


def without_phone(alice: Patient) -> None:
    Patient.objects.filter(pk=alice.pk).update(phone="")


HINDRANCES = [
    (without_phone, Reason.NO_PHONE),
    (opted_out, Reason.OPTED_OUT),
    (without_consent, Reason.NO_CONSENT),
    (unusable, Reason.UNUSABLE_NUMBER),
    (wrong, Reason.WRONG_NUMBER),
]


def verdict(**fields: Any) -> tuple[Any, Any]:
    """A slot and somebody on its list."""
    slot = CancellationFactory()
    entry = WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type, **fields)
    return slot, entry


def reason(slot: Any) -> int:
    wanted = matching.Slot(
        clinic=slot.clinic,
        provider=slot.provider,
        visit_type=slot.visit_type,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )
    now = timezone.now()
    return matching.decide(slot=wanted, now=now, bars=bars.for_slot(slot=slot, now=now)).reasons[0]


@pytest.mark.parametrize(("hinder", "expected"), HINDRANCES)
def test_whom_texts_do_not_reach_is_barred_for_that_reason(hinder: Any, expected: Reason) -> None:
    slot, entry = verdict()
    hinder(entry.patient)
    assert reason(slot) == expected


@pytest.mark.parametrize(("hinder", "expected"), HINDRANCES)
def test_whom_e_mail_reaches_may_be_asked_all_the_same(hinder: Any, expected: Reason) -> None:
    slot, entry = verdict(patient__email=MAIL)
    agrees(entry.patient, "email")
    hinder(entry.patient)
    assert reason(slot) == ELIGIBLE


@pytest.mark.parametrize(("hinder", "expected"), HINDRANCES)
def test_where_e_mail_is_off_the_reason_is_that_of_texts(
    hinder: Any, expected: Reason, settings: Any
) -> None:
    settings.EMAIL_FROM = ""
    slot, entry = verdict(patient__email=MAIL)
    agrees(entry.patient, "email")
    hinder(entry.patient)
    assert reason(slot) == expected


def test_an_e_mail_address_that_stopped_or_bounced_is_no_way_left() -> None:
    slot, entry = verdict(patient__email=MAIL)
    agrees(entry.patient, "email")
    unusable(entry.patient)
    optout.suppress(phone=MAIL, words="STOP", source="email", now=timezone.now())
    assert reason(slot) == Reason.UNUSABLE_NUMBER


@pytest.mark.parametrize(
    ("hinder", "expected"),
    [
        (without_consent, ELIGIBLE),
        (unusable, ELIGIBLE),
        (opted_out, Reason.OPTED_OUT),
        (wrong, Reason.WRONG_NUMBER),
    ],
)
def test_whatsapp_stands_in_for_texts_and_not_for_a_phone_that_said_no(
    hinder: Any, expected: int, settings: Any
) -> None:
    settings.WHATSAPP_SENDER = "+15005550011"
    WhatsAppTemplate.objects.create(name="offer", language="en", content_sid="HX" + "0" * 32)
    slot, entry = verdict()
    agrees(entry.patient, "whatsapp")
    hinder(entry.patient)
    assert reason(slot) == expected


def test_whoever_has_no_phone_and_another_question_open_is_left_in_peace() -> None:
    slot, entry = verdict(patient__email=MAIL, patient__phone="")
    agrees(entry.patient, "email")
    assert reason(slot) == ELIGIBLE
    OfferFactory(entry__patient=entry.patient, phone="", channel="email")
    assert reason(slot) == Reason.PHONE_BUSY


def test_somebody_else_without_a_phone_is_no_hindrance() -> None:
    slot, entry = verdict(patient__email=MAIL, patient__phone="")
    agrees(entry.patient, "email")
    OfferFactory(entry__patient__phone="", phone="", channel="email")
    assert reason(slot) == ELIGIBLE
