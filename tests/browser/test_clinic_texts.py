"""Writing a clinic's own words in a real browser: the count and the preview follow what is typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from offers.models import ClinicText
from staff.roles import MANAGER
from tests.browser.conftest import Desk
from tests.browser.test_accessibility import AXE, TAGS


@pytest.fixture
def form(desk: Desk) -> Page:
    """The form for own words, before a manager."""
    page = desk.enter(MANAGER, is_staff=True).go("/admin/offers/clinictext/add/")
    page.get_by_label("Clinic:").select_option(label=desk.clinic.name)
    page.get_by_label("Text:").select_option(value="offer")
    page.get_by_label("Language:").select_option(value="en")
    return page


def test_the_count_and_the_preview_follow_what_is_typed(desk: Desk, form: Page) -> None:
    preview, words = form.locator("#preview"), form.get_by_label("Words:")
    expect(preview).to_contain_text("STOP to opt out")
    words.press_sequentially("{clinic}: sí")
    expect(preview).to_contain_text("24 of 70 places in UCS-2: 1 segment, 1 at most.")
    expect(preview).to_contain_text("Not in the alphabet of plain texts: í.")
    words.fill("{clinic}: {day} {time}? YES or NO by {deadline}. STOP to opt out")
    expect(preview).to_contain_text("Riverside & Lakeside: Wed Nov 24 12:30 PM +1245? YES or NO by")
    expect(preview).to_contain_text("93 of 160 places in GSM-7: 1 segment, 1 at most.")
    expect(preview.locator(".errorlist")).to_have_count(0)
    expect(form.get_by_role("button", name="Show the preview")).to_be_hidden()
    assert not ClinicText.objects.exists()
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form.get_by_text("was added successfully")).to_be_visible()
    assert ClinicText.objects.get().clinic == desk.clinic


def test_the_preview_of_stored_words_follows_as_well(desk: Desk, form: Page) -> None:
    form.get_by_label("Words:").fill("{clinic}: {day} {time}? YES or NO by {deadline}. STOP to opt out")
    form.get_by_role("button", name="Save", exact=True).click()
    form.get_by_role("link", name="offer", exact=True).click()
    form.get_by_label("Words:").fill("{clinic}: <b>hello</b>")
    expect(form.locator("#preview")).to_contain_text("Riverside & Lakeside: <b>hello</b>")
    expect(form.locator("#preview")).to_contain_text("{deadline} is missing: this text must name it.")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_preview_shuts_nobody_out(form: Page, colours: str) -> None:
    form.emulate_media(color_scheme="dark" if colours == "dark" else "light", reduced_motion="reduce")
    form.get_by_label("Words:").fill("{clinic}: sí")
    expect(form.locator("#preview .errorlist")).to_be_visible()
    form.evaluate(AXE)
    # Django's style sheets import others, which axe would copy into the page against its policy.
    found = form.evaluate("tags => axe.run('#preview', {runOnly: tags, preload: false})", TAGS)
    assert found["violations"] == []
