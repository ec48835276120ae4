"""The status page shuts nobody out and needs no script."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from messaging import oddities, stopping
from messaging.models import Tally
from staff import roles
from tests.browser.conftest import Desk
from tests.browser.test_accessibility import faults, overflows
from tests.factories import MessageFactory, role


@pytest.fixture
def manager(desk: Desk, settings: Any) -> Desk:
    """A manager at work, on a day on which everything that the page can say is true."""
    now = timezone.now()
    get_user_model()._default_manager.get(username=desk.username).groups.add(role(roles.MANAGER))
    failed = {"status": "failed", "call_started_at": now, "attention": "not_sent"}
    for code in ("30003", "30007", "39999"):
        MessageFactory.create(error_code=code, **failed)
        oddities.note(what="code", word=f"{code}-unheard-of", now=now)
    stopping.stop(name=settings.TWILIO_PHONE_NUMBER, code="30034", now=now)
    counts = {"ours": 12345, "provider": 12346, "webhooks": 12344, "provider_lacks": 0, "we_lack": 1}
    window = {"since": now - timedelta(days=1), "until": now, "asked_at": now - timedelta(days=1)}
    Tally.objects.create(**window, **counts, untold=2, strays=0)
    return desk


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_the_status_page_shuts_nobody_out(manager: Desk, width: int, colours: Any) -> None:
    manager.page.set_viewport_size({"width": width, "height": 800})
    manager.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    page = manager.go("/status/")
    tab = page.get_by_role("link", name="Status", include_hidden=True)
    assert tab.get_attribute("aria-current") == "page"
    assert page.get_by_role("rowheader", name="Senders").is_visible()
    assert faults(page) == []
    assert not overflows(page)
