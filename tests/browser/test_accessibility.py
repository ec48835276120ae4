"""No page has a fault that axe-core can find, wide and narrow, in light and in dark; none complains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from tests import everywhere
from tests.browser.conftest import Desk
from tests.crowd import Crowd
from tests.factories import ClinicFactory, UserFactory
from tests.staff.addresses import address

AXE = (Path(__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [(1280, "light"), (1280, "dark"), (320, "dark"), (320, "light")]
ROWS = 6


def faults(page: Page) -> list[str]:
    # Evaluated by the driver, which the page's policy does not bind.
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE)
    # Without a look ahead at what style sheets import, for which it would need styles of its own.
    wanted = {"runOnly": TAGS, "resultTypes": ["violations"], "preload": False}
    found: dict[str, Any] = page.evaluate("wanted => axe.run(wanted)", wanted)
    return [
        f"{page.url} {fault['id']}: {node['html'][:120]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def looked_at(page: Page) -> list[str]:
    """The faults of an open page in all of its looks: it changes them without being loaded again."""
    for summary in page.locator("summary:visible").all():
        summary.click()
    found = []
    for width, colours in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
        # The admin's links take this long to change their colour.
        page.wait_for_timeout(200 if "/admin/" in page.url else 0)
        found += [f"{width} {colours} {fault}" for fault in faults(page)]
        found += [f"{page.url} is wider than {width}"] if overflows(page) else []
    return found


@pytest.fixture
def crowd(desk: Desk) -> Crowd:
    made = Crowd()
    made.grow(ROWS)
    return made


def pages(crowd: Crowd) -> list[str]:
    """Every address of staff that answers with a whole page, about the first of everything."""
    browser = Client()
    browser.force_login(UserFactory.create(is_superuser=True))
    entry, day = crowd.first("entry"), f"{crowd.first('visit').starts_at:%Y-%m-%d}"
    read = [pattern for pattern in everywhere.of_staff() if pattern.name not in ("slot", "shadow")]
    found = [address(pattern, entry) for pattern in read]
    found += [
        reverse("slot", args=[crowd.first(kind).pk]) for kind in ("slot", "unfilled slot", "shadow slot")
    ]
    new = ClinicFactory.create(is_shadow=True).pk
    found += [reverse(name, args=[new]) for name in ("shadow", "guide-clinic")]
    found += [f"/appointments/?on={day}", "/messages/?tab=failed", "/messages/?tab=all", "/audit/?from=soon"]
    return [path for path in found if b"<html" in browser.get(path, follow=True).getvalue()]


# In parts, so that two cores share them.
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_of_staff_shuts_anybody_out(desk: Desk, crowd: Crowd, part: int) -> None:
    desk.enter(is_superuser=True, is_staff=True)
    found = []
    for path in pages(crowd)[part::PARTS]:
        found += looked_at(desk.go(path))
    assert not found, "\n".join(found)


def test_the_keys_of_the_board_shut_nobody_out(desk: Desk) -> None:
    page = desk.go("/")
    page.get_by_role("button", name="Keys and alerts").click()
    assert looked_at(page) == []


def test_no_page_of_a_patient_shuts_anybody_out(desk: Desk, crowd: Crowd, complaints: list[str]) -> None:
    found = []
    for path in [*everywhere.of_patients(crowd).values(), "/my/nobody/", "/answer/nobody/"]:
        desk.page.context.clear_cookies()
        found += looked_at(desk.go(path))
    complaints[:] = [said for said in complaints if "404" not in said]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_no_page_of_an_error_shuts_anybody_out(desk: Desk, name: str) -> None:
    body = render_to_string(f"{name}.html")
    desk.page.route("**/an-error/", lambda route: route.fulfill(body=body, content_type="text/html"))
    assert looked_at(desk.go("/an-error/")) == []


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_of_the_admin_shuts_anybody_out(desk: Desk, crowd: Crowd, part: int) -> None:
    desk.enter(is_superuser=True, is_staff=True)
    found = []
    for path in everywhere.of_admin_to_see(crowd)[part::PARTS]:
        # Django's own: the table of rows below a record has columns without a name.
        found += [fault for fault in looked_at(desk.go(path)) if "empty-table-header" not in fault]
    assert not found, "\n".join(found)
