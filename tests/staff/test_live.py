"""The stream that open boards listen to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection
from django.test import AsyncClient, Client

from offers import pausing
from offers.models import Cancellation
from staff import live
from staff.roles import FRONT_DESK
from tests.factories import CancellationFactory, UserFactory, in_hours

pytestmark = pytest.mark.django_db(transaction=True)
Told = Callable[[AsyncIterator[bytes]], Awaitable[Any]]


@pytest.fixture
def desk() -> User:
    user: User = UserFactory(roles=[FRONT_DESK])
    return user


def alone(awaited: Any) -> Any:
    """In a thread of its own: a browser that other tests drive has its loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, awaited).result()


def listening(user: User, then: Told) -> Any:
    """What `then` makes of the stream, once it has begun."""

    async def run() -> Any:
        client = AsyncClient()
        await client.aforce_login(user)
        response: Any = await client.get("/live/")
        assert response.headers["Content-Type"] == "text/event-stream"
        chunks = aiter(response.streaming_content)
        assert b"event: changed" in await anext(chunks)
        try:
            return await then(chunks)
        finally:
            await chunks.aclose()

    return alone(run())


def ears() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND query = 'LISTEN board'"
        )
        found: int = cursor.fetchone()[0]
    connection.close()
    return found


def backends() -> set[int]:
    """Everybody who is connected, but the ear and whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND query <> 'LISTEN board' AND pid <> pg_backend_pid()"
        )
        found = {row[0] for row in cursor.fetchall()}
    connection.close()
    return found


def pause(slot: Cancellation) -> None:
    pausing.pause(cancellation_id=slot.pk, by="frontdesk", now=in_hours(0))
    connection.close()


def test_no_stream_says_its_first_word_before_it_listens(desk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = psycopg.AsyncConnection.connect

    async def slowly(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0.3)
        return await connect(*args, **kwargs)

    async def nothing(chunks: AsyncIterator[bytes]) -> int:
        count: int = await sync_to_async(ears)()
        return count

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", slowly)
    assert listening(desk, nothing) == 1


def test_a_change_of_a_slot_is_told_at_once(desk: User, capsys: pytest.CaptureFixture[str]) -> None:
    slot = CancellationFactory.create()

    async def change(chunks: AsyncIterator[bytes]) -> float:
        waiting = asyncio.ensure_future(anext(chunks))
        await sync_to_async(pause)(slot)
        committed = time.perf_counter()
        assert await asyncio.wait_for(waiting, 5) == live.CHANGED.encode()
        return time.perf_counter() - committed

    delay = listening(desk, change)
    with capsys.disabled():
        print(f"\nA change is on its way to an open board {max(0.0, delay) * 1000:.1f} ms after its commit")  # noqa: T201


def test_nothing_is_told_while_nothing_changes(desk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SILENCE_SECONDS", 0.2)
    heard = listening(desk, anext)
    assert heard == live.STILL_HERE.encode()


def test_the_stream_says_that_something_changed_and_never_what() -> None:
    assert live.CHANGED == "event: changed\ndata:\n\n"


def test_streams_share_one_ear_and_keep_no_connection_of_their_own(desk: User) -> None:
    # In a thread of its own, as the one of the views would have the connection that is looked for.
    connected = sync_to_async(backends, thread_sensitive=False)

    async def second(chunks: AsyncIterator[bytes]) -> tuple[set[int], int]:
        before, client = await connected(), AsyncClient()
        await client.aforce_login(desk)
        other = aiter((await client.get("/live/")).streaming_content)  # type: ignore[attr-defined]
        await anext(other)
        kept = await connected() - before
        count: int = await sync_to_async(ears)()
        await other.aclose()
        return kept, count

    assert listening(desk, second) == (set(), 1)


def test_the_ear_is_gone_with_the_last_stream(desk: User) -> None:
    async def nothing(chunks: AsyncIterator[bytes]) -> None:
        return None

    listening(desk, nothing)
    assert not live.listener.is_listening


def test_a_stream_ends_when_postgresql_hangs_up_so_that_the_board_looks_by_itself(desk: User) -> None:
    def hang_up() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query = 'LISTEN board'"
            )
        connection.close()

    async def cut(chunks: AsyncIterator[bytes]) -> list[bytes]:
        await sync_to_async(hang_up)()
        return [chunk async for chunk in chunks]

    assert set(listening(desk, cut)) <= {live.CHANGED.encode()}


def test_a_stream_ends_after_its_time_so_that_the_login_is_looked_at_again(
    desk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(live, "LIFETIME_SECONDS", 0.2)

    async def rest(chunks: AsyncIterator[bytes]) -> list[bytes]:
        return [chunk async for chunk in chunks]

    assert set(listening(desk, rest)) == {live.STILL_HERE.encode()}


def test_nobody_hears_without_a_login() -> None:
    response: Any = alone(AsyncClient().get("/live/"))
    assert response.status_code == 302


def test_there_is_no_stream_where_it_would_hold_a_thread(client: Client, desk: User) -> None:
    client.force_login(desk)
    assert client.get("/live/").status_code == 404
