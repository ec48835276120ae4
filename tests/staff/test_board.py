"""The board: its order, its buttons, what they ask and say, and what a second person reads."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from offers import opening, phoning
from offers.models import Cancellation, StaffCall
from ops import health
from staff import actions
from tests import factories
from tests.offers.verb import offer_in, slot_in, texts_to
from waitlist.reasons import Reason

pytestmark = pytest.mark.django_db


def page(desk: Client, name: str = "board", *args: object) -> str:
    return desk.get(reverse(name, args=args)).content.decode()


def act(desk: Client, slot: Cancellation, action: str) -> str:
    """What the board says after the action."""
    address = reverse("slot-act", args=[slot.pk, action])
    return desk.post(address, {"back": "board"}, follow=True).content.decode()


def test_what_needs_a_person_comes_first_then_offering_waiting_paused_and_filled(desk: Client) -> None:
    for status in ("filled", "paused", "open", "offering", "unfilled"):
        slot_in(status, closed_at=timezone.now() if status == "filled" else None)
    assert re.findall(r'<h2 id="(\w+)"', page(desk))[:5] == ["needs", "offering", "open", "paused", "filled"]


def test_a_slot_whose_answer_nobody_understood_needs_a_person(desk: Client) -> None:
    offer = offer_in("pending")
    about = {"cancellation": offer.cancellation_id, "clinic": offer.cancellation.clinic_id}
    row = {"direction": "inbound", "status": "handled", "kind": "reply", "outcome": "unclear"}
    factories.MessageFactory.create(attention="unclear", related=about, logical_key=None, **row)
    assert "<strong>1 answer needs a person.</strong>" in page(desk)
    assert re.search(r'<a href="/messages/">1 answer needs a person\.</a>', page(desk))
    assert f'data-needing="{offer.cancellation_id}"' in page(desk)


BUTTONS = [
    ("open", {"grace_ends_at": factories.in_hours(1)}, ["fill", "undo", "pause", "withdraw"]),
    ("offering", {}, ["fill", "next-round", "extend", "pause", "withdraw"]),
    ("paused", {}, ["fill", "extend", "resume", "withdraw"]),
    ("unfilled", {}, ["fill", "withdraw"]),
    ("filled", {}, ["reopen"]),
    ("withdrawn", {}, []),
]


@pytest.mark.parametrize(("status", "fields", "names"), BUTTONS)
def test_a_slot_has_the_buttons_of_its_state(status: str, fields: dict[str, Any], names: list[str]) -> None:
    slot = slot_in(status, **fields)
    offers = [] if fields else [offer_in("pending", slot=slot)]
    assert [button.name for button in actions.buttons(slot, offers, timezone.now())] == names


@pytest.mark.parametrize("action", [name for name, action in actions.ACTIONS.items() if action.asks])
def test_what_texts_people_is_asked_about_first_and_asking_changes_nothing(desk: Client, action: str) -> None:
    offer = offer_in(
        "pending", slot=slot_in({"reopen": "filled", "resume": "paused"}.get(action, "offering"))
    )
    asked = page(desk, "slot-act", offer.cancellation_id, action)
    assert "Leave it as it is" in asked
    assert texts_to(offer) == []
    offer.refresh_from_db()
    assert offer.status == "pending"


def test_a_withdrawal_shows_the_very_text_and_tells_exactly_those_who_were_texted(desk: Client) -> None:
    slot = slot_in("offering")
    told, never = offer_in("pending", slot=slot), offer_in("pending", slot=slot, hold_expires_at=None)
    declined = offer_in("declined", slot=slot, responded_at=timezone.now())
    asked = desk.get(reverse("slot-act", args=[slot.pk, "withdraw"]))
    assert "1 patient was texted and has not said no" in asked.content.decode()
    assert "1 patient who had been texted gets a correction" in act(desk, slot, "withdraw")
    assert [texts_to(offer) for offer in (told, never, declined)] == [["expired"], [], []]
    body = factories.MessageFactory._meta.model.objects.get(kind="expired").body
    assert asked.context["question"].texts == [body]


def test_going_on_asks_first_and_within_the_grace_time_needs_no_question(desk: Client) -> None:
    slot = slot_in("paused")
    later = slot_in("paused", grace_ends_at=factories.in_hours(1))
    asks = {
        each.pk: button.asks
        for each in (slot, later)
        for button in actions.buttons(each, [], timezone.now())
        if button.name == "resume"
    }
    assert asks == {slot.pk: True, later.pk: False}
    assert "more patients are texted now" in page(desk, "slot-act", slot.pk, "resume")
    assert "Going on." in act(desk, slot, "resume")


def test_more_time_is_on_the_board(desk: Client) -> None:
    offer = offer_in("pending")
    assert "Answers are waited for 5 minutes longer" in act(desk, offer.cancellation, "extend")
    offer.refresh_from_db()
    local = (offer.hold_expires_at or timezone.now()).astimezone(offer.cancellation.clinic.zone)
    assert f"{local:%H:%M}</time>" in page(desk)


def test_the_second_reads_what_happened_who_did_it_and_when(desk: Client) -> None:
    slot = slot_in("open")
    act(desk, slot, "withdraw")
    colleague = Client()
    user = factories.UserFactory.create(roles=["front desk"])
    colleague.force_login(user)
    first = desk.session["_auth_user_id"]
    name = type(user)._default_manager.get(pk=first).get_username()
    said = act(colleague, slot, "pause")
    assert re.search(rf"This slot is withdrawn already: {name}, at \d\d:\d\d:\d\d C[DS]T\.", said)


def test_who_logs_a_slot_a_second_time_reads_who_was_first() -> None:
    first = slot_in("open", logged_by="maria")
    names = ("clinic_id", "provider_id", "visit_type_id", "starts_at", "ends_at")
    again = opening.NewSlot(**{name: getattr(first, name) for name in names})
    with pytest.raises(opening.BadSlot, match=r"already: maria logged it at \d\d:\d\d:\d\d"):
        opening.open_slot(slot=again, by="bob", now=timezone.now())


def test_a_call_is_on_the_board_until_somebody_says_what_came_of_it(desk: Client) -> None:
    call = factories.StaffCallFactory.create(patient__first_name="Ana", patient__last_name="Ruiz")
    assert "<strong>alice</strong> is calling Ana Ruiz," in page(desk)
    desk.post(reverse("staff-call", args=[call.pk, "no_answer"]), {"back": "board"})
    assert "is calling" not in page(desk)
    said = desk.post(reverse("staff-call", args=[call.pk, "declined"]), {"back": "board"}, follow=True)
    assert "This call has ended already: no answer." in said.content.decode()


def test_a_claim_and_a_booking_go_through_the_same_form(desk: Client) -> None:
    slot, ana = slot_in("open"), factories.PatientFactory.create()
    address = reverse("slot-fill", args=[slot.pk])
    assert desk.post(address, {"patient": ana.pk, "call": "1"}).status_code == 302
    assert StaffCall.objects.get().patient == ana
    second = desk.post(address, {"patient": factories.PatientFactory.create().pk, "call": "1"})
    assert second.status_code == 422
    assert f"has been calling {ana} about this slot since" in second.content.decode()
    phoning.end_overdue(now=timezone.now() + phoning.LASTS)
    assert desk.post(address, {"patient": ana.pk}).status_code == 302
    assert Cancellation.objects.get().status == "filled"


def test_a_slot_that_finds_nobody_says_why_with_counts(desk: Client) -> None:
    slot = slot_in("unfilled", unfilled_reason="nobody_left")
    reasons = [Reason.OPTED_OUT, Reason.DAY_CAP, Reason.DAY_CAP, Reason.OUTSIDE_HOURS]
    ids = list(range(1, 5))
    factories.RoundFactory.create(
        cancellation=slot, entry_ids=ids, reasons=[int(reason) for reason in reasons], parts=[0] * 4
    )
    assert "2 asked often enough today, 1 opted out, 1 outside hours." in page(desk)


def test_an_empty_board_says_how_the_list_stands(desk: Client) -> None:
    entry = factories.WaitlistEntryFactory.create()
    offer_in("declined", slot=slot_in("withdrawn"), entry=entry, patient=entry.patient)
    assert "1 patient waits, 1 asked today, 0 opted out, 0 outside hours" in page(desk)


def test_a_worker_that_takes_no_steps_is_a_red_bar(desk: Client) -> None:
    health.beat(now=timezone.now())
    slot_in("open", next_step_at=timezone.now() - timedelta(minutes=2))
    assert 'id="stuck"' in page(desk)
    Cancellation.objects.update(next_step_at=timezone.now())
    assert 'id="stuck"' not in page(desk)


def test_a_board_that_looks_as_it_did_is_not_drawn_again_and_one_that_changed_is(desk: Client) -> None:
    slot = slot_in("open")
    before = page(desk)
    assert "Pause</button>" in before
    assert re.sub(r'data-now="\d+"|csrf\S+ value="\S+"', "", page(desk, "board-fragment")) in re.sub(
        r'data-now="\d+"|csrf\S+ value="\S+"', "", before
    )
    act(desk, slot, "pause")
    assert "Resume</a>" in page(desk)


def test_an_auditor_who_comes_after_the_front_desk_gets_no_buttons(desk: Client) -> None:
    slot_in("open")
    assert "Pause</button>" in page(desk)
    auditor = Client()
    auditor.force_login(factories.UserFactory.create(roles=["auditor"]))
    assert "Pause</button>" not in page(auditor)


def test_browsers_that_see_the_same_share_a_drawing_and_others_get_their_own(desk: Client) -> None:
    slot = slot_in("open", grace_ends_at=timezone.now())
    fragment = page(desk, "board-fragment")
    assert f'id="slot-{slot.pk}"' in fragment
    stranger, colleague, auditor = Client(), Client(), Client()
    stranger.force_login(
        factories.UserFactory.create(roles=["front desk"], clinics=(factories.ClinicFactory.create(),))
    )
    colleague.force_login(factories.UserFactory.create(roles=["front desk"]))
    auditor.force_login(factories.UserFactory.create(roles=["auditor"], clinics=()))
    assert f'id="slot-{slot.pk}"' not in page(stranger, "board-fragment")
    assert "Pause</button>" not in page(auditor, "board-fragment")
    with CaptureQueriesContext(connection) as queries:
        page(colleague, "board-fragment")
    assert not [query for query in queries if 'FROM "offers_offer"' in query["sql"]]
    desk.cookies["lobby"] = "on"
    with CaptureQueriesContext(connection) as queries:
        page(desk, "board-fragment")
    assert [query for query in queries if 'FROM "offers_offer"' in query["sql"]]


def test_a_board_without_a_sign_of_life_says_so_though_nothing_is_due(desk: Client) -> None:
    assert "Nothing works in the background yet" in page(desk)
    health.beat(now=timezone.now() - timedelta(minutes=5))
    assert "Nothing has worked in the background since" in page(desk)
    health.beat(now=timezone.now())
    assert 'id="dead"' not in page(desk)
