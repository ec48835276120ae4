"""The day's texts are counted by us, by the provider and by its callbacks, and the three agree."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from messaging import reconciling, tallying, tasks
from messaging.gateways import twilio as gateway
from messaging.models import Message, ProviderEvent, Tally
from messaging.tallying import SETTLING
from tests.messaging import posting
from tests.messaging.sending import queued, reported, send
from tests.twilio_standin import StandIn, Taken

pytestmark = pytest.mark.django_db
LATER = SETTLING + timedelta(minutes=2)


def compared() -> Tally:
    """What a comparison of the last day comes to."""
    tally = tallying.tally_last_day(now=timezone.now())
    assert tally is not None
    return tally


def numbers(tally: Tally) -> tuple[int, int, int, int]:
    return (tally.ours, tally.provider, tally.webhooks, tally.difference)


def arrived(client: Client) -> Message:
    """A text that was sent, and that a callback told of."""
    return reported(client, send(queued()), "delivered")


def elsewhere(twilio: StandIn, **fields: str) -> Taken:
    """A text that the provider had from somebody with our sender, and that we have no row of."""
    form = {"To": "+13125550123", "From": posting.CLINIC_NUMBER, "Body": "Not ours.", **fields}
    return twilio.take(form)


def test_a_day_on_which_everything_went_well_has_no_difference(
    twilio: StandIn, clock: time_machine.Traveller, client: Client
) -> None:
    for _ in range(3):
        arrived(client)
    clock.shift(LATER)
    assert numbers(compared()) == (3, 3, 3, 0)


def test_a_text_that_the_provider_has_and_we_do_not_is_counted(
    twilio: StandIn, clock: Any, client: Client
) -> None:
    arrived(client)
    elsewhere(twilio)
    clock.shift(LATER)
    tally = compared()
    assert (numbers(tally), tally.we_lack, tally.provider_lacks) == ((1, 2, 1, 2), 1, 0)


def test_a_text_that_we_have_and_the_provider_does_not_is_counted(
    twilio: StandIn, clock: Any, client: Client
) -> None:
    arrived(client)
    twilio.taken.clear()
    clock.shift(LATER)
    tally = compared()
    assert (numbers(tally), tally.we_lack, tally.provider_lacks) == ((1, 0, 1, 1), 0, 1)


def test_a_text_that_the_list_leaves_out_is_asked_about_by_itself(
    twilio: StandIn, clock: Any, client: Client
) -> None:
    message = arrived(client)
    # Filed under another sender, so that the list's filter misses it.
    twilio.taken[0].sender = "+15005550009"
    assert message.twilio_sid == twilio.taken[0].sid
    clock.shift(LATER)
    assert numbers(compared()) == (1, 1, 1, 0)


def test_a_text_of_which_no_callback_told_is_counted(twilio: StandIn, clock: Any) -> None:
    send(queued())
    clock.shift(LATER)
    tally = compared()
    assert (numbers(tally), tally.untold) == ((1, 1, 0, 1), 1)


def test_a_callback_of_nobody_s_text_is_counted_once_however_often_it_came(
    twilio: StandIn, clock: Any, client: Client
) -> None:
    sid = posting.new_sid()
    for word in ("sent", "delivered"):
        posting.report(client, sid=sid, word=word)
    clock.shift(LATER)
    tally = compared()
    assert (numbers(tally), tally.strays) == ((0, 0, 1, 1), 1)


@pytest.mark.parametrize(
    ("sender", "direction"), [("+15005550009", "outbound-api"), (posting.CLINIC_NUMBER, "outbound-reply")]
)
def test_what_others_send_and_what_the_provider_answers_by_itself_is_not_ours(
    twilio: StandIn, clock: Any, sender: str, direction: str
) -> None:
    elsewhere(twilio, From=sender).direction = direction
    clock.shift(LATER)
    assert numbers(compared()) == (0, 0, 0, 0)


@pytest.mark.parametrize("seconds", [-30, 30])
def test_a_text_at_the_window_s_edge_counts_once_by_our_clock(
    twilio: StandIn, clock: Any, client: Client, seconds: int
) -> None:
    arrived(client)
    twilio.taken[0].created_at += timedelta(seconds=seconds)
    edge = Message.objects.get().call_started_at
    assert edge is not None
    clock.shift(LATER)
    now, day = timezone.now(), tallying.DAY
    before = tallying.tally(since=edge - day, until=edge, now=now)
    after = tallying.tally(since=edge, until=edge + timedelta(minutes=5), now=now)
    assert before is not None
    assert after is not None
    assert [numbers(before), numbers(after)] == [(0, 0, 0, 0), (1, 1, 1, 0)]


def test_a_refused_text_was_never_the_provider_s(twilio: StandIn, clock: Any) -> None:
    twilio.faults = ["400:21211"]
    send(queued())
    clock.shift(LATER)
    assert numbers(compared()) == (0, 0, 0, 0)


def test_a_text_whose_answer_was_lost_makes_no_difference_once_it_is_found(
    twilio: StandIn, clock: Any, client: Client
) -> None:
    twilio.faults = ["drop"]
    message = send(queued())
    reconciling.sweep(now=timezone.now())
    message.refresh_from_db()
    reported(client, message, "delivered")
    clock.shift(LATER)
    assert numbers(compared()) == (1, 1, 1, 0)


def test_a_list_of_several_pages_is_read_to_its_end(
    twilio: StandIn, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "PAGE", 2)
    for _ in range(5):
        elsewhere(twilio)
    clock.shift(LATER)
    assert compared().we_lack == 5


def test_a_list_that_is_too_long_is_not_compared(
    twilio: StandIn, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "MOST_LISTED", 5)
    for _ in range(5):
        elsewhere(twilio)
    clock.shift(LATER)
    assert tallying.tally_last_day(now=timezone.now()) is None


def test_a_messaging_service_s_texts_are_ours_whatever_number_they_left_by(
    twilio: StandIn, clock: Any, settings: Any
) -> None:
    settings.TWILIO_MESSAGING_SERVICE_SID = "MG" + "0" * 32
    send(queued())
    twilio.taken[0].sender = "+15005550009"
    elsewhere(twilio, From="+15005550009", MessagingServiceSid="MG" + "0" * 32)
    clock.shift(LATER)
    tally = compared()
    assert (tally.ours, tally.provider, tally.we_lack) == (1, 2, 1)


def test_a_number_is_one_sender_whatever_app_it_is_reached_by(twilio: StandIn, clock: Any) -> None:
    elsewhere(twilio, From=f"whatsapp:{posting.CLINIC_NUMBER}")
    clock.shift(LATER)
    assert compared().we_lack == 1


def test_a_provider_that_is_away_leaves_the_last_comparison_as_it_was(
    twilio: StandIn, clock: Any, settings: Any, client: Client
) -> None:
    arrived(client)
    clock.shift(LATER)
    first = compared()
    clock.shift(timedelta(hours=1))
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    tasks.sweep_tally()
    latest = tallying.latest()
    assert latest is not None
    assert (Tally.objects.count(), latest.asked_at) == (1, first.asked_at)


def test_a_provider_that_is_back_is_asked_at_the_next_sweep_and_then_hourly(
    twilio: StandIn, clock: Any, settings: Any
) -> None:
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    done = [tallying.sweep(now=timezone.now())]
    settings.TWILIO_API_BASE_URL = twilio.url
    for minutes in (5, 5, 50, 5):
        clock.shift(timedelta(minutes=minutes))
        done.append(tallying.sweep(now=timezone.now()))
    assert done == [False, True, False, False, True]


def test_a_sweep_by_cron_compares_too(twilio: StandIn, clock: Any) -> None:
    call_command("sweep", stdout=StringIO())
    assert Tally.objects.count() == 1


def test_a_comparison_made_again_replaces_the_one_before(twilio: StandIn, clock: Any) -> None:
    send(queued())
    clock.shift(LATER)
    compared()
    late = ProviderEvent(sid=twilio.taken[0].sid, kind="status:delivered", payload={})
    late.received_at = late.next_attempt_at = timezone.now()
    late.save()
    compared()
    assert [numbers(tally) for tally in Tally.objects.order_by("pk")] == [(1, 1, 1, 0)]


def test_the_simulated_phones_count_as_a_provider_does(settings: Any, clock: Any) -> None:
    settings.USE_MOCK_TWILIO = True
    message = send(queued())
    assert message.twilio_sid
    clock.shift(LATER)
    tally = compared()
    assert (tally.ours, tally.provider, tally.we_lack, tally.provider_lacks) == (1, 1, 0, 0)


def test_reconcile_day_prints_the_three_numbers_and_fails_on_a_difference(
    twilio: StandIn, clock: Any, capsys: Any
) -> None:
    elsewhere(twilio)
    clock.shift(LATER)
    with pytest.raises(SystemExit, match="1"):
        call_command("reconcile_day")
    told = capsys.readouterr().out
    assert told.startswith("0 ours, 1 provider, 0 webhooks: difference 2 (provider lacks 0, we lack 1")


def test_reconcile_day_compares_a_day_that_is_over(twilio: StandIn, clock: Any, client: Client) -> None:
    arrived(client)
    day = f"{timezone.now():%Y-%m-%d}"
    clock.shift(timedelta(days=1))
    out = StringIO()
    call_command("reconcile_day", "--date", day, stdout=out)
    assert out.getvalue().startswith("1 ours, 1 provider, 1 webhooks: difference 0")


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "2099-01-01", "0001-01-01", "9999-12-31"])
def test_reconcile_day_refuses_a_day_that_is_none_or_not_over(day: str) -> None:
    with pytest.raises(CommandError, match="--date"):
        call_command("reconcile_day", "--date", day)
