"""Patients, messages, audit and files in a real browser, and a patient on the own page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from messaging.models import Attention, Message
from tests import factories
from tests.browser.conftest import Desk
from tests.waitlist.filing import csv
from waitlist.models import Availability, WaitlistEntry

WRONG = "Ortiz,Ben,12,{visit},"
RIGHT = "Miller,Ana,(312) 555-0142,{visit},Mon 08:00-12:00"


def become(desk: Desk, role: str) -> None:
    """The user has this role as well."""
    get_user_model()._default_manager.get(username=desk.username).groups.add(factories.role(role))


def unclear(desk: Desk, entry: WaitlistEntry) -> Message:
    """A question of this patient's that no program can read."""
    made: Message = factories.MessageFactory.create(
        direction="inbound",
        kind="reply",
        status="handled",
        from_number=entry.patient.phone,
        to="+15005550006",
        body="Could I come on Tuesday instead?",
        logical_key=None,
        attention=Attention.UNCLEAR,
        related={"clinic": desk.clinic.pk, "patient": entry.patient_id},
    )
    return made


def hand_in(page: Page, path: Path, *rows: str) -> None:
    path.write_bytes(csv(*rows))
    page.get_by_label("File").set_input_files(path)


def test_a_file_with_errors_is_put_right_and_stored(desk: Desk, tmp_path: Path) -> None:
    """Given a file with a wrong phone, when it is put right and stored, then all of it is on the list."""
    visit, path = desk.visit_type.name, tmp_path / "list.csv"
    page = desk.go("/waitlist/")
    page.get_by_role("link", name="Import a file").click()
    hand_in(page, path, RIGHT.format(visit=visit), WRONG.format(visit=visit))
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_text("Line 3, phone: This is not a phone number")).to_be_visible()
    expect(page.get_by_role("button", name="Store")).to_have_count(0)
    assert not WaitlistEntry.objects.exists()
    hand_in(page, path, RIGHT.format(visit=visit), WRONG.format(visit=visit).replace(",12,", ",3125550143,"))
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Store 2 rows").click()
    expect(page.locator("#notes")).to_contain_text("2 put on the list, 2 of them new on the books.")
    expect(page.get_by_role("link", name="Ana Miller")).to_be_visible()


def test_an_unclear_text_is_answered_and_the_phone_shows_it(desk: Desk) -> None:
    """Given a question nobody could read, when staff answer it, then it arrives once and the task is gone."""
    entry = desk.waiting()
    unclear(desk, entry)
    page = desk.go("/messages/")
    page.get_by_role("link", name=str(entry.patient)).click()
    page.get_by_label("Your answer").fill("Yes, on Tuesday at three.")
    expect(page.locator("#count")).to_contain_text("One text: ")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status").first).to_contain_text("On its way.")
    desk.work()
    expect(page.locator("#talk")).to_contain_text("Delivered")
    desk.go("/messages/")
    expect(page.get_by_text("Nobody waits for an answer.")).to_be_visible()
    phone = desk.go(f"/phones/{entry.patient_id}/")
    expect(phone.locator("#thread")).to_contain_text("Yes, on Tuesday at three.")


def test_a_question_appears_on_an_open_list_without_a_reload(desk: Desk) -> None:
    page = desk.go("/messages/")
    expect(page.get_by_text("Nobody waits for an answer.")).to_be_visible()
    unclear(desk, desk.waiting())
    expect(page.get_by_text("Could I come on Tuesday instead?")).to_be_visible()


def test_a_patient_changes_the_times_by_the_link(desk: Desk, browser: Any) -> None:
    """Given a link that staff sent, when its patient says when to come, then the list has it."""
    entry = desk.waiting(patient__language="es")
    page = desk.go(f"/patients/{entry.patient_id}/")
    page.get_by_text("Send a link …").click()
    page.get_by_role("button", name="Yes, send it").click()
    desk.work()
    link = Message.objects.get(kind="link", status="delivered").body.split("/my/")[1].split()[0]
    own = browser.new_context().new_page()
    own.goto(f"{desk.url}/my/{link}")
    expect(own.get_by_role("heading", name="Su lugar en la lista de espera")).to_be_visible()
    monday = own.get_by_role("group", name="lunes")
    monday.get_by_label("de").fill("08:00")
    monday.get_by_label("a", exact=True).fill("12:30")
    own.get_by_role("button", name="Guardar estas horas").click()
    expect(own.get_by_text("Guardado. Gracias.")).to_be_visible()
    own.get_by_role("button", name="Pausar").click()
    expect(own.get_by_text("En pausa")).to_be_visible()
    assert own.context.cookies() == []
    own.context.close()
    desk.go(f"/patients/{entry.patient_id}/")
    expect(page.get_by_text("Mon 08:00–12:30")).to_be_visible()
    assert Availability.objects.filter(entry=entry).count() == 1
