"""What staff write in their own words: by the outbox and its gate, once, with the name of who wrote it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic.models import Patient
from core import transitions
from core.models import AuditEvent
from messaging import attending, gate, optout
from messaging.models import Attention, Message
from offers import permitting, silencing, writing
from offers.writing import Note, Written
from tests import factories
from tests.offers.verb import Broken, break_after, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Patient:
    """Somebody on a waitlist who has agreed to texts."""
    entry = factories.WaitlistEntryFactory(clinic__sms_name="Lakeside")
    patient: Patient = entry.patient
    return patient


def asked(patient: Patient, *, hours: float = 1, **fields: Any) -> Message:
    """An unclear text of this patient's so many hours ago."""
    at = timezone.now() - timedelta(hours=hours)
    came: Message = factories.MessageFactory(
        direction="inbound",
        kind="reply",
        from_number=patient.phone,
        to="+15005550006",
        status="handled",
        logical_key=None,
        attention=Attention.UNCLEAR,
        created_at=at,
        received_at=at,
        **fields,
    )
    return came


def write(patient: Patient, body: str = "Yes, at three.", **fields: Any) -> Written:
    said: dict[str, Any] = {"form": "one-page", "seen": 0, "patient_id": patient.pk, **fields}
    note = Note(address=patient.phone, body=body, **said)
    return writing.write(note=note, by="frontdesk", now=timezone.now())


def test_an_answer_goes_at_once_in_the_clinics_name_and_sees_to_what_was_asked(ana: Patient) -> None:
    question = asked(ana)
    written = write(ana)
    text = written.message
    assert (text.body, text.in_reply_to_id, written.leaves_at) == (
        "Lakeside: Yes, at three.",
        question.pk,
        None,
    )
    verdict = permitting.may_leave(text, gate.Go(text.body), timezone.now())
    assert isinstance(verdict, gate.Go)
    assert verdict.permission["basis"] == "answer"
    question.refresh_from_db()
    assert question.attention_done_at is not None
    event = AuditEvent.objects.get(verb="message.written")
    assert (event.actor, event.object_id, event.place) == ("frontdesk", str(text.pk), None)
    assert "three" not in str(event.data)


def test_a_page_that_is_sent_twice_writes_once(ana: Patient) -> None:
    asked(ana)
    assert write(ana).message == write(ana, seen=10**9).message
    assert Message.objects.filter(kind="staff").count() == 1
    assert AuditEvent.objects.filter(verb="message.written").count() == 1


def test_whoever_writes_second_is_told_by_whom_and_may_then_send_it(ana: Patient) -> None:
    asked(ana)
    first = write(ana)
    with pytest.raises(writing.AnsweredMeanwhile, match="frontdesk has written there"):
        write(ana, form="another-page")
    assert write(ana, form="another-page", seen=first.message.pk).message != first.message


def test_without_a_question_it_needs_consent_and_waits_for_the_morning(ana: Patient, clock: Any) -> None:
    clinic = ana.waitlist_entries.get().clinic
    type(clinic).objects.filter(pk=clinic.pk).update(contact_hours_start="12:00", contact_hours_end="20:00")
    asked(ana, hours=25)
    written = write(ana)
    assert written.message.in_reply_to_id is None
    # 10 in the morning there, and two hours to go.
    assert written.leaves_at == timezone.now() + timedelta(hours=2)
    held = permitting.may_leave(written.message, gate.Go(written.message.body), timezone.now())
    assert held == gate.Later(written.leaves_at)


def is_stopped(patient: Patient) -> None:
    optout.suppress(phone=patient.phone, words="STOP", source="text", now=timezone.now())


def has_not_agreed(patient: Patient) -> None:
    Patient.objects.filter(pk=patient.pk).update(sms_consent=False)


def is_wrong(patient: Patient) -> None:
    silencing.silence(patient_id=patient.pk, phone=patient.phone, now=timezone.now())


@pytest.mark.parametrize(
    ("happens", "reason"),
    [(is_stopped, "STOP was said"), (has_not_agreed, "No consent"), (is_wrong, "not this patient's")],
)
def test_where_nothing_may_be_sent_nothing_is_stored(ana: Patient, happens: Any, reason: str) -> None:
    happens(ana)
    before = stored()
    with pytest.raises(writing.CannotWrite, match=reason):
        write(ana)
    assert stored() == before


@pytest.mark.parametrize(("body", "reason"), [(" \n ", "Write something"), ("x" * 581, "too long")])
def test_words_that_are_none_are_refused(ana: Patient, body: str, reason: str) -> None:
    asked(ana)
    with pytest.raises(writing.CannotWrite, match=reason):
        write(ana, body)


def test_a_stop_that_comes_before_it_leaves_keeps_it_from_leaving(ana: Patient) -> None:
    text = write(ana).message
    silencing.silence(patient_id=ana.pk, phone=ana.phone, now=timezone.now())
    assert writing.may_leave(text, timezone.now()) == gate.Skip("wrong_number")


def test_what_breaks_late_leaves_nothing_behind(ana: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(ana)
    before = stored()
    break_after(monkeypatch, attending, "finish")
    with pytest.raises(Broken):
        write(ana)
    assert stored() == before


def test_whoever_sees_to_a_text_second_is_told_by_whom(ana: Patient) -> None:
    question = asked(ana)
    attending.finish(message_id=question.pk, by="manager", now=timezone.now())
    with pytest.raises(transitions.StaleState, match="manager has seen to this text already"):
        attending.finish(message_id=question.pk, by="frontdesk", now=timezone.now())


def test_an_e_mail_is_answered_by_e_mail_in_its_wrapping() -> None:
    patient = factories.PatientFactory(email="ana@example.org", email_consent=True, language="es")
    factories.WaitlistEntryFactory(patient=patient, clinic__sms_name="Lakeside")
    note = Note(address="ana@example.org", body="Sí {hoy}.", form="one-page", seen=0, patient_id=patient.pk)
    mail = writing.write(note=note, by="frontdesk", now=timezone.now()).message
    assert (mail.channel, mail.to) == ("email", "ana@example.org")
    assert mail.subject.startswith("Lakeside: ")
    assert "Lakeside: Sí {hoy}." in mail.body
