"""A patient's own link: sent by staff, opened without a login, dead as soon as it may not be used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic import consenting, registering
from clinic.consenting import Word
from core import transitions
from core.models import AuditEvent
from messaging import gate, optout
from messaging.models import Message
from offers import linking, silencing
from tests import factories
from waitlist import inviting, joining, links
from waitlist.inviting import Invite
from waitlist.models import Availability, Invitation, WaitlistEntry

pytestmark = pytest.mark.django_db


def sent(entry: WaitlistEntry) -> Invitation:
    return linking.send_to_entry(entry_id=entry.pk, by="frontdesk", now=timezone.now())


def url(invitation: Invitation) -> str:
    return f"/my/{links.token_of(invitation.key)}/"


def times(**typed: str) -> dict[str, str]:
    return {"word": "times", "day-0": "0", **{name.replace("_", "-"): said for name, said in typed.items()}}


def test_a_link_goes_out_once_by_the_outbox_and_names_nobody() -> None:
    entry = factories.WaitlistEntryFactory(patient__first_name="Zelda")
    invitation = sent(entry)
    text = Message.objects.get(kind="link")
    assert text.to == entry.patient.phone
    assert url(invitation) in text.body
    assert "Zelda" not in text.body
    assert AuditEvent.objects.get(verb="link.sent").actor == "frontdesk"
    with pytest.raises(transitions.StaleState, match="frontdesk has sent a link"):
        sent(entry)
    assert Message.objects.filter(kind="link").count() == 1


def test_who_agrees_to_e_mail_only_gets_it_there_in_their_language() -> None:
    patient = factories.PatientFactory(phone="", email="ana@example.org", sms_consent=False, language="es")
    word = Word(channel="email", given=True, source="staff", words="mail me")
    consenting.record(patient_id=patient.pk, word=word, by="frontdesk", now=timezone.now())
    sent(factories.WaitlistEntryFactory(patient=patient))
    mail = Message.objects.get(kind="link")
    assert (mail.channel, mail.to, mail.language) == ("email", "ana@example.org", "es")
    assert "lista de espera" in mail.subject


def test_nobody_is_sent_a_link_who_has_not_agreed_or_has_left() -> None:
    silent = factories.WaitlistEntryFactory(patient__sms_consent=False)
    with pytest.raises(inviting.CannotInvite):
        sent(silent)
    with pytest.raises(transitions.StaleState):
        sent(factories.WaitlistEntryFactory(status="removed"))
    assert not Invitation.objects.exists()
    assert not Message.objects.exists()


def test_the_page_says_nothing_of_who_it_is_sets_no_cookie_and_does_nothing_when_looked_at(
    client: Client,
) -> None:
    entry = factories.WaitlistEntryFactory(
        patient__first_name="Zelda", patient__last_name="Quist", patient__email="z@example.org"
    )
    before = list(WaitlistEntry.objects.values())
    page = client.get(url(sent(entry)))
    assert page.status_code == 200
    assert not page.cookies
    assert "no-store" in page["Cache-Control"]
    words = page.content.decode()
    private = ("Zelda", "Quist", "z@example.org", entry.patient.phone[-4:], str(entry.visit_type))
    assert [word for word in private if word in words] == []
    assert list(WaitlistEntry.objects.values()) == before


def test_the_patient_says_when_and_every_word_is_audited_as_the_patients(client: Client) -> None:
    entry = factories.WaitlistEntryFactory()
    factories.AvailabilityFactory(entry=entry, weekday=4)
    invitation = sent(entry)
    kept = client.post(url(invitation), times(start_0="08:00", end_0="12:30"))
    assert kept["Location"] == f"{url(invitation)}?kept=1"
    window = Availability.objects.get(entry=entry)
    assert (window.weekday, window.start, window.end) == (0, time(8), time(12, 30))
    assert AuditEvent.objects.get(verb="entry.edited").actor == "patient"


def test_times_that_make_no_sense_are_refused_and_what_was_typed_stays(client: Client) -> None:
    entry = factories.WaitlistEntryFactory(patient__language="es")
    refused = client.post(url(sent(entry)), times(start_0="12:00", end_0="08:00"))
    assert refused.status_code == 422
    assert 'value="12:00"' in refused.content.decode()
    assert "Ponga las dos horas" in refused.content.decode()
    assert not Availability.objects.exists()


def test_a_patient_pauses_goes_on_and_leaves_and_then_the_link_is_dead(client: Client) -> None:
    entry = factories.WaitlistEntryFactory()
    address = url(sent(entry))
    states = []
    for word in ("pause", "pause", "resume", "leave"):
        states.append(client.post(address, {"word": word}).status_code)
        entry.refresh_from_db()
        states.append(entry.status)
    assert states == [302, "paused", 302, "paused", 302, "waiting", 200, "removed"]
    assert client.get(address).status_code == 404
    assert client.post(address, {"word": "resume"}).status_code == 404


def test_a_patient_who_was_invited_joins_by_the_link_and_by_nothing_else(client: Client) -> None:
    patient, clinic, visit = (
        factories.PatientFactory(),
        factories.ClinicFactory(),
        factories.VisitTypeFactory(),
    )
    wanted = Invite(patient_id=patient.pk, clinic_id=clinic.pk, channel="", visit_type_id=visit.pk)
    invitation = linking.invite(invite=wanted, by="frontdesk", now=timezone.now())
    page = client.get(url(invitation)).content.decode()
    assert "Put me on the list" in page
    assert "Pause" not in page
    assert not WaitlistEntry.objects.exists()
    client.post(url(invitation), times())
    entry = WaitlistEntry.objects.get()
    assert (entry.patient, entry.clinic, entry.visit_type) == (patient, clinic, visit)
    assert AuditEvent.objects.get(verb="entry.joined").actor == "patient"
    assert "Keep these times" in client.get(url(invitation)).content.decode()
    with pytest.raises(inviting.CannotInvite, match="waits for that already"):
        linking.invite(invite=wanted, by="frontdesk", now=timezone.now() + timedelta(hours=1))


def withdraws(entry: WaitlistEntry, now: datetime) -> None:
    for given in (False, True):
        word = Word(channel="sms", given=given, source="staff", words="said so")
        consenting.record(patient_id=entry.patient_id, word=word, by="frontdesk", now=now)


def stops(entry: WaitlistEntry, now: datetime) -> None:
    optout.suppress(phone=entry.patient.phone, words="STOP", source="text", now=now)


def is_elsewhere(entry: WaitlistEntry, now: datetime) -> None:
    registering.update(
        patient_id=entry.patient_id, changes={"phone": "+13125550199"}, by="frontdesk", now=now
    )


def disowns(entry: WaitlistEntry, now: datetime) -> None:
    silencing.silence(patient_id=entry.patient_id, phone=entry.patient.phone, now=now)


def leaves(entry: WaitlistEntry, now: datetime) -> None:
    joining.remove(entry_id=entry.pk, by="frontdesk", now=now)


@pytest.mark.parametrize("happens", [withdraws, stops, is_elsewhere, disowns, leaves])
def test_a_link_dies_with_what_allowed_it_and_one_that_waits_does_not_leave(
    client: Client, happens: Callable[[WaitlistEntry, datetime], None]
) -> None:
    entry = factories.WaitlistEntryFactory()
    address = url(sent(entry))
    happens(entry, timezone.now())
    assert client.get(address).status_code == 404
    assert client.post(address, times(start_0="08:00", end_0="12:00")).status_code == 404
    assert not Availability.objects.exists()
    assert linking.may_leave(Message.objects.get(kind="link"), timezone.now()) == gate.Skip("revoked")


def test_a_link_is_dead_after_thirty_days_and_a_made_up_one_asks_no_database(
    client: Client, django_assert_num_queries: Any
) -> None:
    invitation = sent(factories.WaitlistEntryFactory())
    Invitation.objects.update(
        sent_at=datetime(2025, 1, 1, tzinfo=UTC), expires_at=datetime(2025, 1, 31, tzinfo=UTC)
    )
    assert client.get(url(invitation)).status_code == 404
    token = links.token_of(invitation.key)
    with django_assert_num_queries(0):
        for made_up in (f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}", "x", "é", token[:-4]):
            assert client.get(f"/my/{made_up}/").status_code == 404


def test_a_page_that_is_asked_for_too_often_rests(client: Client) -> None:
    address = url(sent(factories.WaitlistEntryFactory()))
    answers = [client.get(address).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]


def test_staff_do_not_read_the_link_that_opens_a_page() -> None:
    body = f"Clinic: say here: http://localhost{url(sent(factories.WaitlistEntryFactory()))} STOP to opt out"
    assert links.hidden(body) == "Clinic: say here: http://localhost/my/… STOP to opt out"
