"""Row scope: who works at one clinic sees, changes and names nothing of another."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from offers.models import Cancellation
from staff import urls
from staff.roles import ADMIN, FRONT_DESK, MANAGER
from tests.api.test_access import MAKE, ROUTES, Row
from tests.factories import (
    ClinicFactory,
    MessageFactory,
    ProviderFactory,
    UserFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
    in_hours,
)
from tests.factories_of_calendar import NoticeFactory
from tests.staff.addresses import address
from tests.test_architecture import ROOMS

pytestmark = pytest.mark.django_db
# What is the same for every clinic, or is known by a phone number alone and shows nobody.
SHARED = {
    "clinic.visittype",
    "integrations.apiallowance",
    "messaging.alarm",
    "messaging.oddity",
    "messaging.ownnumber",
    "messaging.providerevent",
    "messaging.redaction",
    "messaging.sender",
    "messaging.simulatedcall",
    "messaging.simulatedcallback",
    "messaging.simulatednetwork",
    "messaging.simulatedphone",
    "messaging.simulatedtext",
    "messaging.suppression",
    "messaging.tally",
    "messaging.unusablenumber",
    "offers.whatsapptemplate",
    "ops.heartbeat",
}


@pytest.fixture
def desk() -> User:
    """Somebody of the front desk of another clinic than those that tests make."""
    user: User = UserFactory(roles=[FRONT_DESK], clinics=(ClinicFactory(),))
    return user


def strange(prefix: str) -> Any:
    """A record of the kind that belongs to a clinic where nobody works."""
    if prefix == "patients":
        return WaitlistEntryFactory.create().patient
    if prefix == "messages":
        return MessageFactory.create(related={"clinic": ClinicFactory.create().pk})
    if prefix == "notices":
        return NoticeFactory.create()
    if prefix == "providers":
        return ProviderFactory.create(clinics=[ClinicFactory.create()])
    return MAKE[prefix].create()


def api_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.create(user=user).key}")
    return client


def test_every_model_says_where_its_rows_belong_or_is_known_to_be_shared() -> None:
    ours = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    unscoped = {model._meta.label_lower for model in ours if not hasattr(model, "within")}
    assert unscoped == SHARED


OF_ONE = [row for row in ROUTES if "{pk}" in row[1] and row[0] != "visit-types"]


@pytest.mark.parametrize("row", OF_ONE, ids=[f"{method} {path}" for _, path, method, _ in OF_ONE])
def test_the_api_knows_no_record_of_another_clinic(row: Row, desk: User) -> None:
    prefix, path, method, _ = row
    desk.groups.set(UserFactory(roles=[MANAGER]).groups.all())
    address = f"/api/v1/{path.format(pk=strange(prefix).pk)}"
    response = api_of(desk).generic(method.upper(), address, "{}", content_type="application/json")
    assert response.status_code in (404, 403 if prefix == "messages" else 404)


@pytest.mark.parametrize("prefix", [prefix for prefix in MAKE if prefix not in ("visit-types", "notices")])
def test_the_apis_lists_leave_out_other_clinics(prefix: str, desk: User) -> None:
    pk = strange(prefix).pk
    seen = api_of(desk).get(f"/api/v1/{prefix}/").json()["results"]
    assert pk not in [row["id"] for row in seen]
    everywhere = UserFactory(roles=[ADMIN], clinics=())
    assert pk in [row["id"] for row in api_of(everywhere).get(f"/api/v1/{prefix}/").json()["results"]]


def test_the_api_takes_no_record_of_another_clinic_as_an_answer(desk: User) -> None:
    other = ProviderFactory(clinics=[ClinicFactory()])
    body = {
        "clinic": other.clinics.get().pk,
        "provider": other.pk,
        "visit_type": VisitTypeFactory().pk,
        "starts_at": in_hours(30).isoformat(),
    }
    response = api_of(desk).post("/api/v1/cancellations/", body, format="json")
    assert response.status_code == 400
    assert set(response.json()) == {"clinic", "provider"}
    assert not Cancellation.objects.exists()


@pytest.mark.parametrize(
    "pattern",
    [pattern for pattern in urls.urlpatterns if "pk" in pattern.pattern.converters],
    ids=lambda pattern: pattern.name,
)
def test_no_page_shows_a_slot_or_a_patient_of_another_clinic(pattern: URLPattern, desk: User) -> None:
    client, url = Client(), address(pattern, WaitlistEntryFactory.create())
    desk.groups.set(UserFactory(roles=[MANAGER]).groups.all())
    client.force_login(desk)
    # 403: a page that managers do not open at all.
    assert client.get(url).status_code in (403, 404, 405)
    assert client.post(url).status_code in (403, 404, 405)
