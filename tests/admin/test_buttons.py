"""The buttons of the admin call verbs and show what they answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import AppointmentFactory, CancellationFactory, WaitlistEntryFactory

pytestmark = pytest.mark.django_db

FACTORIES: dict[str, Any] = {
    "offers_cancellation": CancellationFactory,
    "waitlist_waitlistentry": WaitlistEntryFactory,
    "clinic_appointment": AppointmentFactory,
}
BUTTONS = [
    ("offers_cancellation", "open", "withdraw", "withdrawn"),
    ("offers_cancellation", "open", "pause", "paused"),
    ("offers_cancellation", "paused", "resume", "open"),
    ("waitlist_waitlistentry", "waiting", "pause", "paused"),
    ("waitlist_waitlistentry", "paused", "resume", "waiting"),
    ("waitlist_waitlistentry", "waiting", "remove", "removed"),
    ("clinic_appointment", "booked", "cancel", "cancelled"),
]


def page(name: str, pk: int) -> str:
    return reverse(f"admin:{name}_change", args=[pk])


def press(browser: Client, name: str, pk: int, button: str) -> Any:
    return browser.post(reverse(f"admin:{name}_press", args=[pk, button]), follow=True)


@pytest.mark.parametrize(("name", "before", "button", "after"), BUTTONS)
def test_a_button_calls_its_verb(desk: Client, name: str, before: str, button: str, after: str) -> None:
    row = FACTORIES[name](status=before)
    address = reverse(f"admin:{name}_press", args=[row.pk, button])
    assert address in desk.get(page(name, row.pk)).content.decode()
    answer = press(desk, name, row.pk, button)
    row.refresh_from_db()
    assert row.status == after
    assert b'class="success"' in answer.content
    assert address not in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "status", "button"),
    [
        ("offers_cancellation", "withdrawn", "pause"),
        ("offers_cancellation", "withdrawn", "reopen"),
        ("waitlist_waitlistentry", "removed", "resume"),
        ("clinic_appointment", "cancelled", "cancel"),
    ],
)
def test_a_button_that_comes_too_late_says_so(desk: Client, name: str, status: str, button: str) -> None:
    row = FACTORIES[name](status=status)
    answer = press(desk, name, row.pk, button)
    row.refresh_from_db()
    assert row.status == status
    assert b'class="warning"' in answer.content


@pytest.mark.parametrize(("name", "before", "button", "after"), BUTTONS)
def test_an_auditor_has_no_buttons(auditor: Client, name: str, before: str, button: str, after: str) -> None:
    row = FACTORIES[name](status=before)
    assert "/press/" not in auditor.get(page(name, row.pk)).content.decode()
    assert press(auditor, name, row.pk, button).status_code == 403
    row.refresh_from_db()
    assert row.status == before


def test_a_button_is_pressed_and_not_followed(desk: Client) -> None:
    row = CancellationFactory()
    assert desk.get(reverse("admin:offers_cancellation_press", args=[row.pk, "pause"])).status_code == 405
    assert press(desk, "offers_cancellation", row.pk, "explode").status_code == 404
    assert press(desk, "offers_cancellation", 999_999, "pause").status_code == 404


def test_a_button_needs_the_forms_token() -> None:
    from staff.roles import FRONT_DESK
    from tests.factories import UserFactory

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(UserFactory(roles=[FRONT_DESK], is_staff=True))
    assert press(browser, "offers_cancellation", CancellationFactory().pk, "pause").status_code == 403
