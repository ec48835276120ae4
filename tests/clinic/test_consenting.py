"""Rule 19: consent per patient and channel with source, words and time, in a ledger that only grows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic import consenting, registering
from clinic.models import Consent, ConsentChannel, Patient
from clinic.signals import patient_out_of_reach
from core import audit
from core.models import AuditEvent
from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db
STOP = {"channel": "sms", "words": "Stop", "source": "text"}


def said(**changed: Any) -> consenting.Word:
    word = {"channel": "sms", "given": True, "source": "staff", "words": "Yes, text me."}
    return consenting.Word(**{**word, **changed})


def ledger(patient: Patient, channel: str = "sms") -> list[tuple[bool, str, str]]:
    rows = Consent.objects.filter(patient=patient, channel=channel).order_by("pk")
    return list(rows.values_list("given", "source", "words"))


def agrees(patient: Patient) -> bool:
    """What matching reads, and that it is the ledger's last word."""
    patient.refresh_from_db()
    last = Consent.objects.on(patient_id=patient.pk, channel="sms").first()
    assert patient.sms_consent == (last is not None and last.given)
    return patient.sms_consent


def registered(now: datetime, **fields: Any) -> Patient:
    new = {"first_name": "Alice", "last_name": "Smith", "phone": "(312) 555-0142", "sms_consent": True}
    return registering.register(patient=registering.NewPatient(**{**new, **fields}), by="frontdesk", now=now)


def test_rule_19_consent_is_kept_with_its_source_its_exact_words_and_its_time(now: datetime) -> None:
    alice = registered(now, consent_words="Text me whenever you like!")
    row = Consent.objects.get()
    assert (row.patient_id, row.channel, row.given) == (alice.pk, "sms", True)
    assert (row.source, row.words) == ("staff", "Text me whenever you like!")
    assert (row.recorded_by, row.recorded_at) == ("frontdesk", now)
    assert agrees(alice)


def test_rule_19_a_ticked_box_is_kept_in_the_words_of_the_box(now: datetime) -> None:
    alice = registered(now)
    registering.update(patient_id=alice.pk, changes={"sms_consent": False}, by="frontdesk", now=now)
    expected = [(True, "staff", consenting.BOX_TICKED), (False, "staff", consenting.BOX_CLEARED)]
    assert ledger(alice) == expected
    assert not agrees(alice)


def test_rule_19_who_said_nothing_has_not_agreed(now: datetime) -> None:
    bob = registered(now, sms_consent=False)
    assert ledger(bob) == []
    assert not agrees(bob)
    assert consenting.standing(patient_id=bob.pk, channel="sms") is None


@pytest.mark.parametrize("channel", ConsentChannel.values)
def test_rule_19_each_channel_is_agreed_to_by_itself(now: datetime, channel: str) -> None:
    bob = registered(now, sms_consent=False)
    consenting.record(patient_id=bob.pk, word=said(channel=channel), by="frontdesk", now=now)
    stands = [c for c in ConsentChannel.values if consenting.standing(patient_id=bob.pk, channel=c)]
    assert stands == [channel]
    assert agrees(bob) == (channel == "sms")


def test_rule_23_greetings_need_a_consent_of_their_own_and_are_off_by_default(now: datetime) -> None:
    alice = registered(now)
    assert agrees(alice)
    assert consenting.standing(patient_id=alice.pk, channel="greeting") is None


def test_rule_19_what_was_given_can_be_taken_back(now: datetime) -> None:
    alice = registered(now)
    word = said(given=False, words="Not any more.")
    row = consenting.record(patient_id=alice.pk, word=word, by="frontdesk", now=now)
    assert (row.given, row.words) == (False, "Not any more.")
    assert not agrees(alice)
    line = AuditEvent.objects.get(verb="patient.consent_withdrawn")
    assert line.data == {"channel": "sms", "source": "staff"}


def test_taking_back_what_a_phone_is_asked_on_is_announced_once(now: datetime) -> None:
    alice, heard = registered(now), []

    def hear(*, patient_id: int, **_: object) -> None:
        heard.append(patient_id)

    patient_out_of_reach.connect(hear)
    try:
        for given in (True, False, False):
            consenting.record(patient_id=alice.pk, word=said(given=given), by="frontdesk", now=now)
        consenting.record(patient_id=alice.pk, word=said(channel="email"), by="frontdesk", now=now)
    finally:
        patient_out_of_reach.disconnect(hear)
    assert heard == [alice.pk]


@pytest.mark.parametrize(("changed", "field"), [({"channel": "fax"}, "channel"), ({"words": " "}, "words")])
def test_what_cannot_stand_in_the_ledger_is_refused(
    now: datetime, changed: dict[str, Any], field: str
) -> None:
    alice = registered(now, sms_consent=False)
    with pytest.raises(consenting.ConsentError) as refused:
        consenting.record(patient_id=alice.pk, word=said(**changed), by="frontdesk", now=now)
    assert refused.value.field == field
    assert not agrees(alice)


def test_without_its_audit_line_nobody_has_agreed(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    bob = registered(now, sms_consent=False)

    def fail(**_: object) -> None:
        raise RuntimeError("no line")

    monkeypatch.setattr(audit, "record_each", fail)
    with pytest.raises(RuntimeError):
        consenting.record(patient_id=bob.pk, word=said(), by="frontdesk", now=now)
    assert ledger(bob) == []
    assert not agrees(bob)


@pytest.mark.parametrize("sql", ["UPDATE clinic_consent SET given = false", "DELETE FROM clinic_consent"])
def test_rule_19_the_database_refuses_to_change_the_ledger(now: datetime, sql: str) -> None:
    alice = registered(now)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)
    assert len(ledger(alice)) == 1


def test_rule_19_the_database_refuses_to_empty_the_ledger(now: datetime) -> None:
    alice = registered(now)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only: TRUNCATE refused"), transaction.atomic():
            cursor.execute("TRUNCATE clinic_consent")
    assert len(ledger(alice)) == 1


def test_rule_14_a_stop_takes_consent_from_everybody_at_the_number(now: datetime) -> None:
    parent, child = registered(now), registered(now, first_name="Anna")
    silent, other = registered(now, sms_consent=False), registered(now, phone="(312) 555-0143")
    assert consenting.stopped_by_text(address="+13125550142", now=now, **STOP) == 2
    assert [agrees(person) for person in (parent, child, silent, other)] == [False, False, False, True]
    assert ledger(parent)[-1] == ledger(child)[-1] == (False, "text", "Stop")
    assert ledger(silent) == []


def test_rule_15_a_start_gives_back_what_a_stop_took_and_no_more(now: datetime) -> None:
    parent, silent = registered(now), registered(now, sms_consent=False)
    told = registered(now)
    registering.update(patient_id=told.pk, changes={"sms_consent": False}, by="frontdesk", now=now)
    consenting.stopped_by_text(address="+13125550142", now=now, **STOP)
    start: dict[str, Any] = {"address": "+13125550142", "channel": "sms", "words": "START", "now": now}
    start["source"] = "text"
    assert consenting.started_by_text(**start) == 1
    assert consenting.started_by_text(**start) == 0
    assert [agrees(person) for person in (parent, silent, told)] == [True, False, False]
    assert ledger(parent)[-1] == (True, "text", "START")


def test_new_words_for_the_same_consent_are_kept_too(now: datetime) -> None:
    alice = PatientFactory()
    for changes in ({"sms_consent": True}, {"sms_consent": True, "consent_words": "Signed the form."}):
        registering.update(patient_id=alice.pk, changes=changes, by="frontdesk", now=now)
    assert [words for _, _, words in ledger(alice)] == ["Text me.", "Signed the form."]
