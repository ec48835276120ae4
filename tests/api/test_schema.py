from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError
from rest_framework.test import APIClient

from tests.factories import CancellationFactory

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_made_without_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))
    assert file.read_text().startswith("openapi: 3.")


def test_the_schema_describes_every_resource_of_the_contract(desk: APIClient) -> None:
    schema = json.loads(desk.get("/api/v1/schema/?format=json").content)
    assert schema["openapi"].startswith("3.")
    resources = {path.split("/")[3] for path in schema["paths"]}
    assert resources == {
        "clinics",
        "fhir",
        "providers",
        "visit-types",
        "patients",
        "waitlist-entries",
        "appointments",
        "clinic-files",
        "resources",
        "notices",
        "cancellations",
        "messages",
        "feeds",
        "greetings",
        "hl7",
        "metrics",
    }


def test_every_operation_tells_its_refusals(desk: APIClient) -> None:
    schema = json.loads(desk.get("/api/v1/schema/?format=json").content)
    cancel = schema["paths"]["/api/v1/appointments/{id}/cancel/"]["post"]["responses"]
    assert {"200", "400", "401", "403", "404", "409"} <= set(cancel)


def test_the_documentation_page_alone_may_set_styles(desk: APIClient) -> None:
    docs = desk.get("/api/v1/docs/", headers={"accept": "text/html"})
    assert docs.headers["Content-Security-Policy"].count("unsafe") == 1
    assert "style-src 'self' 'unsafe-inline'" in docs.headers["Content-Security-Policy"]
    assert b"<script>" not in docs.content
    assert "unsafe" not in desk.get("/api/v1/clinics/").headers["Content-Security-Policy"]


def test_a_database_that_cannot_answer_is_a_503(desk: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from offers import pausing

    def gone(**_: object) -> None:
        raise OperationalError("server closed the connection: a name that stays inside")

    monkeypatch.setattr(pausing, "pause", gone)
    response = desk.post(f"/api/v1/cancellations/{CancellationFactory().pk}/pause/", {})
    assert response.status_code == 503
    assert "name" not in response.content.decode()
