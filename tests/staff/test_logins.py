"""Who logged in and who failed to stands in the audit trail."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEvent
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def log_in(name: str, password: str) -> list[tuple[str, str, str, str | None]]:
    Client().post(reverse("login"), {"username": name, "password": password}, REMOTE_ADDR="203.0.113.9")
    rows = AuditEvent.objects.filter(object_type="auth.user").order_by("pk")
    return list(rows.values_list("actor", "verb", "object_id", "ip"))


def test_a_login_is_written_down() -> None:
    user = UserFactory.create()
    assert log_in(user.username, PASSWORD) == [
        (user.username, "login.succeeded", str(user.pk), "203.0.113.9")
    ]


def test_a_wrong_password_is_written_down_with_the_account_it_was_for() -> None:
    user = UserFactory.create()
    assert log_in(user.username, "wrong") == [(user.username, "login.failed", str(user.pk), "203.0.113.9")]


@pytest.mark.parametrize("name", ["correct horse", "a\0b", ""])
def test_a_name_that_nobody_has_is_not_kept(name: str) -> None:
    assert {line[:3] for line in log_in(name, "wrong")} <= {("unknown", "login.failed", "0")}
    assert not AuditEvent.objects.filter(actor__contains="horse").exists()


def test_a_name_that_nobody_has_is_counted() -> None:
    assert len(log_in("nobody", "wrong")) == 1
