"""Whether the parts are there, and that the answer says which is not."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from ops import health


def test_the_process_answers_without_a_database() -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_everything_is_well_after_a_sign_of_life() -> None:
    health.beat(now=timezone.now())
    response = Client().get("/readyz")
    assert response.status_code == 200
    assert set(response.json().values()) == {"ok"}


@pytest.mark.django_db
def test_a_sign_of_life_that_is_late_is_told_with_its_age() -> None:
    health.beat(now=timezone.now() - timedelta(minutes=5))
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["worker"] == "the last sweep was 300 s ago"


@pytest.mark.django_db
def test_a_database_that_is_gone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection refused by 10.0.0.7")

    monkeypatch.setattr("ops.health.connection.cursor", gone)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "the database does not answer"
    assert "10.0.0.7" not in response.content.decode()
