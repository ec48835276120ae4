"""No page has a fault that axe-core can find, at both widths, in light and in dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Desk
from tests.browser.test_journeys import log_a_cancellation
from tests.factories import CancellationFactory, PatientFactory, StaffCallFactory
from tests.outreach.greeting_people import GreetingFactory

AXE = (Path(__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page) -> list[str]:
    # Evaluated by the driver, which the page's policy does not bind.
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    return [
        f"{page.url} {fault['id']}: {node['html'][:120]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.fixture
def paths(desk: Desk) -> list[str]:
    """Every page with something on it."""
    desk.waiting(manual_boost=20)
    phone = desk.waiting().patient.pk
    desk.waiting(manual_boost=5)
    log_a_cancellation(desk)
    slot = desk.page.url.removeprefix(desk.url)
    desk.work()
    for status in ("paused", "unfilled", "open"):
        CancellationFactory.create(status=status)
    greetings = ["/greetings/", f"/greetings/{GreetingFactory.create().provider_id}/", "/greetings/history/"]
    call = {"cancellation_id": int(slot.split("/")[2]), "patient": PatientFactory.create()}
    StaffCallFactory.create(**call)
    actions = [f"{slot}{name}/" for name in ("fill", "withdraw")]
    return [
        "/",
        slot,
        *actions,
        "/cancellations/new/",
        "/calls/",
        "/phones/",
        f"/phones/{phone}/",
        *greetings,
        "/nowhere/",
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_no_page_shuts_anybody_out(
    desk: Desk, paths: list[str], width: int, colours: Any, complaints: list[str]
) -> None:
    desk.page.set_viewport_size({"width": width, "height": 800})
    desk.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    found, wide = [], []
    for path in [*paths, "/login/"]:
        if path == "/login/":
            desk.page.context.clear_cookies()
        page = desk.go(path)
        if path == "/":
            page.keyboard.press("?")
            found += faults(page)
            page.keyboard.press("Escape")
        found += faults(page)
        wide += [path] if overflows(page) else []
    complaints[:] = [said for said in complaints if "404" not in said]
    assert found == []
    assert wide == []
