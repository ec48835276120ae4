"""Acting on a slot from the board: with one click, by phone, by a letter; and what the screen gives away."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from offers.models import Cancellation, StaffCall
from tests.browser.conftest import Desk
from tests.browser.test_accessibility import faults
from tests.factories import CancellationFactory


def asked(desk: Desk) -> Cancellation:
    """A slot about which those who wait have been texted."""
    slot: Cancellation = CancellationFactory.create(
        clinic=desk.clinic, provider=desk.provider, visit_type=desk.visit_type
    )
    desk.work()
    return slot


def test_the_form_shows_whom_it_would_text_while_it_is_filled_in(desk: Desk) -> None:
    ana = desk.waiting(manual_boost=20, patient__language="es").patient
    bob = desk.waiting().patient
    desk.waiting(patient__sms_consent=False)
    page = desk.go("/cancellations/new/")
    page.get_by_role("combobox", name="Clinic").select_option(label=desk.clinic.name)
    page.get_by_label("Provider").select_option(value=str(desk.provider.pk))
    page.get_by_label("Visit type").select_option(label=desk.visit_type.name)
    start = timezone.now().astimezone(desk.clinic.zone) + timedelta(days=3)
    page.get_by_label("Start, on the clinic's own clock").fill(start.strftime("%Y-%m-%dT09:30"))
    ahead = page.locator("#preview")
    expect(ahead).to_contain_text("2 patients are texted at")
    expect(ahead.get_by_role("listitem")).to_contain_text([str(ana), str(bob)])
    expect(ahead).to_contain_text("1 have not agreed to texts")
    expect(ahead.locator("blockquote")).to_have_count(2)
    assert faults(page) == []
    assert not Cancellation.objects.exists()


def test_a_colleague_sees_who_is_being_called_and_a_yes_by_text_still_wins(desk: Desk) -> None:
    ana, bob = desk.waiting(manual_boost=20).patient, desk.waiting().patient
    slot = asked(desk)
    board = desk.go("/")
    caller = board.context.new_page()
    # It has not looked again yet when the button is pressed.
    caller.route("**/part/**", lambda route: route.fulfill(status=204))
    caller.goto(f"{desk.url}/cancellations/{slot.pk}/fill/")
    caller.get_by_label(str(bob)).check()
    caller.get_by_role("button", name="I am calling this patient").click()
    going = board.locator(".going")
    expect(going).to_contain_text(f"{desk.username} is calling {bob}")
    phone = board.context.new_page()
    phone.goto(f"{desk.url}/phones/")
    phone.get_by_role("link", name=ana.phone[-4:]).click()
    phone.get_by_role("button", name="YES").click()
    desk.work()
    expect(going).to_contain_text("The slot has been filled meanwhile")
    caller.get_by_role("button", name="Said yes: book").click()
    expect(caller.get_by_role("status").first).to_contain_text("filled already: by a patient’s answer, at")
    assert StaffCall.objects.get().outcome == ""


def test_a_withdrawal_is_asked_about_once_and_says_whom_it_told(desk: Desk) -> None:
    desk.waiting()
    asked(desk)
    page = desk.go("/")
    page.get_by_role("link", name="Withdraw").click()
    expect(page.get_by_text("1 patient was texted and has not said no")).to_be_visible()
    expect(page.locator("blockquote")).to_contain_text(desk.clinic.sms_name)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("status").first).to_contain_text(
        "1 patient who had been texted gets a correction"
    )


def test_letters_move_between_slots_and_act_and_can_be_switched_off(desk: Desk) -> None:
    slots = [CancellationFactory.create(clinic=desk.clinic) for _ in range(2)]
    page = desk.go("/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(f"#link-{slots[1].pk}")).to_be_focused()
    page.keyboard.press("p")
    expect(page.get_by_role("status").first).to_contain_text("Paused.")
    expect(page.locator("#open-help")).to_be_visible()
    page.keyboard.press("?")
    page.get_by_label("Keys act on slots").uncheck()
    page.reload()
    page.keyboard.press("j")
    expect(page.locator(f"#link-{slots[0].pk}")).not_to_be_focused()


def test_alerts_are_wished_for_remembered_and_nameless(desk: Desk) -> None:
    page = desk.page
    page.add_init_script(
        """window.alerts = []; window.Notification = class {
            static permission = "granted"; static async requestPermission() { return "granted"; }
            constructor(sentence) { alerts.push(sentence); } };
        document.hasFocus = () => false;"""
    )
    ana = desk.waiting().patient
    asked(desk)
    desk.go("/")
    page.get_by_role("button", name="Keys and alerts").click()
    page.get_by_label("Desktop notice then").check()
    page.get_by_role("button", name="Test the alerts").click()
    assert page.evaluate("alerts") == ["This is how an alert looks."]
    page.reload()
    Cancellation.objects.update(status="unfilled", next_step_at=None, unfilled_reason="nobody_left")
    Cancellation.objects.update(changed_at=timezone.now())
    expect(page).to_have_title(re.compile(r"^● \(1\) Board"), timeout=10_000)
    assert page.evaluate("alerts") == ["A slot needs a person."]
    assert ana.last_name not in page.title()


def test_in_lobby_mode_no_name_reaches_the_browser(desk: Desk) -> None:
    ana = desk.waiting(patient__first_name="Ana", patient__last_name="Quiroga").patient
    slot = asked(desk)
    page = desk.go("/")
    expect(page.get_by_text(str(ana))).to_be_visible()
    page.get_by_role("button", name="Lobby mode").click()
    for path in ("/", f"/cancellations/{slot.pk}/"):
        html = desk.go(path).content()
        assert "A. Q." in html
        assert "Quiroga" not in html


def test_what_is_kept_in_the_browser_is_never_a_page(desk: Desk) -> None:
    desk.waiting()
    asked(desk)
    page = desk.go("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for path in ("/", "/calls/", "/cancellations/new/"):
        desk.go(path)
    kept = page.evaluate(
        """async () => {
            const caught = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
            const requests = (await Promise.all(caught.map((cache) => cache.keys()))).flat();
            return requests.map((request) => new URL(request.url).pathname);
        }"""
    )
    assert "/static/app.css" in kept
    assert [path for path in kept if not path.startswith("/static/")] == []


def test_on_paper_the_board_and_the_call_list_have_no_buttons(desk: Desk) -> None:
    desk.waiting()
    asked(desk)
    for path in ("/", "/calls/"):
        page = desk.go(path)
        page.emulate_media(media="print")
        assert page.locator("main").get_by_role("heading").first.is_visible()
        assert page.locator("main").get_by_role("button").count() == 0
        page.emulate_media(media="screen")
