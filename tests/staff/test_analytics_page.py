"""The analytics page: the same figures in table, chart and CSV, and a word where there are none."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core import spreadsheets
from staff import roles
from tests import factories
from tests.offers.history import DAYS, KNOWN, NOW, History

pytestmark = pytest.mark.django_db
MAY = (roles.MANAGER, roles.AUDITOR, roles.ADMIN)
RANGE = {"from": f"{DAYS.since}", "to": f"{DAYS.until}"}
NOTHING = "–"
UNKNOWN = "Select a valid choice. That choice is not one of the available choices."


class Cells(HTMLParser):
    """The tables of a page: {table: {row: {column: cell}}}."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.key, self.is_cell = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = dict(attrs).get("id") or ""
        if tag == "table":
            self.key = name.removeprefix("table-")
            self.tables[self.key] = []
        elif tag == "tr":
            self.tables[self.key].append([])
        elif tag in ("th", "td"):
            self.tables[self.key][-1].append("")
            self.is_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.is_cell = self.is_cell and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        if self.is_cell:
            self.tables[self.key][-1][-1] += data

    def read(self) -> dict[str, dict[str, dict[str, str]]]:
        return {
            key: {name: dict(zip(rows[0][1:], cells, strict=True)) for name, *cells in rows[1:]}
            for key, rows in self.tables.items()
        }


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(factories.UserFactory.create(roles=[role]))
    return client


@pytest.fixture
def manager() -> Any:
    with time_machine.travel(NOW, tick=False):
        History()
        yield as_role(roles.MANAGER)


def page_of(client: Client, **query: Any) -> str:
    response = client.get(reverse("analytics"), {**RANGE, **query})
    assert response.status_code == 200
    return str(response.content.decode())


def drawings_of(page: str) -> list[dict[str, Any]]:
    found = re.search(r'<script id="drawings" type="application/json">(.*?)</script>', page)
    assert found
    drawings: list[dict[str, Any]] = json.loads(found[1])
    return drawings


@pytest.mark.parametrize("role", roles.ROLES)
def test_the_page_and_its_link_are_for_those_who_answer_for_the_waitlist(role: str) -> None:
    client = as_role(role)
    link = f'href="{reverse("analytics")}"' in client.get(reverse("board")).content.decode()
    for name in ("analytics", "analytics-csv"):
        assert client.get(reverse(name)).status_code == (200 if role in MAY else 403)
    assert link == (role in MAY)


def test_the_tables_say_what_the_history_says(manager: Client) -> None:
    tables = Cells(page_of(manager)).read()
    assert tables["depth"]["People who fitted a slot, median"] == {"Number": str(KNOWN["depth"])}
    assert tables["targets"]["Filled within 2 hours"]["%"] == "20.0"
    assert tables["targets"]["Filled within 2 hours"]["Verdict"] == "! missed"
    assert tables["outcomes"]["Filled by staff"] == {"Slots": "1"}
    assert tables["funnel"]["Considered"] == {"People, once for each slot": "17", "Different people": "10"}
    assert tables["texts"]["Days gained"] == {"Number": "13"}
    assert tables["clinics"]["Lakeside"]["Minutes to fill, median"] == "5.0"
    assert tables["clinics"]["Foothills"]["Minutes to fill, median"] == NOTHING
    assert tables["hours"]["23:00"]["Logged"] == "1"


def test_the_length_of_the_list_is_the_first_thing_shown(manager: Client) -> None:
    assert next(iter(Cells(page_of(manager)).read())) == "depth"


def test_a_chart_draws_the_cells_of_its_table(manager: Client) -> None:
    page = page_of(manager)
    tables, drawings = Cells(page).read(), drawings_of(page)
    for drawing in drawings:
        rows = tables[drawing["key"]]
        assert drawing["labels"] == list(rows)
        for series in drawing["series"]:
            drawn = [NOTHING if value is None else str(value) for value in series["values"]]
            assert drawn == [cells[series["name"]] for cells in rows.values()]
    assert page.count("<canvas data-chart=") == len(drawings) == 8


def test_the_targets_are_lines_of_the_charts_over_time_and_by_lot(manager: Client) -> None:
    lines = {drawing["key"]: drawing["target"] for drawing in drawings_of(page_of(manager))}
    assert [key for key, target in lines.items() if target == 80] == [
        "trend",
        "clinics",
        "providers",
        "hours",
    ]


def test_the_csv_has_every_cell_of_every_table(manager: Client) -> None:
    response = manager.get(reverse("analytics-csv"), RANGE)
    assert response["Content-Disposition"] == 'attachment; filename="waitlist-2026-02-27-2026-03-02.csv"'
    head, *lines = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    assert head == ["table", "row", "column", "value"]
    assert lines[:2] == [["Days", "From", "", "2026-02-27"], ["Days", "To", "", "2026-03-02"]]
    page = page_of(manager)
    titles = dict(re.findall(r'<h2 id="about-(\w+)">(.*?)</h2>', page))
    shown = [
        [titles[key], row, column, "" if cell == NOTHING else cell]
        for key, rows in Cells(page).read().items()
        for row, cells in rows.items()
        for column, cell in cells.items()
    ]
    assert lines[2:] == shown


def test_a_name_that_looks_like_a_formula_is_only_a_name(manager: Client) -> None:
    factories.CancellationFactory.create(clinic__name="=HYPERLINK(1)", status="withdrawn", created_at=NOW)
    text = manager.get(reverse("analytics-csv"), RANGE).content.decode()
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert spreadsheets.plain(f"{start}1") == f"'{start}1"
    assert spreadsheets.plain(f"1{start}") == f"1{start}"


def test_the_address_holds_the_filter(manager: Client) -> None:
    provider = factories.CancellationFactory._meta.model.objects.filter(unfilled_reason="call").get().provider
    page = page_of(manager, provider=provider.pk)
    assert Cells(page).read()["outcomes"]["Slots logged"] == {"Slots": "5"}
    assert f'<option value="{provider.pk}" selected>' in page
    assert f"figures.csv?from=2026-02-27&amp;to=2026-03-02&amp;provider={provider.pk}" in page


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"from": "soon"}, "since", "Enter a valid date."),
        ({"to": "2026-02-30"}, "until", "Enter a valid date."),
        ({"from": "2026-03-05", "to": "2026-03-01"}, "until", "The last day is before the first."),
        ({"from": "2020-01-01", "to": "2026-03-01"}, "since", "A range has at most 731 days."),
        (
            {"clinic": "999999"},
            "clinic",
            UNKNOWN,
        ),
        (
            {"provider": "x"},
            "provider",
            UNKNOWN,
        ),
    ],
)
@pytest.mark.parametrize("name", ["analytics", "analytics-csv"])
def test_what_cannot_be_counted_is_refused_at_the_field_and_stays_typed(
    manager: Client, name: str, query: dict[str, str], field: str, message: str
) -> None:
    response = manager.get(reverse(name), query)
    assert response.status_code == 422
    assert response.context["form"].errors == {field: [message]}
    typed = [f'value="{words}"' for key, words in query.items() if key in ("from", "to")]
    assert not [words for words in typed if words not in response.content.decode()]


def test_without_days_the_last_thirty_are_shown(manager: Client) -> None:
    page = manager.get(reverse("analytics"), {"from": "", "clinic": ""}).content.decode()
    assert "Slots logged from Feb. 1, 2026 to March 2, 2026" in page


def test_days_on_which_nothing_was_logged_lead_to_the_last_that_had_something(manager: Client) -> None:
    page = page_of(manager, **{"from": "2027-01-01", "to": "2027-01-02"})
    assert "No slot was logged on these days." in page
    assert 'href="?from=2026-02-01&amp;to=2026-03-02"' in page
    assert "<canvas" not in page
    assert "<table" not in page
    assert "What is counted" in page


def test_a_clinic_that_never_logged_anything_is_told_so() -> None:
    page = page_of(as_role(roles.AUDITOR))
    assert "No slot was logged on these days." in page
    assert "The last one before" not in page


def test_slots_that_cannot_be_judged_are_counted_by_the_reason(manager: Client) -> None:
    page = page_of(manager, **{"from": "2026-03-02", "clinic": lakeside()})
    assert "Of 1 logged none can be judged; withdrawn within the grace: 0, withdrawn later: 0," in page
    assert "too young to judge: 1." in page


def lakeside() -> int:
    clinic = factories.ClinicFactory._meta.model.objects.get(name="Lakeside")
    return int(clinic.pk)


def test_the_page_says_what_is_counted(manager: Client) -> None:
    page = page_of(manager)
    assert page.count("<dt>") == page.count("<dd>") >= len(KNOWN) - 6
    assert "Withdrawn before the first text could go: a slip. In no percentage." in page


def test_nobody_s_name_and_nobody_s_number_stand_on_the_page(manager: Client) -> None:
    page = page_of(manager)
    patients = factories.PatientFactory._meta.model.objects.all()
    told = [word for one in patients for word in (one.last_name, one.phone)]
    assert not [word for word in told if re.search(rf"\b{re.escape(word)}\b", page)]
