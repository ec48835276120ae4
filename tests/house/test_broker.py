"""Wake-ups through a real Redis, by the transport that keeps its client."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from kombu import Connection

from tests.house.test_one_process import free_port

TRANSPORT = "clinic_waitlist.broker:Transport"


@pytest.fixture
def redis_port() -> Iterator[int]:
    """A Redis of the test's own."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    words = ("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as server:
        client = redis.Redis(port=port)
        for _ in range(500):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.02)
        client.close()
        yield port
        server.terminate()


@pytest.fixture
def broker(redis_port: int) -> Iterator[Connection]:
    with Connection(f"redis://127.0.0.1:{redis_port}/0", transport=TRANSPORT) as connection:
        yield connection


def length(port: int) -> int:
    with redis.Redis(port=port) as client:
        return int(client.llen("wake-ups"))


def test_a_channel_keeps_its_client(broker: Connection) -> None:
    channel: Any = broker.default_channel
    assert channel._create_client() is channel._create_client()


def test_a_channel_that_has_lost_its_connections_publishes_again(broker: Connection, redis_port: int) -> None:
    queue = broker.SimpleQueue("wake-ups")
    queue.put({"ids": [1]})
    channel: Any = queue.channel
    before = channel._create_client()
    channel._disconnect_pools()
    queue.put({"ids": [2]})
    assert length(redis_port) == 2
    assert channel._create_client() is not before
    queue.close()


def test_threads_that_share_a_channel_lose_no_wake_up(broker: Connection, redis_port: int) -> None:
    queue = broker.SimpleQueue("wake-ups")

    def publish() -> None:
        for number in range(50):
            queue.put({"ids": [number]})

    threads = [threading.Thread(target=publish) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert length(redis_port) == 400
    queue.close()
