"""A clinic at work in a real browser; the engine moves when the test says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from celery.app.task import Task
from django.conf import settings as configured
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, Request

from clinic.models import Clinic, Provider, VisitType
from messaging.tasks import sweep_simulated
from staff.roles import FRONT_DESK
from tests import factories
from tests.offers.journey import SWEEPS
from waitlist.models import WaitlistEntry

# From an answer's webhook to the text it causes, where every wake-up is lost.
LONGEST_CHAIN = 4
# What the page's policy forbids, where, and whose it was.
VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  complain(`${location.pathname} ${event.violatedDirective} ${event.sourceFile}`);
});
"""


@dataclass(kw_only=True)
class Desk:
    """A front desk: an address, somebody logged in, and a clinic with nobody waiting yet."""

    url: str
    page: Page
    username: str
    clinic: Clinic = field(
        default_factory=lambda: factories.ClinicFactory.create(batch_size=2, grace_seconds=0)
    )
    visit_type: VisitType = field(default_factory=lambda: factories.VisitTypeFactory.create())
    provider: Provider = field(init=False)

    def __post_init__(self) -> None:
        self.provider = factories.ProviderFactory.create(clinics=[self.clinic])

    def waiting(self, **fields: Any) -> WaitlistEntry:
        made: WaitlistEntry = factories.WaitlistEntryFactory.create(
            clinic=self.clinic, visit_type=self.visit_type, **fields
        )
        return made

    def enter(self, *roles: str, **fields: Any) -> Desk:
        """From here on somebody with these roles sits here."""
        user = factories.UserFactory.create(roles=roles, **fields)
        client = Client()
        client.force_login(user)
        name = configured.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": self.url}
        self.page.context.add_cookies([cookie])  # type: ignore[list-item]
        self.username = user.username
        return self

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page

    def work(self) -> None:
        """What beat and the workers would do."""
        for _ in range(LONGEST_CHAIN):
            for sweep in SWEEPS:
                sweep.run()
        sweep_simulated.run()
        for sweep in SWEEPS:
            sweep.run()


@pytest.fixture
def complaints() -> list[str]:
    """What a page must never do: fault on the console, break its policy, or ask another host."""
    return []


@pytest.fixture
def served_at(live_server: Any) -> str:
    """The address of the pages, under WSGI: without streams."""
    return str(live_server.url)


@pytest.fixture
def desk(
    transactional_db: None,
    served_at: str,
    page: Page,
    settings: Any,
    monkeypatch: Any,
    complaints: list[str],
) -> Iterator[Desk]:
    """Somebody of the front desk, logged in. Afterwards no page has complained."""
    monkeypatch.setattr(Task, "apply_async", lambda *args, **kwargs: None)
    settings.PUBLIC_URL = served_at

    def hear(message: ConsoleMessage) -> None:
        # A refused form is an answer, which browsers log as an error.
        if message.type == "error" and "422" not in message.text:
            complaints.append(message.text)

    def see(request: Request) -> None:
        if not request.url.startswith((served_at, "data:")):
            complaints.append(request.url)

    page.context.expose_function("complain", lambda directive: complaints.append(directive))
    page.context.add_init_script(VIOLATIONS)
    page.context.on("console", hear)
    page.context.on("request", see)
    yield Desk(url=served_at, page=page, username="").enter(FRONT_DESK)
    assert complaints == []
