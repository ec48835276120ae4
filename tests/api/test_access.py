"""Every address of the API, as nobody and as every role. What the table does not allow is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver
from rest_framework.test import APIClient

from api.fhir import urls as fhir_urls
from api.urls import router
from api.views.settings import ClinicViewSet
from clinic.models import Notice, Provider
from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, ROLES
from tests.api.conftest import ClientOf
from tests.factories import (
    AppointmentFactory,
    CancellationFactory,
    ClinicFactory,
    MessageFactory,
    PatientFactory,
    ProviderFactory,
    UserFactory,
    VisitTypeFactory,
    WaitlistEntryFactory,
)
from tests.factories_of_calendar import ClinicFileFactory, NoticeFactory, ResourceFactory
from tests.factories_of_feeds import SourceFactory
from tests.outreach.greeting_people import GreetingFactory

pytestmark = pytest.mark.django_db

EVERYBODY = frozenset(ROLES)
WORKERS = frozenset({FRONT_DESK, MANAGER, ADMIN})
MANAGERS = frozenset({MANAGER, ADMIN})


def notice() -> Notice:
    """One of the user who was made last: everybody reads their own."""
    made: Notice = NoticeFactory()
    Provider.objects.filter(pk=made.provider_id).update(user=User.objects.order_by("pk").last())
    return made


MAKE: dict[Any, Any] = {
    "clinics": ClinicFactory,
    "providers": ProviderFactory,
    "visit-types": VisitTypeFactory,
    "resources": ResourceFactory,
    "patients": PatientFactory,
    "waitlist-entries": WaitlistEntryFactory,
    "appointments": AppointmentFactory,
    "clinic-files": ClinicFileFactory,
    "notices": notice,
    "cancellations": CancellationFactory,
    "messages": MessageFactory,
    "feeds": SourceFactory,
    "greetings": GreetingFactory,
}
WRITERS = {"clinics": MANAGERS, "providers": MANAGERS, "visit-types": MANAGERS, "messages": frozenset()}
WRITERS["notices"] = EVERYBODY
# Read, but not without saying which time is meant.
ASKED = ("appointments/conflicts/", "appointments/{pk}/conflicts/")

Row = tuple[str, str, str, frozenset[str]]


def routes() -> list[Row]:
    """(resource, path below it, method, roles that may) of everything the router serves."""
    rows = []
    for prefix, viewset, _ in router.registry:
        for route in router.get_routes(viewset):
            for method in router.get_method_map(viewset, route.mapping):
                path = route.url.format(prefix=prefix, lookup="{pk}", trailing_slash="/").strip("^$")
                reading = method == "get"
                rows.append((prefix, path, method, EVERYBODY if reading else WRITERS.get(prefix, WORKERS)))
    return rows


ROUTES = routes()
NAMES = [f"{method} {path}" for _, path, method, _ in ROUTES]


def ask(client: APIClient, prefix: str, path: str, method: str) -> int:
    pk = MAKE[prefix]().pk if "{pk}" in path else 0
    body = "" if method == "get" else '{"no_such_field": 1}'
    address = f"/api/v1/{path.format(pk=pk)}"
    response = client.generic(method.upper(), address, body, content_type="application/json")
    return int(response.status_code)


@pytest.mark.parametrize("row", ROUTES, ids=NAMES)
def test_nobody_is_asked_who_they_are(row: Row) -> None:
    prefix, path, method, _ = row
    assert ask(APIClient(), prefix, path, method) == 401


@pytest.mark.parametrize("role", ["", *ROLES])
@pytest.mark.parametrize("row", ROUTES, ids=NAMES)
def test_a_role_may_what_the_table_says(client_of: ClientOf, role: str, row: Row) -> None:
    prefix, path, method, allowed = row
    status = ask(client_of(*([role] if role else [])), prefix, path, method)
    # Those who may write are let in and then fail at the unknown field.
    let_in = 200 if method == "get" and path not in ASKED else 400
    assert status == (let_in if role in allowed else 403)


def test_the_walk_sees_every_resource_and_every_other_address() -> None:
    assert {prefix for prefix, *_ in ROUTES} == set(MAKE)
    names = {name for name in get_resolver("api.urls").reverse_dict if isinstance(name, str)}
    others = {name for name in names if not name.startswith(tuple(b for *_, b in router.registry))}
    in_fhir = {"fhir", *(pattern.name for pattern in fhir_urls.urlpatterns)}
    assert others - in_fhir == {"schema", "docs", "metrics-summary", "hl7-messages"}


@pytest.mark.parametrize("path", ["schema/", "docs/"])
def test_the_documentation_is_for_those_who_are_logged_in(client_of: ClientOf, path: str) -> None:
    assert APIClient().get(f"/api/v1/{path}").status_code == 401
    assert client_of(AUDITOR).get(f"/api/v1/{path}", headers={"accept": "*/*"}).status_code == 200


def test_a_session_works_as_well_as_a_token(client: Client) -> None:
    client.force_login(UserFactory(roles=[AUDITOR]))
    assert client.get("/api/v1/clinics/").status_code == 200


def test_a_session_without_the_forms_token_changes_nothing() -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(UserFactory(roles=[FRONT_DESK]))
    address = f"/api/v1/cancellations/{CancellationFactory().pk}/pause/"
    assert browser.post(address, {}).status_code == 403


def test_an_answer_stays_in_no_cache(desk: APIClient) -> None:
    assert desk.get("/api/v1/patients/").headers["Cache-Control"] == "no-store"


def test_an_action_that_names_no_permission_is_refused(
    desk: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClinicViewSet, "action_permissions", {})
    assert desk.get("/api/v1/clinics/").status_code == 403
