"""Whether the feeds work, as the status page, the doctor, a monitor and an alarm say it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from io import StringIO

import pytest
import time_machine
from django.core import checks
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY, generate_latest

from integrations import health, health_lines, timing, watching
from integrations.models import Source
from messaging.models import Alarm
from ops import gauging
from tests.factories_of_ehrs import WriteBackFactory
from tests.factories_of_feeds import FeedMessageFactory, ParkedFactory, SourceFactory, TodoFactory

pytestmark = pytest.mark.django_db


def spoken(at: datetime, **fields: object) -> Source:
    source: Source = SourceFactory(silence_minutes=30, **fields)
    FeedMessageFactory(source=source, received_at=at)
    return source


def is_silent(now: datetime) -> bool:
    return health.look(sources=Source.objects.all(), now=now)[0].is_silent


def test_a_source_that_says_nothing_in_its_hours_is_silent(now: datetime) -> None:
    spoken(now - timedelta(minutes=31))
    assert is_silent(now)


def test_a_source_that_spoke_lately_is_not(now: datetime) -> None:
    spoken(now - timedelta(minutes=29))
    assert not is_silent(now)


@pytest.mark.parametrize(
    "fields",
    [{"speaks_on": [5, 6]}, {"speaks_from": time(11)}, {"active": False}, {"speaks_from": time(9, 45)}],
    ids=["another day", "not open yet", "off", "open for a quarter of an hour"],
)
def test_nobody_expects_it_to_speak(now: datetime, fields: dict[str, object]) -> None:
    spoken(now - timedelta(days=1), **fields)
    assert not is_silent(now)


def test_the_clocks_are_the_sources_own(now: datetime) -> None:
    spoken(now - timedelta(days=1), timezone="Asia/Tokyo")
    assert not is_silent(now)


def test_a_silent_source_is_an_alarm_until_it_speaks(now: datetime, clock: time_machine.Traveller) -> None:
    source = spoken(now - timedelta(hours=2))
    assert watching.watch(now=now) == watching.watch(now=now) == 1
    assert Alarm.objects.get().subject == source.name
    clock.shift(timedelta(hours=8))
    watching.watch(now=timezone.now())
    assert Alarm.objects.get().cleared_at is None
    FeedMessageFactory(source=source, received_at=timezone.now())
    watching.watch(now=timezone.now())
    assert Alarm.objects.get().cleared_at is not None


def test_the_status_says_what_waits_and_where_to_look(now: datetime) -> None:
    source = spoken(now - timedelta(minutes=2))
    FeedMessageFactory(source=source, status="received", received_at=now - timedelta(minutes=5))
    ParkedFactory(message=FeedMessageFactory(source=source, status="parked", received_at=now))
    line, settle, _ = health_lines.lines(now=now)
    assert line.value == "last message 0 s ago; 1 to be handled, the oldest for 5 min; 1 waits for a person"
    assert (line.look, settle.look) == (True, False)


def test_without_a_source_there_is_no_line(now: datetime) -> None:
    assert health_lines.lines(now=now) == []


def test_the_doctor_tells_of_feeds(clock: time_machine.Traveller) -> None:
    source = SourceFactory()
    TodoFactory()
    told = StringIO()
    call_command("doctor", stdout=told)
    assert f"ok      Feed {source.name}: last message never" in told.getvalue()
    assert "LOOK    Feeds: visits to settle: 1" in told.getvalue()


def test_a_monitor_reads_each_source(now: datetime) -> None:
    source = spoken(now - timedelta(minutes=31))
    told = generate_latest(gauging.registry(now=now)).decode()
    label = f'{{source="{source.name}"}}'
    assert f"clinic_waitlist_feed_silent{label} 1.0" in told
    assert f"clinic_waitlist_feed_messages_last_hour{label} 1.0" in told


def write_backs(now: datetime) -> None:
    due = {"next_attempt_at": now}
    WriteBackFactory(status="queued", created_at=now - timedelta(minutes=3), **due)
    WriteBackFactory(status="unknown", created_at=now - timedelta(minutes=8), **due)
    WriteBackFactory(status="by_hand", created_at=now - timedelta(hours=2))
    WriteBackFactory(status="done", created_at=now - timedelta(hours=9))


def test_the_status_says_what_the_ehr_has_still_to_learn(now: datetime) -> None:
    write_backs(now)
    line = health_lines.lines(now=now)[-1]
    due, unknown, by_hand = line.value.split("; ")
    assert due == "1 to be sent, the oldest for 3 min"
    assert unknown == "1 NOT KNOWN to have been taken, the oldest for 8 min"
    assert by_hand == "1 for staff to enter, the oldest for 2 h"
    assert (line.name, line.look) == ("Bookings for the EHR", True)


def test_what_has_just_been_booked_is_no_reason_to_look(now: datetime) -> None:
    WriteBackFactory(status="queued", next_attempt_at=now)
    assert not health_lines.lines(now=now)[-1].look


def test_a_monitor_reads_what_the_ehr_has_still_to_learn(now: datetime) -> None:
    write_backs(now)
    told = generate_latest(gauging.registry(now=now)).decode()
    for heap, seconds in (("due", 180.0), ("unknown", 480.0), ("by_hand", 7200.0)):
        assert f'clinic_waitlist_write_backs{{heap="{heap}"}} 1.0' in told
        assert f'clinic_waitlist_write_backs_oldest_age_seconds{{heap="{heap}"}} {seconds}' in told


def test_how_long_an_answer_takes_is_counted_by_door() -> None:
    labels = {"door": "test", "answer": "AA"}
    timing.answered(door="test", answer="AA", seconds=0.004)
    assert REGISTRY.get_sample_value("clinic_waitlist_feed_answer_seconds_count", labels) == 1


def test_a_look_asks_as_many_queries_for_six_sources_as_for_two(now: datetime) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            ParkedFactory()
        with CaptureQueriesContext(connection) as queries:
            health.look(sources=Source.objects.all(), now=now)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_source_without_a_key_stops_the_start(settings: object) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []  # type: ignore[attr-defined]
    found = checks.run_checks(databases=["default"])
    assert "integrations.E001" not in [one.id for one in found]
    SourceFactory()
    found = checks.run_checks(databases=["default"])
    assert "integrations.E001" in [one.id for one in found]
