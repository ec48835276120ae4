"""Rules 19, 23 and 25: no text without consent, kind by kind, and a receipt with every text that left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from clinic import consenting
from clinic.models import Clinic, Consent, Patient
from messaging import delivery
from messaging.models import Kind, Message
from offers import permitting, policy, rounds, texts
from offers.models import Offer
from tests.factories import (
    CancellationFactory,
    MessageFactory,
    PatientFactory,
    WaitlistEntryFactory,
)
from tests.offers.journey import Journey

pytestmark = pytest.mark.django_db
# A test goes to staff, and has a gate of its own.
UNASKED = [kind for kind in Kind if kind not in (*permitting.ANSWERS, Kind.OFFER, Kind.TEST)]


def text_to(patient: Patient, kind: str, **fields: Any) -> Message:
    about = {"patient": patient.pk, "cancellation": CancellationFactory().pk}
    plain = {"kind": kind, "to": patient.phone, "body": "Hello.", "related": about}
    message: Message = MessageFactory(**{**plain, **fields})
    return message


def after_claim(message: Message) -> Message:
    delivery.claim(message_id=message.pk, now=timezone.now())
    message.refresh_from_db()
    return message


def receipt_of(message: Message) -> dict[str, Any]:
    assert message.permission is not None
    receipt: dict[str, Any] = message.permission
    return receipt


def agree(patient: Patient, channel: str, *, given: bool = True) -> Consent:
    word = consenting.Word(channel=channel, given=given, source="staff", words="Said so.")
    return consenting.record(patient_id=patient.pk, word=word, by="frontdesk", now=timezone.now())


@pytest.mark.parametrize("kind", UNASKED)
def test_rule_19_a_text_without_consent_is_not_sent(kind: str) -> None:
    text = after_claim(text_to(PatientFactory(sms_consent=False), kind))
    assert (text.status, text.skip_reason) == ("skipped", "no_consent")
    assert text.permission is None


@pytest.mark.parametrize("kind", UNASKED)
def test_rule_19_a_text_to_another_number_than_the_patient_s_is_not_sent(kind: str) -> None:
    text = after_claim(text_to(PatientFactory(), kind, to="+13125550199"))
    assert (text.status, text.skip_reason) == ("skipped", "no_consent")


@pytest.mark.parametrize("kind", permitting.ANSWERS)
def test_rule_19_somebody_who_texts_us_is_answered_without_consent(kind: str) -> None:
    text = after_claim(text_to(PatientFactory(sms_consent=False), kind))
    assert text.status == "sending"
    assert receipt_of(text)["basis"] == "answer"


@pytest.mark.parametrize("kind", UNASKED)
def test_a_text_that_waits_for_somebody_who_has_died_is_not_sent(kind: str) -> None:
    patient = PatientFactory(status=Patient.Status.DECEASED)
    agree(patient, "greeting")
    text = after_claim(text_to(patient, kind))
    assert (text.status, text.skip_reason) == ("skipped", "not_active")


def test_somebody_who_is_no_longer_a_patient_hears_of_a_visit_and_of_nothing_else() -> None:
    patient = PatientFactory(status=Patient.Status.INACTIVE)
    told = [after_claim(text_to(patient, kind)).status for kind in (Kind.CONFIRMATION, Kind.TAKEN)]
    assert told == ["sending", "skipped"]


def test_rule_19_what_a_yes_is_told_is_an_answer() -> None:
    patient = PatientFactory(sms_consent=False)
    came_in = MessageFactory(direction="inbound", status="handled", logical_key=None, body="YES")
    text = after_claim(text_to(patient, Kind.CONFIRMATION, in_reply_to=came_in))
    assert (text.status, receipt_of(text)["to"]) == ("sending", came_in.pk)


def test_rule_19_consent_that_is_only_a_flag_is_none() -> None:
    patient = PatientFactory(sms_consent=False)
    Patient.objects.filter(pk=patient.pk).update(sms_consent=True)
    assert after_claim(text_to(patient, Kind.TAKEN)).skip_reason == "no_consent"


def test_rule_19_an_offer_whose_consent_is_gone_gives_its_place_away() -> None:
    slot = CancellationFactory()
    entry = WaitlistEntryFactory(clinic=slot.clinic, visit_type=slot.visit_type)
    rounds.advance(cancellation_id=slot.pk, now=timezone.now())
    agree(entry.patient, "sms", given=False)
    text = after_claim(Message.objects.get(kind=Kind.OFFER))
    assert (text.status, text.skip_reason) == ("skipped", "no_consent")
    assert Offer.objects.get().status == "withdrawn"


def test_rule_23_a_greeting_needs_its_own_consent_and_the_channel_s() -> None:
    alice, bob, carol = PatientFactory(), PatientFactory(sms_consent=False), PatientFactory()
    own = [agree(patient, "greeting") for patient in (bob, carol)]
    found = [after_claim(text_to(patient, Kind.GREETING)) for patient in (alice, bob, carol)]
    assert [text.skip_reason for text in found] == ["no_consent", "no_consent", ""]
    assert receipt_of(found[2])["consent"]["greeting"] == own[1].pk


def offer_to(patient: Patient, clinic: Clinic | None = None) -> Message:
    slot = CancellationFactory(**({"clinic": clinic} if clinic else {}))
    WaitlistEntryFactory(patient=patient, clinic=slot.clinic, visit_type=slot.visit_type)
    rounds.advance(cancellation_id=slot.pk, now=timezone.now())
    return Message.objects.get(kind=Kind.OFFER, related__cancellation=slot.pk)


def test_rule_25_an_offer_keeps_consent_hours_caps_words_and_policy(now: datetime) -> None:
    patient = PatientFactory(contact_zones="America/Boise America/Los_Angeles")
    text = offer_to(patient)
    after_claim(text)
    assert text.permission == {
        "basis": "consent",
        "consent": {"sms": Consent.objects.get(patient=patient).pk},
        "hours": {
            "from": "00:00",
            "to": "23:59",
            "at": {"America/Boise": "09:00", "America/Los_Angeles": "08:00"},
        },
        "caps": {"day": [1, 3], "week": [1, 7]},
        "template": texts.version("offer", language="en", clinic=Clinic.objects.get()),
        "policy": policy.POLICY_VERSION,
    }
    assert text.template == text.permission["template"]


def test_rule_25_the_receipt_is_stored_with_the_claim_or_not_at_all(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = offer_to(PatientFactory())

    def broken(*args: object) -> None:
        raise RuntimeError("no receipt")

    monkeypatch.setattr(permitting, "offer_receipt", lambda **_: broken())
    with pytest.raises(RuntimeError):
        delivery.claim(message_id=text.pk, now=now)
    text.refresh_from_db()
    assert (text.status, text.permission) == ("queued", None)
    assert Offer.objects.get().hold_expires_at is None


def test_rule_25_a_receipt_holds_no_name_no_number_and_no_words() -> None:
    patient = PatientFactory(first_name="Zebulon")
    receipt = str(after_claim(offer_to(patient)).permission)
    assert not any(secret in receipt for secret in ("Zebulon", patient.phone, "Text me."))


def test_rule_25_a_text_names_the_words_it_was_made_of(now: datetime) -> None:
    clinic = CancellationFactory().clinic
    first = texts.version("taken", language="en", clinic=clinic)
    assert first.startswith("taken/en@")
    assert first != texts.version("taken", language="es", clinic=clinic)
    assert len(first) <= 60


@pytest.mark.django_db(transaction=True)
def test_rules_14_15_stop_and_start_are_in_the_ledger(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    journey.asked()
    journey.says(alice, "Please stop texting me")
    journey.says(alice, "START")
    words = list(Consent.objects.filter(patient=alice.patient).order_by("pk").values_list("given", "words"))
    assert words == [(True, "Text me."), (False, "Please stop texting me"), (True, "START")]
    assert Consent.objects.filter(patient=bob.patient).count() == 1


@pytest.mark.django_db(transaction=True)
def test_rule_25_every_text_of_a_journey_has_its_receipt(journey: Journey) -> None:
    alice, bob = journey.waiting(), journey.waiting()
    journey.asked()
    journey.says(bob, "maybe")
    journey.says(alice, "YES")
    journey.says(bob, "HELP")
    sent = Message.objects.filter(direction="outbound", status__in=("sent", "delivered"))
    receipts = dict(sent.order_by("pk").values_list("pk", "permission"))
    kept = [receipt for receipt in receipts.values() if receipt]
    assert len(kept) == 6
    assert all(receipt["basis"] in ("consent", "answer") for receipt in kept)
    assert all("@" in receipt["template"] for receipt in kept)
