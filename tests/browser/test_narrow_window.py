"""In a narrow window the page comes first and the navigation is a button away; a wide one shows it all."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_accessibility import faults, overflows

HEIGHT = 640


def top_of_the_page(page: Page) -> float:
    box = page.get_by_role("heading", level=1).bounding_box()
    assert box is not None
    return box["y"]


def narrowed(desk: Desk) -> Page:
    desk.enter(is_superuser=True, is_staff=True)
    desk.page.set_viewport_size({"width": 320, "height": HEIGHT})
    return desk.go("/")


def test_a_narrow_window_belongs_to_the_page(desk: Desk) -> None:
    page = narrowed(desk)
    assert top_of_the_page(page) < HEIGHT / 5
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_role("link", name="Notices")).to_be_visible()


def test_the_navigation_opens_and_closes_by_keyboard(desk: Desk) -> None:
    page = narrowed(desk)
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    assert (faults(page), overflows(page)) == ([], False)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("navigation").get_by_role("link", name="Board")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.get_by_role("navigation")).to_be_hidden()


def test_a_wide_window_shows_the_navigation_and_no_button(desk: Desk) -> None:
    page = narrowed(desk)
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    expect(page.get_by_role("navigation").get_by_role("link", name="Settings")).to_be_visible()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()


def test_who_has_no_scripts_finds_the_navigation_open(desk: Desk) -> None:
    page = narrowed(desk)
    page.route("**/theme*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.reload()
    expect(page.get_by_role("navigation").get_by_role("link", name="Board")).to_be_visible()


def test_before_the_login_there_is_nothing_to_fold(desk: Desk) -> None:
    desk.page.context.clear_cookies()
    desk.page.set_viewport_size({"width": 320, "height": HEIGHT})
    page = desk.go("/login/")
    expect(page.get_by_role("button", name="Español")).to_be_visible()
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()
