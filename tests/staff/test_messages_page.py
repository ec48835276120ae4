"""Did it arrive, and who needs a call? The list, a talk, and an answer."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import Clinic, Patient
from core.models import AuditEvent
from messaging import attending
from messaging.models import Attention, Message, ProviderEvent
from staff.roles import AUDITOR, FRONT_DESK
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    made: Clinic = factories.ClinicFactory.create(sms_name="Lakeside")
    return made


@pytest.fixture
def user(client: Client, clinic: Clinic) -> User:
    made: User = factories.UserFactory(roles=[FRONT_DESK], clinics=(clinic,))
    client.force_login(made)
    return made


@pytest.fixture
def ana(clinic: Clinic) -> Patient:
    patient: Patient = factories.WaitlistEntryFactory(clinic=clinic).patient
    return patient


def asked(patient: Patient, clinic: Clinic, **fields: Any) -> Message:
    said: dict[str, Any] = {"body": "Can I come later?", "attention": Attention.UNCLEAR, **fields}
    related = {"clinic": clinic.pk, "patient": patient.pk}
    came: Message = factories.MessageFactory(
        direction="inbound",
        kind="reply",
        status="handled",
        from_number=patient.phone,
        to="+15005550006",
        logical_key=None,
        related=related,
        **said,
    )
    return came


def listed(client: Client, tab: str) -> str:
    answer = client.get(f"/messages/?tab={tab}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def form_of(page: str) -> dict[str, str]:
    """What the page would send along with an answer."""
    hidden = re.findall(r'<input type="hidden" name="(form|seen)" value="([^"]*)"', page)
    return dict(hidden)


def test_what_a_person_must_see_to_stands_first_with_its_reason(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    for why in (Attention.UNCLEAR, Attention.MAY_CANCEL, Attention.WRONG_NUMBER):
        asked(ana, clinic, attention=why)
    asked(ana, clinic, attention=Attention.NONE, body="YES")
    words = listed(client, "reply")
    assert "(3)" in words
    for told in ("Could not be understood", "May want to cancel", "Says it is the wrong number"):
        assert told in words
    assert str(ana) in words
    assert "YES" not in words
    assert "YES" in listed(client, "all")


def test_what_did_not_arrive_stands_with_what_its_code_means(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    related = {"clinic": clinic.pk, "patient": ana.pk}
    lost = {"status": "undelivered", "error_code": "30005", "to": ana.phone, "related": related}
    factories.MessageFactory(**lost)
    factories.MessageFactory(**{**lost, "to": "+13125550188"}, created_at=timezone.now() - timedelta(days=8))
    words = listed(client, "failed")
    assert "Undelivered: 30005: " in words
    assert "(1)" in words


def test_a_picture_without_a_word_is_told(client: Client, user: User, ana: Patient, clinic: Clinic) -> None:
    asked(ana, clinic, body="", twilio_sid="MM1")
    now = timezone.now()
    ProviderEvent.objects.create(
        sid="MM1", kind="inbound", payload={"NumMedia": "1"}, received_at=now, next_attempt_at=now
    )
    assert "(a picture)" in listed(client, "reply")


def test_another_clinics_messages_are_not_there(client: Client, user: User) -> None:
    other = factories.WaitlistEntryFactory()
    text = asked(other.patient, other.clinic)
    assert "Can I come later?" not in listed(client, "all")
    assert client.get(f"/messages/{text.pk}/").status_code == 404
    assert client.post(f"/messages/{text.pk}/", {"body": "Hello"}).status_code == 404


@pytest.mark.parametrize("tab", ["reply", "failed", "all"])
def test_an_empty_tab_teaches(client: Client, user: User, tab: str) -> None:
    teaches = {"reply": "Nobody waits for an answer.", "failed": "has arrived", "all": "No message yet."}
    assert teaches[tab] in listed(client, tab)
    for beside in (f"{tab}x", f"{tab}&before=x", f"{tab}&before={'9' * 5000}"):
        assert client.get(f"/messages/?tab={beside}").status_code == 404


def test_the_list_costs_the_same_for_ten_and_for_a_thousand_and_is_paged(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            listed(client, "all")
        return len(seen)

    for _ in range(10):
        asked(ana, clinic)
    few = queries()
    related = {"clinic": clinic.pk, "patient": ana.pk}
    rows = factories.MessageFactory.build_batch(990, logical_key=None, related=related)
    Message.objects.bulk_create(rows)
    assert queries() == few
    older = re.search(r'href="(/messages/\?tab=all&amp;before=\d+)"', listed(client, "all"))
    assert older
    assert client.get(older[1].replace("&amp;", "&")).status_code == 200


def test_a_page_that_looks_again_is_told_when_nothing_is_new(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    text = asked(ana, clinic)
    for page, rows in (
        ("/messages/", "/messages/rows/"),
        (f"/messages/{text.pk}/", f"/messages/{text.pk}/rows/"),
    ):
        found = re.search(r"v=([\w.]+)", client.get(page).content.decode())
        assert found
        version = found[1]
        assert client.get(rows, {"v": version}).status_code == 204
        asked(ana, clinic, body="Are you there?")
        assert "Are you there?" in client.get(rows, {"v": version}).content.decode()


def test_an_answer_is_written_once_with_its_writers_name_and_ends_the_task(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    text = asked(ana, clinic)
    sent = form_of(client.get(f"/messages/{text.pk}/").content.decode())
    for _ in range(2):
        assert client.post(f"/messages/{text.pk}/", {**sent, "body": "Yes, at three."}).status_code == 302
    note = Message.objects.get(kind="staff")
    assert (note.to, note.body) == (ana.phone, "Lakeside: Yes, at three.")
    page = client.get(f"/messages/{text.pk}/").content.decode()
    assert f"{user.username} to {ana}" in " ".join(page.split())
    assert "Nobody waits for an answer." in listed(client, "reply")


def test_two_answers_at_once_and_the_second_reads_the_first_before_sending(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    text = asked(ana, clinic)
    mine, theirs = (form_of(client.get(f"/messages/{text.pk}/").content.decode()) for _ in range(2))
    client.post(f"/messages/{text.pk}/", {**theirs, "body": "Come at two."})
    told = client.post(f"/messages/{text.pk}/", {**mine, "body": "Come at three."})
    page = told.content.decode()
    assert told.status_code == 422
    assert f"{user.username} has written there in the meantime" in page
    assert "Come at two." in page
    assert "Come at three.</textarea>" in page
    assert client.post(f"/messages/{text.pk}/", {**form_of(page), "body": "Or three."}).status_code == 302
    assert Message.objects.filter(kind="staff").count() == 2


def test_of_two_who_share_a_phone_one_says_who_is_meant(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    child = factories.WaitlistEntryFactory(clinic=clinic, patient__phone=ana.phone).patient
    text = asked(ana, clinic)
    page = client.get(f"/messages/{text.pk}/").content.decode()
    assert "say whom you mean" in page
    client.post(f"/messages/{text.pk}/", {**form_of(page), "body": "Hello", "patient": child.pk})
    assert Message.objects.get(kind="staff").related["patient"] == child.pk


def test_seen_to_is_said_once_and_whoever_is_second_hears_by_whom(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    text = asked(ana, clinic)
    attending.finish(message_id=text.pk, by="manager", now=timezone.now())
    told = client.post(f"/messages/{text.pk}/finish/", follow=True).content.decode()
    assert "manager has seen to this text already." in told


def test_a_talk_that_was_read_is_written_down(
    client: Client, user: User, ana: Patient, clinic: Clinic
) -> None:
    client.get(f"/messages/to/{ana.pk}/")
    event = AuditEvent.objects.get(verb="patient.messages_seen")
    assert (event.actor, event.object_id) == (user.username, str(ana.pk))


def test_segments_are_counted_while_somebody_types(client: Client, user: User) -> None:
    short = client.post("/messages/count/", {"body": "Hello", "prefix": "Lakeside"}).content.decode()
    assert short.strip() == "One text: 15 of 160 places."
    long = client.post("/messages/count/", {"body": f"{'ü' * 140}ł", "prefix": ""}).content.decode()
    assert long.strip() == "3 texts: 141 of 201 places."


def test_an_auditor_reads_and_does_not_write(client: Client, ana: Patient, clinic: Clinic) -> None:
    client.force_login(factories.UserFactory(roles=[AUDITOR]))
    text = asked(ana, clinic)
    page = client.get(f"/messages/{text.pk}/").content.decode()
    assert "Can I come later?" in page
    assert "<textarea" not in page
    assert client.post(f"/messages/{text.pk}/", {"body": "Hello"}).status_code == 403
