"""The pages are in the language of whoever reads them, and nothing else is."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from clinic.models import Clinic, ProviderHours
from core.marking import Sentence
from core.models import AuditEvent
from core.translating import translated
from messaging.models import Message
from messaging.tasks import sweep_outbox
from offers import accepting, pausing, withdrawing
from offers.tasks import sweep_slots
from staff import roles
from staff.models import Preference
from tests import factories
from tests.factories import in_hours

pytestmark = pytest.mark.django_db
ENGLISH, SPANISH = '<html lang="en">', '<html lang="es">'


def logged_in(user: Any, **headers: str) -> Client:
    client = Client(headers=headers)
    client.force_login(user)
    return client


def choose(client: Client, language: str, following: str = "/") -> Any:
    return client.post(reverse("language"), {"language": language, "next": following})


def page_of(client: Client, name: str = "board") -> str:
    return str(client.get(reverse(name)).content.decode())


def test_without_a_choice_a_page_is_as_the_browser_wishes(client: Client) -> None:
    user = factories.UserFactory.create(roles=[roles.MANAGER])
    spanish = page_of(logged_in(user, accept_language="es-MX,en;q=0.5"))
    assert SPANISH in spanish
    assert ">Anotar una cancelación</a>" in spanish
    assert ENGLISH in page_of(logged_in(user, accept_language="fr"))


def test_a_choice_beats_the_browser_and_outlasts_the_login() -> None:
    user = factories.UserFactory.create(roles=[roles.MANAGER])
    client = logged_in(user, accept_language="en")
    answer = choose(client, "es", "/status/?x=1")
    assert (answer.status_code, answer["Location"]) == (302, "/status/?x=1")
    assert SPANISH in page_of(client, "status")
    assert SPANISH in page_of(logged_in(user, accept_language="en"))
    assert ENGLISH in page_of(logged_in(factories.UserFactory.create(roles=[roles.MANAGER])))
    choose(client, "en")
    assert ENGLISH in page_of(client)
    assert Preference.objects.get().language == "en"


def test_who_is_not_logged_in_chooses_for_this_browser(client: Client) -> None:
    assert choose(client, "es", "/login/").status_code == 302
    page = page_of(client, "login")
    assert SPANISH in page
    assert ">Iniciar sesión</button>" in page
    assert not Preference.objects.exists()


def test_what_a_user_chose_goes_before_what_the_browser_was_told(client: Client) -> None:
    choose(client, "es")
    user = factories.UserFactory.create(roles=[roles.MANAGER])
    Preference.objects.create(user=user, language="en")
    client.force_login(user)
    assert ENGLISH in page_of(client)


@pytest.mark.parametrize("language", ["", "fr", "es-MX", "../es"])
def test_an_unknown_language_is_refused_and_nothing_is_kept(language: str, client: Client) -> None:
    user = factories.UserFactory.create(roles=[roles.FRONT_DESK])
    for asking in (client, logged_in(user)):
        answer = choose(asking, language)
        assert answer.status_code == 422
        assert not answer.cookies.get("django_language")
    assert not Preference.objects.exists()


@pytest.mark.parametrize("following", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_the_switch_leads_nowhere_else(following: str, client: Client) -> None:
    assert choose(client, "es", following)["Location"] == "/"


def test_the_switch_is_a_form_that_only_our_own_pages_send() -> None:
    client = Client(enforce_csrf_checks=True)
    assert choose(client, "es").status_code == 403
    assert client.get(reverse("language")).status_code == 405


def test_a_page_asks_as_many_queries_in_a_chosen_language() -> None:
    user = factories.UserFactory.create(roles=[roles.FRONT_DESK])
    counts = []
    for language in ("", "es"):
        if language:
            Preference.objects.create(user=user, language=language)
        client = logged_in(user)
        with CaptureQueriesContext(connection) as queries:
            assert (SPANISH in page_of(client)) == bool(language)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_numbers_days_and_refusals_follow_the_language() -> None:
    factories.OfferFactory.create(hold_expires_at=timezone.now())
    client = logged_in(factories.UserFactory.create(roles=[roles.MANAGER]), accept_language="es")
    assert "mediana" in page_of(client, "analytics")
    refused = client.get(reverse("analytics"), {"from": "2026-03-05", "to": "2026-03-01"})
    assert refused.context["form"].errors == {"until": ["El último día es anterior al primero."]}
    with translation.override("es"):
        assert translated(Sentence("A range has at most %(days)s days.", days=731)).startswith("Un periodo")
        assert translated("") == ""
    # The thread that answered is nobody's any more.
    assert translated(Sentence("over %(time)s", time="2 h")) == "over 2 h"


def day_of_staff(clinic: Clinic) -> None:
    """One slot is asked about and withdrawn, one is paused, resumed and filled by phone."""
    visit, now = factories.VisitTypeFactory.create(), timezone.now()
    patients = [
        factories.PatientFactory.create(language=language, phone=phone)
        for language, phone in (("en", "+13125550142"), ("es", "+13125550143"))
    ]
    for patient in patients:
        factories.WaitlistEntryFactory.create(clinic=clinic, visit_type=visit, patient=patient)
    provider = factories.ProviderFactory.create(name="Dr. Hale", clinics=[clinic])
    given = {"clinic": clinic, "provider": provider, "visit_type": visit}
    asked, paused = (factories.CancellationFactory.create(**given, starts_at=in_hours(h)) for h in (48, 72))
    for task in (sweep_slots, sweep_outbox):
        task.run()
    withdrawing.withdraw(cancellation_id=asked.pk, by="frontdesk", now=now)
    pausing.pause(cancellation_id=paused.pk, by="frontdesk", now=now)
    pausing.resume(cancellation_id=paused.pk, by="frontdesk", now=now)
    accepting.fill(cancellation_id=paused.pk, patient_id=patients[0].pk, by="frontdesk", now=now)


def stored_by_staff_who_read(language: str) -> tuple[list[Any], list[Any]]:
    """What a day of staff leaves in the database; it is taken back afterwards."""
    with transaction.atomic(), translation.override(language):
        day_of_staff(factories.ClinicFactory.create(name="Lakeside", sms_name="Lakeside", grace_seconds=0))
        messages = Message.objects.order_by("pk").values_list("kind", "template", "body", "attention")
        audit = AuditEvent.objects.order_by("pk").values_list("verb", "reason")
        found = list(messages), list(audit)
        transaction.set_rollback(True)
    return found


def test_what_staff_read_changes_nothing_that_is_texted_or_stored(clock: Any) -> None:
    english, spanish = stored_by_staff_who_read("en"), stored_by_staff_who_read("es")
    assert spanish == english
    languages = {template.partition("/")[2][:2] for _, template, _, _ in english[0]}
    assert {"en", "es"} <= languages


def test_a_program_is_answered_in_english_whatever_the_browser_around_it_wishes() -> None:
    slot = factories.CancellationFactory.create(status="withdrawn")
    user = factories.UserFactory.create(roles=[roles.MANAGER], clinics=(slot.clinic,))
    client = logged_in(user, accept_language="es")
    Preference.objects.create(user=user, language="es")
    answer = client.post(f"/api/v1/cancellations/{slot.pk}/pause/", "{}", content_type="application/json")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("This slot is withdrawn already")


def test_what_a_record_is_called_in_the_admins_log_has_no_language() -> None:
    text = factories.ClinicTextFactory.create(language="es")
    hours = ProviderHours(weekday=0, start=time(8), end=time(12))
    for language in ("en", "es"):
        with translation.override(language):
            assert (str(text), str(hours)) == (f"{text.name}, es", "Monday 08:00–12:00")
