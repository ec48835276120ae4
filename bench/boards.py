"""What an open board costs: the page, a look that finds nothing new, two hundred of them; and the weight."""

from __future__ import annotations

import gzip
import http.client
import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bench import client
from bench.crowd import Crowd
from bench.figures import Figure, median_of
from bench.measures import STRANGER
from bench.stage import Stage
from messaging.models import ProviderEvent
from waitlist.models import WaitlistEntry

RUNS = 25
SLOTS, OFFERS_EACH = 50, 10
BOARDS, EVERY_SECONDS, LASTS_SECONDS = 200, 3.0, 15.0
WATCHERS = 4
KIB = 1024
NOTHING_NEW = 204
# What a browser loads with the page; a picture for a home screen it does not.
LOADED = rb'<(?:script|link rel="(?:stylesheet|icon)")[^>]*?(?:src|href)="/static/([^"]+)"'
PAGES = ("board", "slot-new", "waitlist", "calls", "analytics", "status")


def somebody() -> Client:
    """Whoever may see everything, logged in."""
    users = get_user_model()._default_manager
    user = users.filter(username="bench").first() or users.create_superuser("bench", password=None)
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(user)
    return browser


def server_time(people: Crowd) -> Iterator[Figure]:
    """The board with so many slots and questions, rendered in this process; and a look that finds nothing."""
    fill_board(people)
    browser, address = somebody(), reverse("board")
    what = f"the board with {SLOTS} open slots and {SLOTS * OFFERS_EACH} offers, server time, p50"
    value = median_of(RUNS, lambda number: _ms(browser, address))
    floor = median_of(RUNS, lambda number: _rows_ms())
    yield Figure(
        what=what, value=value, unit="ms", target=40, floor=floor, floor_is="its rows by one SQL statement"
    )
    value = median_of(RUNS, lambda number: _cpu_ms(browser, address))
    yield Figure(what="the same, CPU of this process alone", value=value, unit="ms")
    least = median_of(RUNS, lambda number: _ms(browser, "/healthz"))
    what = "a look at the board that finds nothing new, server time, p50"
    value = median_of(RUNS, lambda number: _nothing_new_ms(browser))
    yield Figure(what=what, value=value, unit="ms", target=5, floor=least, floor_is="/healthz")


def list_time(people: Crowd) -> Iterator[Figure]:
    """A page of a long list, rendered in this process: its first, one in the middle, and with a filter."""
    browser, first = somebody(), f"{reverse('waitlist')}?clinic={people.clinic.pk}"
    entries = WaitlistEntry.objects.filter(clinic=people.clinic, status="waiting")
    floor = median_of(RUNS, lambda number: _counted_ms(entries))
    pages = {"first page": first, "page 1,000": f"{first}&page=1000", "urgent ones": f"{first}&urgent=true"}
    for name, address in pages.items():
        what = f"{name} of a waitlist of {people.size:,} entries, server time, p50"
        value = median_of(RUNS, lambda number, address=address: _ms(browser, address))  # type: ignore[misc]
        yield Figure(
            what=what, value=value, unit="ms", target=60, floor=floor, floor_is="its entries counted"
        )
        value = median_of(RUNS, lambda number, address=address: _cpu_ms(browser, address))  # type: ignore[misc]
        yield Figure(what="the same, CPU of this process alone", value=value, unit="ms")
    value = median_of(RUNS, lambda number: _sorted_ms(browser, first))
    yield Figure(what="its first page after somebody in line has changed", value=value, unit="ms")
    depths = f"{reverse('waitlist-depths')}?clinic={people.clinic.pk}"
    value = median_of(RUNS, lambda number: _ms(browser, depths))
    yield Figure(what="how deep it is, counted beside the page", value=value, unit="ms")


def _sorted_ms(browser: Client, address: str) -> float:
    """After somebody in line has changed."""
    cache.clear()
    return _ms(browser, address)


def _counted_ms(entries: QuerySet[WaitlistEntry]) -> float:
    started = time.perf_counter()
    entries.count()
    return (time.perf_counter() - started) * 1000


def _ms(browser: Client, address: str) -> float:
    started = time.perf_counter()
    answer = browser.get(address)
    took = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return took


def _cpu_ms(browser: Client, address: str) -> float:
    """What a busy machine does not change."""
    began = time.process_time()
    browser.get(address)
    return (time.process_time() - began) * 1000


def _nothing_new_ms(browser: Client) -> float:
    # Every half minute all boards look again: then the first version has ended before the look.
    for _ in range(2):
        address = _next_look(browser.get(reverse("board")).content.decode())
        started = time.perf_counter()
        answer = browser.get(address)
        took = (time.perf_counter() - started) * 1000
        if answer.status_code == NOTHING_NEW:
            return took
    raise RuntimeError("the board is never the same twice")


def _next_look(page: str) -> str:
    """Where the board on this page looks next; the bell on it looks elsewhere."""
    found = re.search(rf'hx-get="({reverse("board-fragment")}[^"]+)"', page)
    return found.group(1) if found else ""


def _rows_ms() -> float:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(_ROWS)
        "".join(f"<li>{row}</li>" for row in cursor.fetchall())
    return (time.perf_counter() - started) * 1000


_ROWS = """
    SELECT c.id, c.starts_at, c.status, o.id, o.rank, o.score, o.status, o.hold_expires_at, p.first_name,
        p.last_name, m.status
    FROM offers_cancellation c JOIN offers_offer o ON o.cancellation_id = c.id
    JOIN clinic_patient p ON p.id = o.patient_id
    LEFT JOIN messaging_message m ON m.logical_key = 'offer:' || o.id
    WHERE c.status = 'offering' ORDER BY c.starts_at, o.rank
"""


def fill_board(people: Crowd) -> None:
    """Slots of which each has its questions out, as the rounds would have made them."""
    now = timezone.now()
    params: dict[str, Any] = {
        "slots": SLOTS,
        "each": OFFERS_EACH,
        "clinic": people.clinic.pk,
        "provider": people.provider.pk,
        "type": people.visit_type.pk,
        "first": now.replace(minute=0, second=0, microsecond=0) + timedelta(days=300),
        "now": now,
    }
    with connection.cursor() as cursor:
        for statement in _FILL:
            cursor.execute(statement, params)
        cursor.execute("ANALYZE")


_FILL = (
    """INSERT INTO offers_cancellation (clinic_id, provider_id, visit_type_id, starts_at, ends_at, reason,
            status, unfilled_reason, next_step_at, waiting_for, grace_ends_at, logged_by, paused_by,
            created_at, changed_at)
        SELECT %(clinic)s, %(provider)s, %(type)s, %(first)s + n * interval '30 minutes',
            %(first)s + n * interval '30 minutes' + interval '30 minutes', '', 'offering', '',
            %(now)s + interval '7 hours', 'answers', %(now)s, 'board', '', %(now)s, %(now)s
        FROM generate_series(1, %(slots)s) n""",
    """INSERT INTO offers_round (cancellation_id, number, started_at, places, policy_version, eligible_count,
            entry_ids, reasons, parts)
        SELECT id, 1, %(now)s, %(each)s, 'bench', 0, '{}', '{}', '{}'
        FROM offers_cancellation WHERE logged_by = 'board'""",
    """WITH slot AS (
            SELECT c.id, r.id AS round_id, row_number() OVER (ORDER BY c.id) - 1 AS n
            FROM offers_cancellation c JOIN offers_round r ON r.cancellation_id = c.id
            WHERE c.logged_by = 'board'
        ), entry AS (
            SELECT e.id, e.patient_id, p.phone, row_number() OVER (ORDER BY e.id DESC) - 1 AS n
            FROM waitlist_waitlistentry e JOIN clinic_patient p ON p.id = e.patient_id
            WHERE e.clinic_id = %(clinic)s AND e.status = 'waiting'
                AND NOT EXISTS (SELECT 1 FROM offers_offer o WHERE o.entry_id = e.id)
            ORDER BY e.id DESC LIMIT %(slots)s * %(each)s
        )
        INSERT INTO offers_offer (cancellation_id, round_id, entry_id, patient_id, phone, status, rank,
            score, parts, hold_expires_at, created_at)
        SELECT slot.id, slot.round_id, entry.id, entry.patient_id, entry.phone, 'pending',
            1 + entry.n %% %(each)s, 0, 2, %(now)s + interval '7 hours', %(now)s
        FROM slot JOIN entry ON entry.n / %(each)s = slot.n""",
    """INSERT INTO messaging_message (uuid, direction, kind, channel, "to", from_number, body, status,
            logical_key, twilio_sid, error_code, skip_reason, related, outcome, attention, priority, attempt,
            status_rank, created_at, sent_at, changed_at)
        SELECT gen_random_uuid(), 'outbound', 'offer', 'sms', o.phone, '+15005550006', 'An earlier time',
            'sent', 'offer:' || o.id, 'SMboard' || o.id, '', '',
            jsonb_build_object('offer', o.id, 'cancellation', o.cancellation_id, 'patient', o.patient_id), '',
            '', 1, 1, 4, %(now)s, %(now)s, %(now)s
        FROM offers_offer o WHERE o.parts = 2""",
)


def open_boards(stage: Stage) -> Iterator[Figure]:
    """Two hundred boards that look every three seconds, as they do without a stream, and texts coming in."""
    texts = [client.text(url=stage.url, sender=STRANGER) for _ in range(int(LASTS_SECONDS * 20))]
    # A server that has just started is another thing to measure.
    client.post_all(stage.web_port, texts[:100], per_second=20)
    texts = [client.text(url=stage.url, sender=STRANGER) for _ in range(int(LASTS_SECONDS * 20))]
    alone = client.post_all(stage.web_port, texts, per_second=20).percentile(0.99) * 1000
    cookie = "; ".join(f"{name}={held.value}" for name, held in somebody().cookies.items())
    first = _Board(stage.web_port, cookie, reverse("board-fragment"))
    first.look()
    boards = [_Board(stage.web_port, cookie, first.address) for _ in range(BOARDS)]
    stop = threading.Event()
    watchers = [
        threading.Thread(target=_watch, args=(boards[first::WATCHERS], first, stop))
        for first in range(WATCHERS)
    ]
    began = time.perf_counter()
    for watcher in watchers:
        watcher.start()
    time.sleep(EVERY_SECONDS)
    texts = [client.text(url=stage.url, sender=STRANGER) for _ in range(int(LASTS_SECONDS * 20))]
    among = client.post_all(stage.web_port, texts, per_second=20).percentile(0.99) * 1000
    stop.set()
    for watcher in watchers:
        watcher.join()
    rate = sum(board.looks for board in boards) / (time.perf_counter() - began)
    due = BOARDS / EVERY_SECONDS
    what = f"looks a second of {BOARDS} boards, {due:.0f} due"
    yield Figure(what=what, value=rate, unit="/s", target=due * 0.9, better="higher")
    what = f"YES webhook, 20/s, p99 while {BOARDS} boards look every {EVERY_SECONDS:g} s"
    yield Figure(what=what, value=among, unit="ms", target=50, floor=alone, floor_is="no board open")
    ProviderEvent.objects.all().delete()


class _Board:
    """One browser's board: it looks with the version of the page that it shows."""

    def __init__(self, port: int, cookie: str, address: str) -> None:
        self.port, self.cookie, self.address, self.looks = port, cookie, address, 0

    def look(self) -> None:
        """By a connection of its own: between two looks the server has closed the last one."""
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        door.request("GET", self.address, headers={"Cookie": self.cookie})
        answer = door.getresponse()
        words = answer.read().decode()
        door.close()
        if answer.status not in (200, NOTHING_NEW):
            raise RuntimeError(f"a board was answered {answer.status}")
        self.address = _next_look(words) or self.address
        self.looks += 1


def _watch(boards: list[_Board], first: int, stop: threading.Event) -> None:
    """Let each board look at its own moment of every EVERY_SECONDS."""
    began, pause = time.perf_counter() + EVERY_SECONDS * first / BOARDS, EVERY_SECONDS / len(boards)
    number = 0
    while not stop.wait(max(0.0, began + number * pause - time.perf_counter())):
        boards[number % len(boards)].look()
        number += 1


def weight() -> Iterator[Figure]:
    """Each page with all that it loads, compressed as a server in front of it sends it."""
    browser = somebody()
    for name in PAGES:
        page = browser.get(reverse(name)).content
        files = set(re.findall(LOADED, page))
        total = len(gzip.compress(page)) + sum(_compressed(path.decode()) for path in files)
        what = f"weight of the page {name}, compressed, with all it loads"
        yield Figure(what=what, value=total / KIB, unit="KiB", target=100)


def _compressed(path: str) -> int:
    found = finders.find(path)
    if not found:
        raise RuntimeError(f"no file for {path}")
    with open(found, "rb") as file:
        return len(gzip.compress(file.read()))
