"""The first-run guide: from `createsuperuser` to the first filled time, by its pages alone."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import time_machine
from celery.app.task import Task
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Clinic
from messaging import delivery
from messaging.models import Message
from offers import testing
from offers.models import Cancellation
from staff import roles
from tests import factories
from tests.messaging import posting
from tests.offers.journey import SWEEPS

pytestmark = pytest.mark.django_db

ADDRESS = {"name": "Northside", "sms_name": "Northside", "phone": "", "timezone": "America/Chicago"}


def steps(client: Client, clinic: Clinic) -> list[str]:
    """The names of the steps that are done."""
    page = client.get(reverse("guide-clinic", args=[clinic.pk]))
    return [step.name for step in page.context["steps"] if step.is_done]


def take(client: Client, clinic: Clinic, step: str, **entered: Any) -> Any:
    return client.post(reverse("guide-clinic", args=[clinic.pk]), {"step": step, **entered})


def work() -> None:
    for _ in range(2):
        for sweep in SWEEPS:
            sweep.run()


@pytest.fixture
def boss(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Whom createsuperuser made; every task is lost, so that the sweeps do it all."""
    monkeypatch.setattr(Task, "apply_async", lambda *args, **kwargs: None)
    client = Client()
    client.force_login(
        get_user_model()._default_manager.create_superuser("boss", password=factories.PASSWORD)
    )
    return client


def test_from_an_empty_database_to_the_first_filled_time(boss: Client, clock: time_machine.Traveller) -> None:
    assert reverse("guide") in boss.get("/").content.decode()
    boss.post(reverse("guide"), ADDRESS)
    clinic = Clinic.objects.get()
    assert clinic.is_shadow
    assert steps(boss, clinic) == ["clinic", "sender"]
    hours = {"contact_hours_start": "08:00", "contact_hours_end": "20:00"}
    seen = boss.get(reverse("guide-clinic", args=[clinic.pk])).context["steps"][1].form["seen"].value()
    take(boss, clinic, "hours", **hours, seen=seen)
    take(boss, clinic, "provider", name="Dr. Ada", provider_type="physician")
    take(boss, clinic, "visit", name="Check-up", duration_minutes=30)
    visit = factories.VisitTypeFactory._meta.model._default_manager.get()
    person = {"first_name": "Alice", "last_name": "Miller", "phone": "+13125550111"}
    take(boss, clinic, "people", **person, consent_words="Text me.", visit_type=visit.pk)
    take(boss, clinic, "test", phone="+13125550199")
    work()
    assert steps(boss, clinic) == ["clinic", "hours", "provider", "visit", "people", "sender", "test"]
    boss.post(reverse("shadow-live", args=[clinic.pk]), {"sure": "yes"})
    log_and_answer(boss, clinic, clock)
    assert Cancellation.objects.get().status == "filled"
    assert len(steps(boss, clinic)) == 9


def log_and_answer(boss: Client, clinic: Clinic, clock: time_machine.Traveller) -> None:
    starts = (timezone.now() + datetime.timedelta(days=2)).astimezone(clinic.zone)
    logged = {
        "clinic": clinic.pk,
        "provider": clinic.providers.get().pk,
        "visit_type": factories.VisitTypeFactory._meta.model._default_manager.get().pk,
        "starts_at": f"{starts:%Y-%m-%dT%H:%M}",
    }
    assert boss.post(reverse("slot-new"), logged).status_code == 302
    clock.shift(datetime.timedelta(minutes=1))
    work()
    posting.text(boss, sender="+13125550111", body="YES")
    clock.shift(datetime.timedelta(minutes=1))
    work()


def test_a_step_that_is_refused_says_why_and_keeps_what_was_typed(boss: Client) -> None:
    clinic = factories.ClinicFactory()
    taken = factories.PatientFactory()
    refused = take(boss, clinic, "test", phone=taken.phone)
    assert refused.status_code == 422
    assert "Use a phone of your own" in refused.content.decode()
    assert taken.phone in refused.content.decode()
    late = {"contact_hours_start": "20:00", "contact_hours_end": "08:00", "seen": "x"}
    assert "must end after they start" in take(boss, clinic, "hours", **late).content.decode()
    assert (
        "in the meantime"
        in take(boss, clinic, "hours", **{**late, "contact_hours_end": "21:00"}).content.decode()
    )
    assert take(boss, clinic, "fly").status_code == 404


def test_a_person_who_is_refused_is_not_half_entered(boss: Client) -> None:
    clinic, visit = factories.ClinicFactory(), factories.VisitTypeFactory()
    person = {"first_name": "Alice", "last_name": "Miller", "phone": "12", "consent_words": "Yes."}
    assert take(boss, clinic, "people", **person, visit_type=visit.pk).status_code == 422
    assert not factories.PatientFactory._meta.model._default_manager.exists()


@pytest.mark.parametrize("role", [roles.FRONT_DESK, roles.AUDITOR])
def test_the_guide_is_for_those_who_arrange_the_clinic(role: str) -> None:
    client, clinic = Client(), factories.ClinicFactory()
    client.force_login(factories.UserFactory.create(roles=[role]))
    assert client.get(reverse("guide")).status_code == 403
    assert client.get(reverse("guide-clinic", args=[clinic.pk])).status_code == 403
    assert take(client, clinic, "test", phone="+13125550199").status_code == 403


def test_a_test_reaches_staff_in_shadow_and_never_a_patient() -> None:
    shadow, now = factories.ClinicFactory(is_shadow=True), timezone.now()
    text = testing.send(clinic_id=shadow.pk, to="+13125550199", by="mia", now=now)
    # Given that the number becomes a patient's before the text has left
    factories.PatientFactory(phone="+13125550199")
    assert delivery.send(message_id=text.pk, clock=timezone.now) == "skipped"
    other = testing.send(clinic_id=shadow.pk, to="+13125550198", by="mia", now=now)
    assert delivery.send(message_id=other.pk, clock=timezone.now) == "sent"
    assert Message.objects.get(pk=other.pk, permission__basis="staff_test").sent_at is not None


def test_tests_are_few() -> None:
    clinic, now = factories.ClinicFactory(), timezone.now()
    for _ in range(testing.MOST_TESTS):
        testing.send(clinic_id=clinic.pk, to="+13125550199", by="mia", now=now)
    with pytest.raises(testing.NotSent, match="an hour"):
        testing.send(clinic_id=clinic.pk, to="+13125550199", by="mia", now=now)
    later = now + testing.WITHIN + datetime.timedelta(seconds=1)
    assert testing.send(clinic_id=clinic.pk, to="+13125550199", by="mia", now=later).status == "queued"
