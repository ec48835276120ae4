"""The board under ASGI, where it is told of changes and need not ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from clinic import noticing
from clinic.models import Provider
from messaging.models import Message
from offers import pausing
from offers.models import Cancellation
from tests.browser.conftest import Desk
from tests.factories import AppointmentFactory, CancellationFactory, MessageFactory, in_hours


@pytest.fixture
def served_at(transactional_db: None) -> Iterator[str]:
    """The same pages from the server that the demo uses."""
    # Not by way of clinic_waitlist.asgi, which would close the connections of every test from here on.
    request_finished.connect(close_connections)
    pages = ASGIStaticFilesHandler(ASGIHandler())
    config = uvicorn.Config(pages, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
    request_finished.disconnect(close_connections)


def close_connections(**kwargs: Any) -> None:
    """As clinic_waitlist.asgi does, since each request has a thread of its own."""
    connections.close_all()


def pause(slot: Cancellation) -> None:
    pausing.pause(cancellation_id=slot.pk, by="somebody else", now=timezone.now())


def resume(slot: Cancellation) -> None:
    pausing.resume(cancellation_id=slot.pk, by="somebody else", now=timezone.now())


def listens(page: Page) -> None:
    """Wait until the stream is open. The page's policy forbids the browser's own way of waiting."""
    while not page.evaluate("live.readyState === EventSource.OPEN"):
        page.wait_for_timeout(20)


def test_what_somebody_else_does_is_on_the_board_at_once_and_without_a_timer(desk: Desk) -> None:
    slot = CancellationFactory.create(clinic=desk.clinic, provider=desk.provider)
    # No timer of the page runs from here on: what it learns it is told.
    desk.page.clock.install()
    desk.page.clock.pause_at(timezone.now().replace(year=2040))
    page = desk.go("/")
    card = page.get_by_role("article")
    expect(card).not_to_contain_text("Paused by")
    listens(page)
    pause(slot)
    expect(card).to_contain_text("Paused by somebody else")
    assert desk.page.title().startswith("Board")


def test_a_board_whose_stream_is_cut_looks_by_itself(desk: Desk) -> None:
    slot = CancellationFactory.create(clinic=desk.clinic, provider=desk.provider)
    page = desk.go("/")
    listens(page)
    page.evaluate("live.close()")
    pause(slot)
    expect(page.get_by_role("article")).to_contain_text("Paused by somebody else", timeout=10_000)


# Far more than either takes: what was measured is printed and not judged.
LONGEST_SECONDS = 10


def test_a_change_shows_on_a_board_with_a_stream_and_on_one_that_looks_by_itself(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    slot = CancellationFactory.create(clinic=desk.clinic, provider=desk.provider)
    page = desk.go("/")
    listens(page)
    streamed = shown_after(page, lambda: pause(slot), "Paused by somebody else")
    page.evaluate("live.close()")
    # Right after a look: the next one is three seconds away.
    page.wait_for_event("response", lambda response: "fragment" in response.url)
    polled = shown_after(page, lambda: resume(slot), "Pause")
    with capsys.disabled():
        print(f"\nA change is on the board after {streamed:.2f} s by stream, {polled:.2f} s by looking")  # noqa: T201
    assert 0 < streamed < LONGEST_SECONDS > polled > 0


def shown_after(page: Page, change: Callable[[], None], words: str) -> float:
    """Seconds from the commit of a change until the board shows these words as a card's own."""
    change()
    committed = time.perf_counter()
    page.get_by_role("article").get_by_text(words, exact=words == "Pause").wait_for()
    return time.perf_counter() - committed


def test_a_board_that_is_told_asks_seldom(desk: Desk) -> None:
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url) if "fragment" in request.url else None)
    desk.page.clock.install()
    page = desk.go("/")
    listens(page)
    before = len(asked)
    # In this time a board that is not told asks six times.
    desk.page.clock.run_for(20_000)
    page.wait_for_timeout(200)
    assert len(asked) - before <= 2


def test_the_bell_counts_without_a_reload(desk: Desk) -> None:
    user = get_user_model().objects.get(username=desk.username)
    Provider.objects.filter(pk=desk.provider.pk).update(user=user)
    page = desk.go("/")
    listens(page)
    expect(page.locator("#bell")).not_to_contain_text("unread")
    visit = AppointmentFactory.create(clinic=desk.clinic, provider=desk.provider, starts_at=in_hours(90))
    noticing.tell(visit=visit, about="booked", now=timezone.now())
    expect(page.locator("#bell")).to_contain_text("1 unread")


def test_a_message_that_comes_while_the_list_is_being_fetched_is_fetched_too(desk: Desk) -> None:
    # From here on no timer of the page runs: what it learns it is told.
    desk.page.clock.install()
    desk.page.clock.pause_at(timezone.now().replace(year=2040))
    page = desk.go("/messages/")
    listens(page)
    held: list[Route] = []
    page.route("**/messages/rows/**", lambda route: held.append(route), times=1)
    came("Is it early?")
    while not held:
        page.wait_for_timeout(20)
    answer = held[0].fetch()
    came("Or is it late?")
    page.wait_for_timeout(500)
    held[0].fulfill(response=answer)
    expect(page.get_by_text("Or is it late?")).to_be_visible()


def came(body: str) -> None:
    """A question of a patient's that no program can read."""
    fields = {"kind": "reply", "status": "handled", "logical_key": None, "body": body}
    message = MessageFactory.create(direction="inbound", from_number="+12145550142", **fields)
    Message.objects.filter(pk=message.pk).update(attention="unclear", changed_at=timezone.now())
