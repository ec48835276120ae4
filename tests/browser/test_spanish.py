"""Somebody who reads Spanish switches to it by keyboard, finds it on every page, and switches back."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from staff import roles
from tests.browser.conftest import Desk
from tests.browser.test_accessibility import faults, overflows
from tests.factories import role
from tests.offers.history import DAYS, History

ANALYTICS = f"/analytics/?from={DAYS.since}&to={DAYS.until}"
PAGES = {"/": "Tablero", ANALYTICS: "Análisis", "/status/": "Estado", "/phones/": "Teléfonos"}


def switch(page: Page, *, button: str, language: str) -> None:
    page.get_by_role("button", name=button).focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_a_manager_reads_the_pages_in_spanish_on_a_small_screen(desk: Desk) -> None:
    get_user_model()._default_manager.get(username=desk.username).groups.add(role(roles.MANAGER))
    History()
    page = desk.go(ANALYTICS)
    page.set_viewport_size({"width": 320, "height": 800})
    # No colour is looked at while it changes.
    page.emulate_media(reduced_motion="reduce")
    page.locator("#open-menu").click()
    switch(page, button="Español", language="es")
    assert page.url == f"{desk.url}{ANALYTICS}"
    expect(page.locator("#table-targets")).to_contain_text("16,7")
    assert page.evaluate("Chart.getChart(document.querySelector('canvas')).options.locale") == "es"
    for path, name in PAGES.items():
        desk.go(path)
        page.locator("#open-menu").click()
        link = page.get_by_role("link", name=name, exact=True).first
        expect(link).to_have_attribute("aria-current", "page")
        assert faults(page) == []
        assert not overflows(page)
    switch(page, button="English", language="en")
    expect(page.get_by_role("heading", name="Simulated phones")).to_be_visible()
