"""The pages of the greetings: who is due and who is not, in whose name, and what became of them."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.models import Clinic, Provider
from outreach.greeting_models import Greeting, GreetingSwitch
from staff import greetings
from staff.roles import AUDITOR, FRONT_DESK, MANAGER
from tests.factories import ClinicFactory, ProviderFactory, UserFactory
from tests.outreach.greeting_people import born, doctor, switched_on, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def browser(role: str, *, clinics: tuple[Clinic, ...] | None = None) -> Client:
    client = Client()
    client.force_login(UserFactory.create(username=f"the {role}", roles=[role], clinics=clinics))
    return client


def words(client: Client, name: str = "greetings", *args: int, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def address(provider: Provider) -> str:
    return reverse("greetings-switch", args=[provider.pk])


def test_the_page_says_who_is_due_and_who_is_not_and_why() -> None:
    doctor()
    born(3, 2, first_name="Alice", last_name="Today")
    born(3, 9, first_name="Bob", last_name="Later")
    born(3, 9, first_name="Carol", last_name="Refused", agrees=False)
    born(5, 9, first_name="Dave", last_name="Far")
    page = words(browser(FRONT_DESK))
    assert "Today: 1" in page
    assert "The next 30 days: 1 to be greeted" in page
    assert "Mon 9 Mar 09:00 CDT" in page
    assert "No consent to greetings, or to any channel: 1" in page
    assert "Dave Far" not in page


def test_what_is_done_today_and_what_was_not_delivered_is_seen() -> None:
    born(3, 2, first_name="Alice", last_name="Today")
    work()
    client = browser(AUDITOR)
    assert "Sent" in words(client)
    Greeting.objects.update(status="failed", reason="not_delivered", error_code="30005", sent_at=None)
    page = words(client)
    assert "1 greeting of the last thirty days was not delivered" in page
    assert "Not delivered: The provider could not deliver it (30005)" in page


def test_a_late_one_stands_with_those_of_today(clock: time_machine.Traveller) -> None:
    born(3, 2)
    clock.shift(timedelta(days=1))
    page = words(browser(FRONT_DESK))
    assert "Today: 1" in page
    assert "Due now" in page


def test_without_anybody_the_page_says_what_a_greeting_needs() -> None:
    page = words(browser(MANAGER))
    assert "No active provider works at your clinics" in page
    assert "a consent to birthday greetings" in page


def test_a_manager_reads_accepts_and_switches_on_and_off() -> None:
    provider, client = doctor(on=False), browser(MANAGER)
    born(3, 9)
    page = client.get(address(provider))
    body = " ".join(page.content.decode().split())
    assert "Dr. Bob and colleagues wish you a very happy birthday!" in body
    assert "How many: 1 greeting is due" in body
    version = page.context["form"].initial["version"]
    assert client.post(address(provider), {"version": version, "accepted": "on"}).status_code == 302
    row = GreetingSwitch.objects.get()
    assert (row.accepted_by, row.ended_at) == ("the manager", None)
    assert "accepted by the manager on 2 Mar 2026 10:00 CST" in words(client)
    assert client.post(address(provider), {"off": "1"}, follow=True).status_code == 200
    assert GreetingSwitch.objects.get().ended_by == "the manager"
    assert "off already" in client.post(address(provider), {"off": "1"}, follow=True).content.decode()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Tick this to say that you have read it."),
        ({"accepted": "on", "version": "0123456789ab"}, "have changed since this page was opened"),
    ],
)
def test_nothing_is_switched_on_that_was_not_read(sent: dict[str, str], told: str) -> None:
    provider, client = doctor(on=False), browser(MANAGER)
    version = client.get(address(provider)).context["form"].initial["version"]
    response = client.post(address(provider), {"version": version, **sent})
    assert response.status_code == 422
    assert told in response.content.decode()
    assert response.context["form"]["version"].value() == version
    assert not GreetingSwitch.objects.exists()


def test_the_second_who_switches_on_is_told_by_whom_it_was() -> None:
    provider, client = doctor(on=False), browser(MANAGER)
    version = client.get(address(provider)).context["form"].initial["version"]
    switched_on(provider)
    response = client.post(address(provider), {"version": version, "accepted": "on"})
    assert response.status_code == 422
    assert "boss has switched this on already." in response.content.decode()


@pytest.mark.parametrize("role", [FRONT_DESK, AUDITOR])
def test_others_read_what_was_accepted_and_switch_nothing(role: str) -> None:
    provider, client = doctor(), browser(role)
    assert "A manager switches this on and off." in words(client, "greetings-switch", provider.pk)
    assert client.post(address(provider), {"off": "1"}).status_code == 403
    assert GreetingSwitch.objects.get().ended_at is None


def test_a_provider_switches_in_the_own_name_and_in_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = doctor(on=False), ProviderFactory.create()
    user: Any = UserFactory.create(roles=[FRONT_DESK])
    monkeypatch.setattr(type(user), "provider", property(lambda _: own), raising=False)
    assert greetings.may_switch(user, own)
    assert not greetings.may_switch(user, other)


def test_the_history_is_filtered_and_goes_into_a_spreadsheet() -> None:
    doctor()
    born(3, 2, first_name="=cmd()", last_name="Sent")
    born(3, 2, first_name="Bob", last_name="Skipped", agrees=False)
    work()
    client = browser(FRONT_DESK)
    assert "Bob Skipped" in words(client, "greetings-history")
    assert "Bob Skipped" not in words(client, "greetings-history", status="sent")
    assert client.get(reverse("greetings-history"), {"status": "lost"}).status_code == 422
    response: Any = client.get(reverse("greetings-csv"), {"status": "sent"})
    rows = list(csv.DictReader(response.getvalue().decode("utf-8-sig").splitlines()))
    assert [(row["first_name"], row["status"], row["reason"]) for row in rows] == [("'=cmd()", "sent", "")]
    assert rows[0]["sent_at"] == "2026-03-02T10:00:00-06:00"


def test_a_history_without_rows_says_when_they_come() -> None:
    client = browser(MANAGER)
    assert "Nothing yet. Every birthday has a line here" in words(client, "greetings-history")


def test_nobody_sees_the_birthdays_of_another_clinic() -> None:
    provider = doctor(at=timezone.now() - timedelta(days=3))
    for month, day in ((3, 1), (3, 2), (3, 9)):
        born(month, day, first_name="Alice", last_name="Elsewhere")
    born(3, 9, first_name="Alice", last_name="Elsewhere", agrees=False)
    work()
    stranger = browser(MANAGER, clinics=(ClinicFactory(),))
    for name in ("greetings", "greetings-history"):
        page = words(stranger, name)
        assert "Elsewhere" not in page
        assert provider.name not in page
    response: Any = stranger.get(reverse("greetings-csv"))
    assert "Elsewhere" not in response.getvalue().decode()


def test_the_pages_ask_the_database_as_often_for_many_as_for_few() -> None:
    client = browser(MANAGER)

    def asked(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            words(client, name)
        return len(queries)

    counts = []
    for more in (2, 12):
        for _ in range(more):
            provider = doctor()
            born(3, 2, primary_provider=provider)
            born(3, 9, primary_provider=provider)
            born(3, 9, primary_provider=provider, agrees=False)
        work()
        words(client)
        counts.append([asked(name) for name in ("greetings", "greetings-history")])
    assert counts[0] == counts[1]
