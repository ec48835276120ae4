"""Every list of the admin, and who sees it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from clinic.models import Appointment, Clinic, Consent, Patient, Provider, VisitType
from offers.models import Cancellation, ClinicText, Offer, Round, StaffCall
from outreach.models import Reminder
from tests.admin.conftest import BrowserOf
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    ClinicFactory,
    ClinicTextFactory,
    ConsentFactory,
    OfferFactory,
    PatientFactory,
    ProviderFactory,
    RoundFactory,
    StaffCallFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
)
from tests.outreach.reminding import ReminderFactory
from waitlist.models import WaitlistEntry

pytestmark = pytest.mark.django_db

MAKE: dict[Any, Any] = {
    Clinic: ClinicFactory,
    Provider: ProviderFactory,
    VisitType: VisitTypeFactory,
    Patient: PatientFactory,
    Consent: ConsentFactory,
    Appointment: AppointmentFactory,
    WaitlistEntry: WaitlistEntryFactory,
    Cancellation: CancellationFactory,
    Round: RoundFactory,
    Offer: OfferFactory,
    ClinicText: ClinicTextFactory,
    Reminder: ReminderFactory,
    StaffCall: StaffCallFactory,
}


def url(model: Any, page: str = "changelist", *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MAKE)
def test_a_record_and_a_search_open_for_those_who_look(auditor: Client, model: Any) -> None:
    row = MAKE[model]()
    assert auditor.get(url(model, "change", row.pk)).status_code == 200
    for text in ("1", "Clinic", "9" * 40, "%00"):
        assert auditor.post(url(model), {"search": text}, follow=True).status_code == 200


@pytest.mark.parametrize("model", MAKE)
def test_an_auditor_changes_nothing(auditor: Client, model: Any) -> None:
    row = MAKE[model]()
    assert auditor.get(url(model, "add")).status_code == 403
    assert auditor.post(url(model, "change", row.pk), {}).status_code == 403
    assert auditor.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", MAKE)
def test_somebody_without_a_role_sees_nothing(browser_of: BrowserOf, model: Any) -> None:
    assert browser_of().get(url(model)).status_code == 403


@pytest.mark.parametrize("model", MAKE)
def test_nobody_is_sent_to_the_login(client: Client, model: Any) -> None:
    assert client.get(url(model)).status_code == 302


@pytest.mark.parametrize(
    "model", [Appointment, WaitlistEntry, Cancellation, Round, Offer, StaffCall, Patient, Consent]
)
def test_what_happened_is_not_deleted_even_by_an_admin(admin: Client, model: Any) -> None:
    assert admin.post(url(model, "delete", MAKE[model]().pk), {"post": "yes"}).status_code == 403


def test_every_model_of_the_clinic_is_in_the_admin() -> None:
    assert set(MAKE) <= set(django_admin.site._registry)


def test_an_admin_keeps_the_users(admin: Client) -> None:
    assert admin.get(reverse("admin:auth_user_changelist")).status_code == 200
    assert admin.get(reverse("admin:auth_user_add")).status_code == 200
