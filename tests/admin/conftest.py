"""Browsers of people who may enter the admin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from staff.roles import ADMIN, AUDITOR, FRONT_DESK
from tests.factories import UserFactory

BrowserOf = Callable[..., Client]


@pytest.fixture
def browser_of(db: None) -> BrowserOf:
    """A browser of somebody with these roles who may enter the admin."""

    def make(*roles: str) -> Client:
        browser = Client()
        browser.force_login(UserFactory(roles=roles, is_staff=True))
        return browser

    return make


@pytest.fixture
def admin(browser_of: BrowserOf) -> Client:
    return browser_of(ADMIN)


@pytest.fixture
def desk(browser_of: BrowserOf) -> Client:
    return browser_of(FRONT_DESK)


@pytest.fixture
def auditor(browser_of: BrowserOf) -> Client:
    return browser_of(AUDITOR)
