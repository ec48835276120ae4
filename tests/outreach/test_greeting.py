"""Who has a birthday is greeted once a year, or has a row that says why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from clinic import consenting
from clinic.models import Clinic, Patient, Provider
from messaging import optout, outbox, stopping
from messaging.models import Message, UnusableNumber
from offers.models import WhatsAppTemplate, WrongNumber
from ops import invariants
from outreach import greeting
from outreach.greeting_models import Greeting
from tests.factories import AppointmentFactory, ClinicFactory, PatientFactory, ProviderFactory
from tests.offers.reaching import agrees
from tests.outreach.greeting_people import TODAY, born, dispatch, doctor, states, switched_on, texts, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_patient_is_greeted_in_the_name_of_the_doctor_and_colleagues() -> None:
    alice = born(3, 2)
    assert dispatch() == {greeting.HANDED_OVER: 1}
    text, row = texts()[0], Greeting.objects.get()
    assert text.body == ("Lakeside: Dr. Bob and colleagues wish you a very happy birthday! STOP to opt out")
    assert (text.to, text.logical_key, text.priority) == (alice.phone, f"greeting:{row.pk}", 8)
    assert text.related == {"patient": alice.pk, "clinic": row.clinic_id, "greeting": row.pk}
    assert (row.year, row.birthday_on, row.channel) == (2026, TODAY, "sms")


def test_in_spanish_where_that_is_spoken() -> None:
    born(3, 2, language="es")
    dispatch()
    assert texts()[0].body.startswith("Lakeside: Dr. Bob y sus colegas le desean un muy feliz cumpleaños.")


def test_it_leaves_with_its_receipt_and_then_counts_as_greeted() -> None:
    alice = born(3, 2)
    work()
    receipt = texts()[0].permission
    assert receipt is not None
    assert set(receipt["consent"]) == {"sms", "greeting"}
    assert receipt["hours"] == {"from": "09:00", "to": "20:00", "at": {"America/Chicago": "10:00"}}
    assert receipt["switch"] == alice.primary_provider.greeting_switches.get().pk  # type: ignore[union-attr]
    assert states(alice) == ["sent"]
    assert dict(invariants.violations(now=timezone.now())) == {}


def test_a_rerun_greets_nobody_again_whatever_was_corrected(clock: time_machine.Traveller) -> None:
    alice = born(3, 2)
    work()
    clock.shift(timedelta(days=1))
    Patient.objects.filter(pk=alice.pk).update(date_of_birth=datetime(1980, 3, 3, tzinfo=UTC).date())
    work()
    assert (states(alice), len(texts())) == (["sent"], 1)


@pytest.mark.parametrize("whose", ["clinic", "patient"])
def test_a_zone_that_nobody_knows_costs_its_own_patients_their_greeting_and_nobody_else(whose: str) -> None:
    alice, bob = born(3, 2), born(3, 2, primary_provider=doctor())
    if whose == "clinic":
        Clinic.objects.filter(providers=alice.primary_provider).update(timezone="Mars/Phobos")
    else:
        Patient.objects.filter(pk=alice.pk).update(contact_zones="Mars/Phobos")
    work()
    assert (states(alice), states(bob)) == (["skipped: outside_hours"], ["sent"])


def test_whoever_comes_second_to_a_birthday_finds_it_decided() -> None:
    alice, bob = born(3, 2), born(3, 2, agrees=False)
    now = timezone.now()
    first, second = (
        [greeting.greet(patient_id=patient.pk, on=TODAY, now=now) for patient in (alice, bob)]
        for _ in range(2)
    )
    assert (first, second) == ([greeting.HANDED_OVER, "no_consent"], [greeting.NOT_DUE] * 2)
    assert greeting.greet(patient_id=0, on=TODAY, now=now) == greeting.NOT_DUE


def withdrawn(patient: Patient) -> None:
    word = consenting.Word(channel="greeting", given=False, source="staff", words="No more.")
    consenting.record(patient_id=patient.pk, word=word, by="desk", now=timezone.now())


def stopped(patient: Patient) -> None:
    optout.suppress(phone=patient.phone, words="STOP", source="text", now=timezone.now())


def disowned(patient: Patient) -> None:
    WrongNumber.objects.create(patient=patient, phone=patient.phone, since=timezone.now())


def unusable(patient: Patient) -> None:
    UnusableNumber.objects.create(phone=patient.phone, code="30006", since=timezone.now())


def off(patient: Patient) -> None:
    patient.primary_provider.greeting_switches.update(ended_by="boss", ended_at=timezone.now())  # type: ignore[union-attr]


def left(patient: Patient) -> None:
    Provider.objects.update(active=False)


def homeless(patient: Patient) -> None:
    patient.primary_provider.clinics.clear()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fields", "change", "why"),
    [
        ({"status": "deceased"}, None, "deceased"),
        ({"status": "inactive"}, None, "inactive"),
        ({"year": 2999}, None, "future_birth"),
        ({"year": 1900}, None, "impossible_birth"),
        ({"under_guardian": True}, None, "guardian"),
        ({"year": 2009}, None, "guardian"),
        ({"primary_provider": None}, None, "no_doctor"),
        ({}, left, "doctor_left"),
        ({}, off, "switched_off"),
        ({"birthday_greetings": False}, None, "patient_off"),
        ({}, homeless, "no_clinic"),
        ({"phone": ""}, None, "no_contact"),
        ({}, stopped, "opted_out"),
        ({"agrees": False}, None, "no_consent"),
        ({}, withdrawn, "no_consent"),
        ({"sms_consent": False}, None, "no_consent"),
        ({}, disowned, "wrong_number"),
        ({}, unusable, "unusable_number"),
    ],
)
def test_whoever_is_not_greeted_has_the_reason(fields: dict[str, Any], change: Any, why: str) -> None:
    doctor()
    alice = born(3, 2, **fields)
    if change:
        change(alice)
    assert dispatch() == {why: 1}
    assert states(alice) == [f"skipped: {why}"]
    assert texts() == []


def test_whatsapp_greets_with_approved_words_of_its_own_whatever_those_of_offers_are(settings: Any) -> None:
    settings.WHATSAPP_SENDER = "+15005550011"
    content = {"language": "en", "content_sid": "HX" + "0" * 32}
    template = WhatsAppTemplate.objects.create(name="greeting", **content)
    first, second = (agrees(born(3, 2, sms_consent=False), "whatsapp") for _ in range(2))
    assert greeting.greet(patient_id=first.pk, on=TODAY, now=timezone.now()) == greeting.HANDED_OVER
    template.name = "offer"
    template.save()
    assert greeting.greet(patient_id=second.pk, on=TODAY, now=timezone.now()) == "no_consent"
    assert states(second) == ["skipped: no_consent"]
    assert Message.objects.get(kind="greeting").channel == "whatsapp"


def test_who_is_eighteen_today_and_agreed_is_greeted() -> None:
    born(3, 2, year=2008)
    assert dispatch() == {greeting.HANDED_OVER: 1}


def test_the_day_of_birth_and_no_date_of_birth_are_no_birthdays() -> None:
    doctor()
    born(3, 2, year=2026)
    PatientFactory(date_of_birth=None)
    assert dispatch() == {}


def test_nothing_happens_until_somebody_has_switched_greetings_on() -> None:
    provider = doctor(on=False)
    born(3, 2)
    assert dispatch() == {}
    assert not Greeting.objects.exists()
    switched_on(provider)
    assert dispatch() == {greeting.HANDED_OVER: 1}


def test_birthdays_before_the_switch_was_on_are_not_made_up_for() -> None:
    doctor(at=timezone.now() - timedelta(days=9))
    late, other = ProviderFactory(clinics=[ClinicFactory()]), born(3, 1)
    mine = born(3, 1, primary_provider=late)
    switched_on(late)
    work()
    assert (states(other), states(mine)) == (["sent"], ["skipped: switched_off"])


@pytest.mark.parametrize(
    ("days", "state"), [(0, ["sent"]), (2, ["sent"]), (3, ["skipped: missed"]), (29, ["skipped: missed"])]
)
def test_a_day_missed_is_made_up_for_by_two_days_at_most(
    clock: time_machine.Traveller, days: int, state: list[str]
) -> None:
    alice = born(3, 2)
    clock.shift(timedelta(days=days))
    work()
    work()
    assert states(alice) == state


def test_how_late_a_clinic_may_say() -> None:
    doctor(at=timezone.now() - timedelta(days=9), greeting_late_days=0)
    alice = born(3, 1)
    work()
    assert states(alice) == ["skipped: missed"]


def test_a_late_greeting_is_one_of_the_old_year(clock: time_machine.Traveller) -> None:
    alice = born(12, 31)
    for day in (1, 2):
        clock.move_to(datetime(2027, 1, day, 16, tzinfo=UTC))
        work()
    assert list(Greeting.objects.values_list("year", "birthday_on__day")) == [(2026, 31)]
    assert states(alice) == ["sent"]


def test_nobody_is_greeted_at_night_and_nobody_on_another_day(clock: time_machine.Traveller) -> None:
    # Given two birthdays, one in Chicago and one in Honolulu
    alice, bob = born(3, 3), born(3, 3, contact_zones="Pacific/Honolulu")
    # When the clock goes on by a quarter of an hour at a time
    clock.move_to(datetime(2026, 3, 3, 0, tzinfo=UTC))
    for _ in range(100):
        work()
        clock.shift(timedelta(minutes=15))
    # Then each is greeted at nine on the own clock
    sent = dict(Greeting.objects.values_list("patient_id", "sent_at"))
    at = datetime(2026, 3, 3, tzinfo=UTC)
    assert sent == {alice.pk: at.replace(hour=15), bob.pk: at.replace(hour=19)}


def test_two_years_with_a_leap_day_in_one_of_them(clock: time_machine.Traveller) -> None:
    provider = doctor(at=datetime(2027, 1, 1, 12, tzinfo=UTC))
    births = [(1, 1), (2, 28), (2, 29), (3, 1), (6, 15), (12, 31)]
    people = {birth: born(*birth, year=1980, primary_provider=provider) for birth in births}
    day = datetime(2027, 1, 1, 16, tzinfo=UTC)
    while day.year < 2029:
        clock.move_to(day)
        dispatch()
        day += timedelta(days=1)
    found = {
        birth: [f"{row.birthday_on:%m-%d}" for row in Greeting.objects.filter(patient=who).order_by("year")]
        for birth, who in people.items()
    }
    assert found == {
        **{birth: [f"{birth[0]:02}-{birth[1]:02}"] * 2 for birth in births},
        (2, 29): ["02-28", "02-29"],
    }
    assert set(Greeting.objects.values_list("status", flat=True)) == {"scheduled"}
    days = set(Greeting.objects.values_list("birthday_on", "created_at__date"))
    assert all(birthday == created for birthday, created in days)


def test_the_clinic_is_that_of_the_doctors_where_the_patient_was_last() -> None:
    provider = doctor()
    second = ClinicFactory(sms_name="Hills")
    provider.clinics.add(second)
    alice, bob = born(3, 2), born(3, 2)
    AppointmentFactory(patient=bob, clinic=second)
    AppointmentFactory(patient=alice)
    dispatch()
    assert sorted(text.body.partition(":")[0] for text in texts()) == ["Hills", "Lakeside"]


def test_without_its_text_no_row_says_that_somebody_was_greeted(monkeypatch: pytest.MonkeyPatch) -> None:
    born(3, 2)
    monkeypatch.setattr(outbox, "queue", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        greeting.greet(patient_id=Patient.objects.get().pk, on=TODAY, now=timezone.now())
    assert not Greeting.objects.exists()


def test_one_that_raises_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = born(3, 2), born(3, 2)
    queue = outbox.queue

    def broken(**given: Any) -> None:
        if given["drafts"][0].to == bad.phone:
            raise RuntimeError
        queue(**given)

    monkeypatch.setattr(outbox, "queue", broken)
    assert dispatch() == {greeting.RAISED: 1, greeting.HANDED_OVER: 1}
    assert (states(bad), states(good)) == ([], ["scheduled"])
    assert "greeting failed" in caplog.text


def test_while_the_sender_is_stopped_a_greeting_waits_and_nobody_is_asked_to_call(settings: Any) -> None:
    alice = born(3, 2)
    stopping.stop(name=settings.TWILIO_PHONE_NUMBER, code="20003", now=timezone.now())
    work()
    assert states(alice) == ["scheduled"]
    assert not stopping.call_list().exists()
