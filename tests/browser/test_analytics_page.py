"""The analytics page in a real browser: charts that draw their tables, and nobody shut out."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from staff import roles
from tests.browser.conftest import Desk
from tests.browser.test_accessibility import faults, overflows
from tests.factories import role
from tests.offers.history import DAYS, History

ADDRESS = f"/analytics/?from={DAYS.since}&to={DAYS.until}"
# What each chart holds, as Chart.js itself tells it.
DRAWN = """() => [...document.querySelectorAll("canvas")].map((canvas) => {
    const { data } = Chart.getChart(canvas);
    const datasets = data.datasets.map(({ label, data }) => [label, [...data]]);
    return [canvas.dataset.chart, [...data.labels], datasets];
})"""
SHOWN = """(key) => [...document.querySelectorAll(`#table-${key} tr`)].map(
    (row) => [...row.cells].map((cell) => cell.textContent.trim()))"""


@pytest.fixture
def manager(desk: Desk) -> Desk:
    """A manager after eight slots."""
    get_user_model()._default_manager.get(username=desk.username).groups.add(role(roles.MANAGER))
    History()
    return desk


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_the_analytics_page_shuts_nobody_out(manager: Desk, width: int, colours: Any) -> None:
    manager.page.set_viewport_size({"width": width, "height": 800})
    manager.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    for address in (ADDRESS, "/analytics/?from=2020-01-01&to=2020-01-02", "/analytics/?from=soon"):
        page = manager.go(address)
        tab = page.get_by_role("link", name="Analytics", include_hidden=True)
        assert tab.get_attribute("aria-current") == "page"
        assert faults(page) == []
        assert not overflows(page)


def test_a_chart_holds_what_the_table_below_it_says(manager: Desk) -> None:
    page = manager.go(ADDRESS)
    charts = page.evaluate(DRAWN)
    assert len(charts) == 8
    for key, labels, datasets in charts:
        head, *rows = page.evaluate(SHOWN, key)
        assert labels == [row[0] for row in rows]
        for name, values in (each for each in datasets if not each[0].startswith("Target")):
            cells = [row[head.index(name)] for row in rows]
            assert [None if cell == "–" else float(cell) for cell in cells] == values


def test_the_targets_are_lines_of_their_charts(manager: Desk) -> None:
    charts = manager.go(ADDRESS).evaluate(DRAWN)
    lines = {key: data[-1] for key, _, data in charts if data[-1][0] == "Target: 80 %"}
    assert set(lines) == {"trend", "clinics", "providers", "hours"}
    assert {value for _, values in lines.values() for value in values} == {80}


def test_the_filter_goes_into_the_address_and_comes_back(manager: Desk) -> None:
    page = manager.go(ADDRESS)
    page.get_by_label("Clinic:", exact=True).select_option("Lakeside")
    page.get_by_role("button", name="Show").click()
    assert "clinic=" in page.url
    assert f"from={DAYS.since}" in page.url
    assert page.locator("#table-outcomes tr", has_text="Slots logged").locator("td").inner_text() == "3"
    assert page.get_by_label("Clinic:", exact=True).locator("option:checked").inner_text() == "Lakeside"


def test_the_csv_is_that_of_the_filter(manager: Desk) -> None:
    page = manager.go(ADDRESS)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.suggested_filename == f"waitlist-{DAYS.since}-{DAYS.until}.csv"


def test_charts_follow_the_colours_of_the_page_and_are_light_on_paper(manager: Desk) -> None:
    axis = "Chart.getChart(document.querySelector('canvas')).options.scales.x.ticks.color"
    page = manager.page
    page.emulate_media(color_scheme="light")
    manager.go(ADDRESS)
    light = page.evaluate(axis)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{axis} !== {light!r}")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(axis) == light
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(axis) != light


def test_on_paper_the_tables_stand_and_the_controls_do_not(manager: Desk) -> None:
    page = manager.go(ADDRESS)
    page.emulate_media(media="print")
    assert page.locator("#table-targets").is_visible()
    assert not page.get_by_role("button", name="Show").is_visible()
    assert not page.get_by_role("link", name="Download as CSV").is_visible()


def test_only_this_page_loads_the_charts(manager: Desk) -> None:
    assert manager.go("/").locator("script[src*=chart]").count() == 0
    assert manager.go(ADDRESS).locator("script[src*=chart]").count() == 1
