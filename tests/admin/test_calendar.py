"""When and where visits can be, as a manager enters it; what makes no sense is refused at the form."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic.models import Clinic, ProviderHours, Resource
from core.models import AuditEvent
from staff.roles import MANAGER
from tests.admin.conftest import BrowserOf
from tests.factories import ClinicFactory, ProviderFactory
from tests.factories_of_calendar import ClinicFileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(browser_of: BrowserOf) -> Client:
    return browser_of(MANAGER)


def post(browser: Client, model: str, /, **typed: Any) -> str:
    """What the form says; "" where it was taken."""
    answer = browser.post(reverse(f"admin:clinic_{model}_add"), typed)
    return "" if answer.status_code == 302 else answer.content.decode()


def test_hours_are_entered_and_taken_back_and_the_audit_says_so(manager: Client) -> None:
    provider = ProviderFactory()
    typed = {"provider": provider.pk, "clinic": provider.clinics.get().pk, "weekday": 0, "start": "08:00"}
    assert "must end after they start" in post(manager, "providerhours", **typed, end="08:00")
    assert post(manager, "providerhours", **typed, end="12:00") == ""
    hours = ProviderHours.objects.get()
    manager.post(reverse("admin:clinic_providerhours_delete", args=[hours.pk]), {"post": "yes"})
    verbs = AuditEvent.objects.filter(object_type="clinic.providerhours").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["providerhours.added", "providerhours.discarded"]


def test_what_there_is_already_is_refused_with_words(manager: Client) -> None:
    clinic: Clinic = ClinicFactory(code="LAKE")
    Resource.objects.create(clinic=clinic, name="Room 1", kind="room")
    typed = {"clinic": clinic.pk, "name": "Room 1", "kind": "seat", "active": "on"}
    assert "one of that name at this clinic" in post(manager, "resource", **typed)
    with pytest.raises(ValidationError, match="Another clinic has this code"):
        ClinicFactory.build(code="LAKE").clean()
    # Given up, it stands in the numbers of files there are.
    ClinicFileFactory(clinic=clinic, number="000042-LAKE-1")
    Clinic.objects.update(code="SHORE")
    with pytest.raises(ValidationError, match="Another clinic has this code"):
        ClinicFactory.build(code="LAKE").clean()
    ClinicFactory.build(pk=clinic.pk, code="LAKE").clean()
    assert "The last day comes before the first" in post(
        manager, "closure", clinic=clinic.pk, first_on="2026-03-02", last_on="2026-03-01"
    )


def test_the_front_desk_enters_no_hours_and_files_are_only_looked_at(desk: Client) -> None:
    assert desk.get(reverse("admin:clinic_providerhours_add")).status_code == 403
    file = ClinicFileFactory()
    page = desk.post(reverse("admin:clinic_clinicfile_changelist"), {"search": file.number}, follow=True)
    assert page.context["cl"].result_count == 1
    assert desk.post(reverse("admin:clinic_clinicfile_change", args=[file.pk]), {}).status_code == 403
