"""Reminders in the admin: seen beside their visit and in a list; the clinic's list is edited."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic.admin import ClinicAdmin
from clinic.models import Clinic
from staff.roles import AUDITOR, FRONT_DESK
from tests.factories import ClinicFactory, UserFactory
from tests.outreach.greeting_people import GreetingFactory, switched_on
from tests.outreach.reminding import in_state

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[FRONT_DESK, AUDITOR])
def browser(request: pytest.FixtureRequest) -> Client:
    client = Client()
    client.force_login(UserFactory.create(roles=[request.param], is_staff=True))
    return client


def test_the_page_of_a_visit_shows_its_reminders(browser: Client) -> None:
    reminder = in_state("skipped", reason="no_contact")
    address = reverse("admin:clinic_appointment_change", args=[reminder.appointment_id])
    page = browser.get(address).content.decode()
    assert "No phone and no e-mail to send to" in page
    assert "Skipped" in page


def test_reminders_are_looked_at_and_filtered_and_nothing_else(browser: Client) -> None:
    reminder = in_state("skipped", reason="no_contact")
    in_state("sent")
    address = reverse("admin:outreach_reminder_changelist")
    assert browser.get(f"{address}?reason__exact=no_contact").context["cl"].result_count == 1
    change = reverse("admin:outreach_reminder_change", args=[reminder.pk])
    assert browser.get(change).status_code == 200
    assert browser.post(change, {"status": "sent"}).status_code == 403
    assert browser.get(reverse("admin:outreach_reminder_add")).status_code == 403


@pytest.mark.parametrize("minutes", ["3", "1440,1440", "20161", "1,2,3,4,5,6", "soon"])
def test_a_list_that_makes_no_sense_is_refused(minutes: str, rf: Any) -> None:
    from django.contrib import admin

    clinic = ClinicFactory()
    form_class = ClinicAdmin(Clinic, admin.site).get_form(rf.get("/"), clinic)
    form = form_class({"reminder_minutes": minutes}, instance=clinic)
    assert "reminder_minutes" in form.errors


def test_a_clinic_names_each_reminder_once() -> None:
    with pytest.raises(ValidationError, match="Name each reminder once"):
        ClinicFactory.build(reminder_minutes=[60, 60]).clean()


def test_greetings_are_looked_at_and_nothing_else(browser: Client) -> None:
    row = GreetingFactory.create(reason="opted_out")
    switch = switched_on(row.provider)
    for name, pk in (("greeting", row.pk), ("greetingswitch", switch.pk)):
        assert browser.get(reverse(f"admin:outreach_{name}_changelist")).status_code == 200
        change = reverse(f"admin:outreach_{name}_change", args=[pk])
        assert browser.get(change).status_code == 200
        assert browser.post(change, {}).status_code == 403
        assert browser.get(reverse(f"admin:outreach_{name}_add")).status_code == 403
