"""A visit from its booking to somebody else who has its time, in a real browser."""

from __future__ import annotations

from datetime import time, timedelta

from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from clinic.models import Appointment, Closure, Patient, ProviderHours
from outreach.models import Reminder
from tests.browser.conftest import Desk
from tests.factories import PatientFactory


def book(desk: Desk, patient: Patient) -> Page:
    """Staff find the patient and book the first half of an hour in three days."""
    page = desk.go("/appointments/")
    page.get_by_role("link", name="Book an appointment").click()
    page.get_by_label("Find a patient by name").fill(patient.last_name)
    page.get_by_role("button", name="Find").click()
    page.get_by_role("radio").check()
    page.get_by_role("button", name="Next: when and with whom").click()
    start = timezone.now().astimezone(desk.clinic.zone) + timedelta(days=3)
    page.get_by_role("combobox", name="Clinic").select_option(label=desk.clinic.name)
    page.get_by_label("Provider").select_option(value=str(desk.provider.pk))
    page.get_by_label("Visit type").select_option(label=desk.visit_type.name)
    page.get_by_label("Start, on the clinic's own clock").fill(start.strftime("%Y-%m-%dT09:30"))
    return page


def phone_of(desk: Desk, patient: Patient) -> Page:
    page: Page = desk.page.context.new_page()
    page.goto(f"{desk.url}/phones/{patient.pk}/")
    return page


def answer(desk: Desk, phone: Page, words: str) -> None:
    phone.locator("[name=body]:not(button)").fill(words)
    phone.get_by_role("button", name="Answer as the patient").click()
    desk.work()


def test_a_booked_visit_is_confirmed_reminded_cancelled_and_its_time_filled(desk: Desk) -> None:
    alice, bob = PatientFactory.create(), desk.waiting()
    page = book(desk, alice)
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Booked.")
    visit_page = page.url.removeprefix(desk.url)
    desk.work()
    phone = phone_of(desk, alice)
    expect(phone.get_by_text("your visit is booked for")).to_be_visible()
    Reminder.objects.filter(minutes_before=24 * 60).update(due_at=timezone.now())
    desk.work()
    expect(phone.get_by_text("Reply C to confirm")).to_be_visible()
    answer(desk, phone, "I can't come")
    expect(phone.get_by_text("Reply 1 to")).to_be_visible()
    answer(desk, phone, "1")
    assert Appointment.objects.get(patient=alice).status == "cancelled"
    desk.work()
    other = phone_of(desk, bob.patient)
    other.get_by_role("button", name="YES").click()
    desk.work()
    page = desk.go("/")
    expect(page.get_by_role("heading", name="Filled today")).to_be_visible()
    assert Appointment.objects.active().get().patient == bob.patient
    page = desk.go(visit_page)
    expect(page.get_by_role("list").last).to_contain_text("Cancelled")


def test_what_speaks_against_a_time_is_said_before_it_is_sent(desk: Desk) -> None:
    at = {"provider": desk.provider, "clinic": desk.clinic, "start": time(20), "end": time(21)}
    ProviderHours.objects.bulk_create(ProviderHours(weekday=day, **at) for day in range(7))
    page = book(desk, PatientFactory.create())
    page.get_by_label("Minutes").click()
    expect(page.locator("#conflicts")).to_contain_text("Outside the provider's hours there")
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.locator("#id_override_error, .errorlist")).to_contain_text("Say why it is booked")
    page.get_by_label("Book it all the same, because").fill("asked for by the doctor")
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Booked.")


def test_a_button_that_is_pressed_twice_books_once_and_says_so(desk: Desk) -> None:
    page = book(desk, PatientFactory.create())
    sent: list[str] = []

    def slowly(route: Route) -> None:
        sent.append(route.request.url)
        answer = route.fetch(max_redirects=0)
        page.wait_for_timeout(300)
        route.fulfill(response=answer)

    page.route("**/appointments/new/*/", slowly)
    page.get_by_role("button", name="Book", exact=True).evaluate(
        "button => { button.click(); setTimeout(() => button.click(), 100); }"
    )
    expect(page.get_by_role("status").first).to_contain_text("Booked.")
    assert (len(sent), Appointment.objects.count()) == (1, 1)


def test_what_speaks_against_a_new_time_is_said_while_it_is_chosen(desk: Desk) -> None:
    page = book(desk, PatientFactory.create())
    page.get_by_role("button", name="Book", exact=True).click()
    start = Appointment.objects.get().starts_at.astimezone(desk.clinic.zone) + timedelta(days=1)
    Closure.objects.create(clinic=desk.clinic, first_on=start.date(), last_on=start.date())
    page.get_by_role("link", name="Move …").click()
    chosen = page.get_by_label("Start, on the clinic's own clock")
    chosen.fill(start.strftime("%Y-%m-%dT09:30"))
    expect(page.locator("#conflicts")).to_contain_text("The clinic is closed on that day.")
    chosen.fill((start + timedelta(days=1)).strftime("%Y-%m-%dT09:30"))
    expect(page.locator("#conflicts")).not_to_contain_text("closed")
    page.get_by_role("button", name="Move this visit").click()
    expect(page.get_by_role("status").first).to_contain_text("Moved.")
