"""The pages of the feeds shut nobody out, and a code is mapped by hand."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from clinic import cancelling
from integrations.facts import Code
from integrations.models import FeedCode, Parked
from staff import roles
from tests.browser.conftest import Desk
from tests.browser.test_accessibility import faults, overflows
from tests.factories import AppointmentFactory, ProviderFactory, UserFactory
from tests.factories_of_feeds import TodoFactory
from tests.integrations.feed import Feed


@pytest.fixture
def feed(desk: Desk) -> Feed:
    """A feed with something that waits, something to settle and something that drifts, seen by a manager."""
    feed = Feed()
    feed.says(feed.visit(provider=Code(value="DR9", text="House")))
    feed.says(feed.visit(keys=("A2",)))
    cancelling.cancel(appointment_id=feed.visits()[0].pk, by="desk", now=timezone.now())
    TodoFactory(appointment=AppointmentFactory(clinic=feed.clinic))
    client, name = Client(), settings.SESSION_COOKIE_NAME
    client.force_login(UserFactory(roles=[roles.MANAGER]))
    cookie = {"name": name, "value": client.cookies[name].value, "url": desk.url}
    desk.page.context.add_cookies([cookie])  # type: ignore[list-item]
    return feed


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_no_page_of_the_feeds_shuts_anybody_out(desk: Desk, feed: Feed, width: int, colours: Any) -> None:
    desk.page.set_viewport_size({"width": width, "height": 800})
    desk.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    item = Parked.objects.get()
    paths = [
        "/",
        "/feeds/",
        "/feeds/parked/",
        f"/feeds/parked/{item.pk}/",
        f"/feeds/{feed.source.pk}/drift/",
        f"/settings/{feed.clinic.pk}/feeds/",
    ]
    found, wide = [], []
    for path in paths:
        page = desk.go(path)
        found += faults(page)
        wide += [path] if overflows(page) else []
    assert found == []
    assert wide == []


def test_a_manager_maps_a_code_where_the_board_points_to_it(desk: Desk, feed: Feed) -> None:
    provider = ProviderFactory(clinics=[feed.clinic])
    page = desk.go("/")
    page.get_by_role("link", name="1 message of a feed waits for a person").click()
    page.get_by_role("row", name=feed.source.name).get_by_role("link", name="1", exact=True).click()
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_label("It stands for").select_option(label=provider.name)
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_text("1 message is handled again.")).to_be_visible()
    assert FeedCode.objects.get(value="DR9").provider == provider
