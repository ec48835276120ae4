"""Whether the parts are there, and that the answer says which is not."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
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


@pytest.fixture
def staff() -> Client:
    """Somebody who is logged in, and to whom errors are answered as to a browser."""
    browser = Client(raise_request_exception=False)
    browser.force_login(User.objects.create_superuser("root"))
    return browser


@pytest.fixture
def no_database(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection refused by 10.0.0.7")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", gone)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_database")
def test_health_is_told_to_who_is_logged_in_while_the_database_is_gone(staff: Client) -> None:
    assert (staff.get("/healthz").status_code, staff.get("/readyz").status_code) == (200, 503)
    assert staff.get("/readyz").json()["database"] == "the database does not answer"


@pytest.mark.django_db
@pytest.mark.usefixtures("no_database")
@pytest.mark.parametrize("path", ["/", "/board/fragment/", "/login/", "/admin/", "/api/v1/patients/"])
def test_without_a_database_pages_answer_503_and_say_so(staff: Client, path: str) -> None:
    response = staff.get(path)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    words = response.content.decode()
    assert "database" in words
    assert "10.0.0.7" not in words


@pytest.mark.django_db
def test_another_error_is_answered_with_500(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.health.report", lambda now: [][0])
    assert staff.get("/readyz").status_code == 500
