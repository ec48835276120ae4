"""The brake, the breaker and the unusable numbers in the admin."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from messaging import alarms, oddities, pausing, stopping
from messaging.models import Alarm, Oddity, Pause, Sender, UnusableNumber
from staff.roles import MANAGER
from tests.admin.conftest import BrowserOf
from tests.factories import ClinicFactory
from tests.messaging.posting import CLINIC_NUMBER

pytestmark = pytest.mark.django_db

ADD_PAUSE = reverse("admin:messaging_pause_add")


def press(browser: Client, model: str, pk: int, button: str) -> str:
    address = reverse(f"admin:messaging_{model}_press", args=[pk, button])
    return str(browser.post(address, follow=True).content.decode())


@pytest.fixture
def stopped() -> Sender:
    stopping.stop(name=CLINIC_NUMBER, code="20003", now=timezone.now())
    return Sender.objects.get()


def test_rule_10_the_desk_pauses_a_clinic_and_lets_it_go_on(desk: Client) -> None:
    clinic = ClinicFactory.create()
    assert desk.post(ADD_PAUSE, {"clinic": clinic.pk, "reason": "Wrong times"}).status_code == 302
    paused = Pause.objects.get()
    assert (paused.clinic_id, paused.status) == (clinic.pk, "on")
    press(desk, "pause", paused.pk, "resume")
    assert Pause.objects.get().status == "over"
    verbs = AuditEvent.objects.filter(verb__startswith="texting.").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["texting.paused", "texting.resumed"]


def test_rule_10_without_a_clinic_all_texts_are_paused(desk: Client) -> None:
    desk.post(ADD_PAUSE, {"clinic": "", "reason": ""})
    assert Pause.objects.get().clinic_id is None


def test_rule_10_a_second_pause_is_refused_at_the_form(desk: Client) -> None:
    pausing.pause(clinic_id=None, reason="", by="manager", now=timezone.now())
    answer = desk.post(ADD_PAUSE, {"clinic": "", "reason": ""})
    assert "paused already" in answer.content.decode()


def test_rule_9_a_manager_closes_the_breaker(browser_of: BrowserOf, stopped: Sender) -> None:
    assert "Texts leave again." in press(browser_of(MANAGER), "sender", stopped.pk, "restart")
    stopped.refresh_from_db()
    assert (stopped.status, stopped.code, stopped.stopped_at) == ("running", "", None)
    assert list(alarms.sounding()) == []


def test_rule_9_the_front_desk_sees_the_breaker_and_does_not_close_it(desk: Client, stopped: Sender) -> None:
    page = desk.get(reverse("admin:messaging_sender_change", args=[stopped.pk])).content.decode()
    assert "/press/" not in page
    press(desk, "sender", stopped.pk, "restart")
    stopped.refresh_from_db()
    assert stopped.status == "stopped"


def test_rule_9_the_desk_says_that_a_number_works(desk: Client) -> None:
    number = UnusableNumber.objects.create(phone="+12025550101", code="30006", since=timezone.now())
    press(desk, "unusablenumber", number.pk, "use_again")
    number.refresh_from_db()
    assert number.status == "lifted"


@pytest.mark.parametrize("model", [Sender, Alarm, Oddity, UnusableNumber, Pause])
def test_an_auditor_sees_it_all_and_changes_nothing(
    auditor: Client, stopped: Sender, model: type[Sender]
) -> None:
    oddities.note(what="code", word="39999", now=timezone.now())
    name = f"admin:messaging_{model._meta.model_name}"
    assert auditor.get(reverse(f"{name}_changelist")).status_code == 200
    assert auditor.get(reverse(f"{name}_add")).status_code == 403
