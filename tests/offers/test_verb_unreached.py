"""Questions end where their patient may no longer be asked, and only there."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from clinic import consenting, registering
from messaging import outbox
from offers import texts, unreached
from offers.models import Offer
from tests.factories import OfferFactory
from tests.offers.reaching import agrees

pytestmark = pytest.mark.django_db


def asked(channel: str) -> Offer:
    """A question on its way to somebody who agreed to texts and e-mail."""
    offer = OfferFactory(channel=channel, entry__patient__email="alice@example.org")
    agrees(offer.patient, "email")
    outbox.queue(drafts=[texts.question(offer=offer, slot=offer.cancellation)], now=timezone.now())
    return offer


def takes_back(offer: Offer, channel: str) -> None:
    word = consenting.Word(channel=channel, given=False, source="staff", words="No more.")
    consenting.record(patient_id=offer.patient_id, word=word, by="frontdesk", now=timezone.now())


@pytest.mark.parametrize(
    ("channel", "taken_back", "status"),
    [
        ("sms", "sms", "withdrawn"),
        ("sms", "email", "pending"),
        ("email", "email", "withdrawn"),
        ("email", "sms", "pending"),
    ],
)
def test_consent_that_is_taken_back_ends_what_it_allowed(
    channel: str, taken_back: str, status: str, django_capture_on_commit_callbacks: Any
) -> None:
    offer = asked(channel)
    takes_back(offer, taken_back)
    unreached.end(patient_id=offer.patient_id, now=timezone.now())
    offer.refresh_from_db()
    assert offer.status == status


@pytest.mark.parametrize(
    ("channel", "changes", "status"),
    [
        ("email", {"email": "new@example.org"}, "withdrawn"),
        ("email", {"phone": "(312) 555-0143"}, "pending"),
        ("sms", {"phone": "(312) 555-0143"}, "withdrawn"),
        ("sms", {"email": "new@example.org"}, "pending"),
        ("email", {"status": "inactive"}, "withdrawn"),
    ],
)
def test_another_address_ends_what_went_to_the_old_one(
    channel: str, changes: dict[str, str], status: str
) -> None:
    offer = asked(channel)
    registering.update(patient_id=offer.patient_id, changes=changes, by="frontdesk", now=timezone.now())
    unreached.end(patient_id=offer.patient_id, now=timezone.now())
    offer.refresh_from_db()
    assert offer.status == status


def test_nobody_is_no_fault() -> None:
    assert unreached.end(patient_id=0, now=timezone.now()) == 0
