"""Whoever's login has run out sees the login, wherever a page was in the middle of something."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from staff.roles import MANAGER
from tests.browser.conftest import Desk
from tests.factories import MessageFactory


def led_to_the_login(page: Page, complaints: list[str]) -> None:
    expect(page.get_by_role("button", name="Log in")).to_be_visible(timeout=15_000)
    assert page.locator("main").count() == 1
    complaints[:] = [said for said in complaints if "401" not in said]


@pytest.mark.parametrize("is_held", [False, True])
def test_an_open_board_is_led_to_the_login(desk: Desk, complaints: list[str], is_held: bool) -> None:
    page = desk.go("/")
    if is_held:
        page.get_by_role("button", name="Pause updates").click()
    Session.objects.all().delete()
    led_to_the_login(page, complaints)


def test_a_form_that_looks_ahead_is_led_to_the_login(desk: Desk, complaints: list[str]) -> None:
    page = desk.go("/cancellations/new/")
    Session.objects.all().delete()
    page.get_by_label("Reason").fill("moved away")
    led_to_the_login(page, complaints)


def test_an_answer_that_is_being_counted_is_led_to_the_login(desk: Desk, complaints: list[str]) -> None:
    message = MessageFactory.create(related={"clinic": desk.clinic.pk})
    page = desk.go(f"/messages/{message.pk}/")
    Session.objects.all().delete()
    page.get_by_role("textbox").first.fill("We will call you.")
    led_to_the_login(page, complaints)


def test_the_preview_of_a_text_in_the_admin_is_led_to_the_login(desk: Desk, complaints: list[str]) -> None:
    page = desk.enter(MANAGER, is_staff=True).go("/admin/offers/clinictext/add/")
    Session.objects.all().delete()
    page.get_by_label("Words:").fill("Come earlier?")
    led_to_the_login(page, complaints)
