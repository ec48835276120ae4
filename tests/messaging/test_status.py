"""The status says what waits, what is held, what came last and what failed, and nothing about anybody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import attending, fetching, inbox, oddities, pausing, status, status_lines, stopping
from messaging.models import Tally
from messaging.states import MessageStatus
from messaging.status_lines import Line, age
from tests.factories import fictional_phone
from tests.messaging import posting
from tests.messaging.sending import queued, reported, sent

pytestmark = pytest.mark.django_db
ALICE = fictional_phone(1)
NEVER = datetime(2099, 1, 1, tzinfo=UTC)
OF_OPEN_WORK_OR_LATELY = {
    "message_due",
    "message_leased",
    "message_unknown",
    "message_for_staff",
    "message_to_answer",
    "message_of_code",
    "event_to_handle",
    "event_of_phone_to_handle",
    "event_last_inbound",
    "event_last_callback",
}


def line(name: str) -> Line:
    now = timezone.now()
    found = status_lines.lines(status=status.read(now=now), now=now)
    return next(row for row in found if row.name.startswith(name))


def told(name: str) -> tuple[str, bool]:
    found = line(name)
    return found.value, found.look


def tally(**fields: Any) -> None:
    now = timezone.now()
    counts = {"ours": 5, "provider": 5, "webhooks": 5}
    lacks = {"provider_lacks": 0, "we_lack": 0, "untold": 0, "strays": 0}
    row = {"since": now - timedelta(days=1), "until": now, "asked_at": now, **counts, **lacks, **fields}
    Tally.objects.create(**row)


def test_of_an_empty_house_only_the_comparison_is_missing(clock: Any) -> None:
    now = timezone.now()
    found = status_lines.lines(status=status.read(now=now), now=now)
    wanting = [row.name for row in found if row.look]
    assert wanting == ["Worker and beat", "Last day: ours / provider / webhooks"]


def test_the_queue_is_told_by_depth_and_age(clock: Any) -> None:
    queued()
    clock.shift(timedelta(minutes=3))
    queued()
    queued(next_attempt_at=timezone.now() + timedelta(hours=1))
    assert told("Texts due") == ("2, the oldest for 3 min", True)
    assert told("Texts due later") == ("1, the oldest for 0 s", False)


def test_what_has_just_become_due_is_nothing_to_look_at(clock: Any) -> None:
    queued()
    assert told("Texts due") == ("1, the oldest for 0 s", False)


@pytest.mark.parametrize(("minutes", "look"), [(5, False), (20, True)])
def test_unknown_texts_are_told_and_after_a_quarter_of_an_hour_looked_at(
    clock: Any, minutes: int, look: bool
) -> None:
    queued(status=MessageStatus.UNKNOWN, call_started_at=timezone.now() - timedelta(minutes=minutes))
    assert told("Texts that may have left") == (f"1, the oldest for {minutes} min", look)


def test_texts_that_may_not_have_arrived_are_told_until_somebody_has_looked(clock: Any) -> None:
    message = sent(attention="not_sent")
    assert told("Texts that may not have arrived") == ("1, the oldest for 0 s", True)
    attending.finish(message_id=message.pk, by="frontdesk", now=timezone.now())
    assert told("Texts that may not have arrived") == ("0", False)


def test_texts_lost_long_ago_are_looked_at_no_more(clock: Any) -> None:
    sent(attention="not_sent", created_at=timezone.now() - timedelta(days=8))
    assert told("Texts that may not have arrived") == ("0", False)


def test_a_stopped_sender_is_told_with_its_code_and_whom_to_call(settings: Any, clock: Any) -> None:
    queued(kind="offer")
    stopping.stop(name=settings.TWILIO_PHONE_NUMBER, code="30034", now=timezone.now())
    clock.shift(timedelta(hours=3))
    assert told("Senders") == ("1 of 2 stopped for 3 h (30034); to call: 1", True)
    assert told("Alarms") == ("1", True)


def test_a_pause_is_told(clock: Any) -> None:
    pausing.pause(clinic_id=None, reason="", by="manager", now=timezone.now())
    assert told("Pauses") == ("all clinics, the first for 0 s", True)


@pytest.mark.parametrize(("clinics", "words"), [(1, "1 clinic"), (2, "2 clinics")])
def test_pauses_of_clinics_are_counted(clock: Any, clinics: int, words: str) -> None:
    for clinic_id in range(clinics):
        pausing.pause(clinic_id=clinic_id, reason="", by="manager", now=timezone.now())
    assert told("Pauses") == (f"{words}, the first for 0 s", True)


def test_the_last_text_in_and_the_last_callback_are_told(client: Client, clock: Any) -> None:
    assert (told("Last text in"), told("Last callback")) == (("never", False), ("never", False))
    posting.text(client, sender=ALICE, body="hello")
    clock.shift(timedelta(minutes=5))
    posting.report(client, sid=posting.new_sid(), word="sent")
    clock.shift(timedelta(seconds=20))
    assert (told("Last text in")[0], told("Last callback")[0]) == ("5 min ago", "20 s ago")
    assert told("Webhooks to read in") == ("2, the oldest for 5 min", True)


def test_texts_that_had_to_be_fetched_are_told(twilio: Any, clock: Any) -> None:
    fetching.fetch_all(now=timezone.now())
    clock.shift(timedelta(minutes=1))
    posting.lose(twilio, sender=ALICE, body="YES")
    clock.shift(timedelta(minutes=1))
    fetching.fetch_all(now=timezone.now())
    assert told("Texts that no webhook brought") == ("1", True)


def test_answers_that_wait_for_a_person_are_told(client: Client, clock: Any) -> None:
    posting.text(client, sender=ALICE, body="hello")
    inbox.sweep(now=timezone.now())
    assert told("Answers to answer") == ("1, the oldest for 0 s", False)


def test_the_last_day_s_error_codes_are_counted_with_what_they_mean(client: Client, clock: Any) -> None:
    started = {"call_started_at": timezone.now()}
    for code in ("30003", "30003", "30005"):
        reported(client, sent(**started), "undelivered", code)
    reported(client, sent(call_started_at=timezone.now() - timedelta(days=2)), "undelivered", "30008")
    assert told("Error codes") == ("30003 × 2, 30005 × 1", False)
    codes = status.read(now=timezone.now()).codes
    assert codes[0].meaning == "The phone is off or out of reach."


def test_rule_8_what_nobody_knows_is_shown_on_the_status(clock: Any) -> None:
    oddities.note(what="status", word="teleported", now=timezone.now())
    assert told("Statuses and codes") == ("status teleported × 1", True)


def test_what_nobody_knew_is_shown_for_seven_days(clock: Any) -> None:
    oddities.note(what="code", word="39999", now=timezone.now())
    clock.shift(timedelta(days=7))
    assert told("Statuses and codes") == ("none", False)


def test_a_comparison_without_a_difference_is_well(clock: Any) -> None:
    tally()
    assert told("Last day") == ("5 / 5 / 5, difference 0; asked 0 s ago", False)


def test_a_difference_is_something_to_look_at(clock: Any) -> None:
    tally(provider=6, webhooks=6, we_lack=1)
    assert told("Last day") == ("5 / 6 / 6, difference 1; asked 0 s ago", True)


@pytest.mark.parametrize("wrong", [{"ours": 4}, {"provider": 6}, {"webhooks": 4}, {"since": NEVER}])
def test_the_database_forbids_a_comparison_that_does_not_add_up(clock: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        tally(**wrong)
    assert not Tally.objects.exists()


def test_a_provider_that_is_away_was_not_asked_since(clock: Any) -> None:
    tally()
    clock.shift(timedelta(hours=3))
    assert told("Last day") == ("5 / 5 / 5, difference 0; not asked since 2026-03-02 16:00 UTC", True)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        ({"seconds": -5}, "0 s"),
        ({"seconds": 119}, "119 s"),
        ({"seconds": 120}, "2 min"),
        ({"minutes": 119}, "119 min"),
        ({"hours": 47}, "47 h"),
        ({"days": 2}, "2 days"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_says_enough(ago: dict[str, int], words: str) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert age(now - timedelta(**ago), now) == words


def test_the_status_asks_as_many_queries_for_thirty_texts_as_for_none(client: Client) -> None:
    counts = []
    for more in (0, 30):
        for number in range(more):
            queued(call_started_at=timezone.now(), error_code=str(30000 + number))
            oddities.note(what="code", word=str(number), now=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            status.read(now=timezone.now())
        counts.append(len(queries))
    assert counts == [counts[0]] * 2


def plans_of(queries: list[dict[str, str]]) -> str:
    """How the database would read them if a table as a whole cost as much as it does after years."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        told = []
        for query in queries:
            cursor.execute("EXPLAIN " + query["sql"])
            told += [row[0] for row in cursor.fetchall()]
    return "\n".join(told)


def test_no_look_at_the_status_grows_with_the_years() -> None:
    with CaptureQueriesContext(connection) as queries:
        status.read(now=timezone.now())
    plans = plans_of(queries.captured_queries)
    big = r"messaging_(?:message|providerevent)\b"
    used = re.findall(rf"using (\w+) on {big}", plans) + re.findall(r"Bitmap Index Scan on (\w+)", plans)
    assert len(used) >= 11
    assert set(used) <= OF_OPEN_WORK_OR_LATELY
    assert not re.findall(rf"Seq Scan on {big}", plans)
