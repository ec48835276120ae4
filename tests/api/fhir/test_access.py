"""Every address of FHIR, as nobody and as every role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from api.fhir import capability, urls
from staff.roles import ADMIN, AUDITOR, FRONT_DESK, MANAGER, ROLES
from tests.api.conftest import ClientOf
from tests.factories import AppointmentFactory, CancellationFactory, PatientFactory

pytestmark = pytest.mark.django_db

BASE = "/api/v1/fhir"
EVERYBODY, WORKERS = frozenset(ROLES), frozenset({FRONT_DESK, MANAGER, ADMIN})
MAKE: dict[str, Callable[[], Any]] = {
    "Appointment": AppointmentFactory,
    "Slot": CancellationFactory,
    "Patient": PatientFactory,
}
READS = ["Appointment", "Slot", *(f"{kind}/<id>" for kind in MAKE)]
PUBLIC = ["metadata", ".well-known/smart-configuration"]


def address(path: str) -> str:
    kind = path.partition("/")[0]
    return f"{BASE}/{path.replace('<id>', str(MAKE[kind]().pk) if '<id>' in path else '')}"


@pytest.mark.parametrize("path", [*READS, "Observation", "Patient/1/_history"])
def test_nobody_is_asked_who_they_are(path: str) -> None:
    answer = APIClient().get(address(path))
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (401, "login")


@pytest.mark.parametrize("role", ["", *ROLES])
@pytest.mark.parametrize("path", READS)
def test_every_role_reads_and_who_has_none_does_not(client_of: ClientOf, role: str, path: str) -> None:
    client = client_of(*([role] if role else []))
    answer = client.get(address(path))
    assert answer.status_code == (200 if role in EVERYBODY else 403)


@pytest.mark.parametrize("path", PUBLIC)
def test_what_can_be_done_here_is_told_before_there_is_a_token(path: str) -> None:
    assert APIClient().get(f"{BASE}/{path}").status_code == 200


def test_what_is_not_served_is_a_404_with_an_outcome(client_of: ClientOf) -> None:
    answer = client_of(AUDITOR).get(f"{BASE}/Observation/1")
    assert (answer.status_code, answer.json()["resourceType"]) == (404, "OperationOutcome")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_what_a_resource_does_not_do_is_a_405_with_an_outcome(desk: APIClient, method: str) -> None:
    answer = getattr(desk, method)(f"{BASE}/Appointment/1", {})
    assert (answer.status_code, answer.json()["resourceType"]) == (405, "OperationOutcome")


def test_who_may_read_may_ask_for_the_head(desk: APIClient) -> None:
    assert desk.head(address("Patient/<id>")).status_code == 200


def test_an_answer_stays_in_no_cache(desk: APIClient) -> None:
    assert desk.get(f"{BASE}/Appointment").headers["Cache-Control"] == "no-store"


def test_the_statement_is_one_of_r4() -> None:
    from fhir.resources.R4B.capabilitystatement import CapabilityStatement

    said = capability.statement()
    assert CapabilityStatement.model_validate(said).model_dump(mode="json") == said


def served() -> dict[str, set[str]]:
    """What the routes do, in the words of a CapabilityStatement."""
    does: dict[str, set[str]] = {}
    for pattern in urls.urlpatterns:
        kind, _, rest = str(pattern.pattern).partition("/")
        for method in getattr(pattern.callback, "view_class").http_method_names:  # noqa: B009 - not typed
            if kind in MAKE and hasattr(getattr(pattern.callback, "view_class"), method):  # noqa: B009
                word = {"get": "read" if rest else "search-type", "post": "create"}.get(method)
                does.setdefault(kind, set()).update({word} if word else set())
    return does


def test_the_statement_says_what_the_routes_do_and_nothing_else() -> None:
    said = capability.statement()["rest"][0]["resource"]
    stated = {one["type"]: {each["code"] for each in one["interaction"]} for one in said}
    assert stated == served()


def test_every_parameter_that_is_stated_is_understood(desk: APIClient) -> None:
    values = {"token": "booked", "date": "2026", "reference": "1"}
    for resource in capability.statement()["rest"][0]["resource"]:
        for one in resource.get("searchParam", []):
            word = "free" if resource["type"] == "Slot" else values[one["type"]]
            query = f"{one['name']}={'2026' if one['type'] == 'date' else word}"
            headers = {"prefer": "handling=strict"}
            answer = desk.get(f"{BASE}/{resource['type']}?{query}", headers=headers)
            assert answer.status_code == 200, query


def test_the_smart_configuration_names_the_door_that_there_is(client: Any) -> None:
    endpoint = capability.smart_configuration()["token_endpoint"]
    path = endpoint[endpoint.index("/api/") :]
    assert client.post(path, {"grant_type": "client_credentials"}).status_code == 401
