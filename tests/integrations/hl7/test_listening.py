"""The listener under fire: what senders and networks do to it."""

from __future__ import annotations

import asyncio
import threading
import tracemalloc

import pytest

from tests.integrations.hl7.listeners import (
    MESSAGE,
    TOO_LARGE,
    Running,
    Sender,
    echo,
    fail,
    framed,
    limits,
    play,
    running,
)

MEGABYTE = 1_048_576


def test_a_message_that_comes_byte_by_byte_is_answered() -> None:
    async def scene() -> None:
        async with running() as listener:
            sender = await listener.sender()
            for byte in framed(MESSAGE):
                await sender.send(bytes([byte]))
                await asyncio.sleep(0)
            assert await sender.answer() == echo(MESSAGE)

    play(scene)


def test_ten_frames_in_one_packet_are_answered_in_their_order() -> None:
    async def scene() -> None:
        messages = [MESSAGE + b"NTE|%d\r" % number for number in range(10)]
        async with running() as listener:
            sender = await listener.sender()
            await sender.send(framed(*messages))
            assert [await sender.answer() for _ in messages] == [echo(message) for message in messages]

    play(scene)


def test_garbage_before_a_frame_is_no_reason_to_hang_up() -> None:
    async def scene() -> None:
        async with running() as listener:
            sender = await listener.sender()
            await sender.send(b"GET / HTTP/1.1\r\n\r\n\x1c\r" + b"x" * 300_000 + framed(MESSAGE))
            assert await sender.answer() == echo(MESSAGE)

    play(scene)


def test_an_empty_answer_is_not_sent() -> None:
    async def scene() -> None:
        async with running(take=lambda body: b"" if b"quiet" in body else echo(body)) as listener:
            sender = await listener.sender()
            await sender.send(framed(b"quiet", MESSAGE))
            assert await sender.answer() == echo(MESSAGE)

    play(scene)


def test_a_frame_of_20_mb_is_refused_and_the_connection_closed() -> None:
    async def scene() -> None:
        async with running() as listener:
            sender = await listener.sender()
            await sender.send(b"\x0b" + MESSAGE)
            for _ in range(20):
                await sender.send(b"x" * MEGABYTE)
            assert await sender.answer() == TOO_LARGE + MESSAGE[:8]
            sender.writer.write_eof()
            assert await sender.answer() == b""

    play(scene)


def test_frames_of_20_mb_side_by_side_take_no_more_than_their_limit() -> None:
    async def flood(listener: Running) -> None:
        sender = await listener.sender()
        piece = b"x" * 65_536
        await sender.send(b"\x0b")
        for _ in range(320):
            await sender.send(piece)

    async def scene() -> None:
        async with running() as listener:
            tracemalloc.start()
            await asyncio.gather(*(flood(listener) for _ in range(8)))
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert peak < 20 * MEGABYTE

    play(scene)


def test_a_reset_in_the_middle_of_a_frame_harms_nobody_else() -> None:
    async def scene() -> None:
        async with running() as listener:
            broken, sender = await listener.sender(), await listener.sender()
            await broken.send(framed(MESSAGE)[:9])
            broken.reset()
            await sender.send(framed(MESSAGE))
            assert await sender.answer() == echo(MESSAGE)

    play(scene)


def test_half_a_message_is_never_taken() -> None:
    taken: list[bytes] = []

    def take(body: bytes) -> bytes:
        taken.append(body)
        return echo(body)

    async def scene() -> None:
        async with running(take=take) as listener:
            sender = await listener.sender()
            await sender.send(framed(MESSAGE)[:-1])
            sender.writer.close()
            await sender.writer.wait_closed()
            await asyncio.sleep(0.05)

    play(scene)
    assert taken == []


@pytest.mark.parametrize("begun", [b"", b"\x0bMSH|^~"], ids=["idle", "in a frame"])
def test_a_sender_that_falls_silent_is_left(begun: bytes) -> None:
    async def scene() -> None:
        async with running(limits=limits(idle_seconds=0.2, frame_seconds=0.2)) as listener:
            sender = await listener.sender()
            await sender.send(begun)
            assert await sender.answer() == b""

    play(scene)


def test_a_sender_without_the_last_cr_is_answered_once_nothing_follows() -> None:
    async def scene() -> None:
        async with running(limits=limits(end_seconds=0.1)) as listener:
            sender = await listener.sender()
            for _ in range(2):
                await sender.send(framed(MESSAGE)[:-1])
                assert await sender.answer() == echo(MESSAGE)

    play(scene)


def test_with_every_thread_held_up_each_message_is_answered_as_failed_and_the_next_ones_as_ever() -> None:
    leave = threading.Event()

    def hang(body: bytes) -> bytes:
        leave.wait(20)
        return echo(body)

    async def scene() -> None:
        async with running(take=hang, limits=limits(threads=1, answer_seconds=0.2)) as listener:
            senders = [await listener.sender() for _ in range(3)]
            for sender in senders:
                await sender.send(framed(MESSAGE))
            assert [await sender.answer() for sender in senders] == [fail(MESSAGE)] * 3
            leave.set()
            await senders[0].send(framed(MESSAGE))
            assert await senders[0].answer() == echo(MESSAGE)

    play(scene)


def test_a_sender_that_drips_bytes_is_left_as_well() -> None:
    async def scene() -> None:
        async with running(limits=limits(frame_seconds=0.3)) as listener:
            sender = await listener.sender()
            sender.writer.write(b"\x0bMSH")
            answer = asyncio.create_task(sender.answer())
            while not answer.done():
                sender.writer.write(b"x")
                await asyncio.sleep(0.05)
            assert answer.result() == b""

    play(scene)


def test_a_long_silence_between_frames_does_not_count_against_the_next_one() -> None:
    async def scene() -> None:
        async with running(limits=limits(frame_seconds=0.3)) as listener:
            sender = await listener.sender()
            await sender.send(framed(MESSAGE))
            await sender.answer()
            await asyncio.sleep(0.5)
            await sender.send(framed(MESSAGE)[:4])
            await asyncio.sleep(0.05)
            await sender.send(framed(MESSAGE)[4:])
            assert await sender.answer() == echo(MESSAGE)

    play(scene)


async def talk_on(sender: Sender) -> None:
    async with asyncio.timeout(10):
        while True:
            await sender.send(framed(MESSAGE) * 1_000)


def test_a_sender_that_reads_no_answers_is_left() -> None:
    async def scene() -> None:
        async with running(take=lambda body: b"y" * MEGABYTE, limits=limits(frame_seconds=0.3)) as listener:
            deaf = await listener.sender()
            with pytest.raises(ConnectionError):
                await talk_on(deaf)

    play(scene)


def test_a_fault_of_ours_ends_that_connection_alone(caplog: pytest.LogCaptureFixture) -> None:
    def take(body: bytes) -> bytes:
        if b"bad" in body:
            raise RuntimeError
        return echo(body)

    async def scene() -> None:
        async with running(take=take) as listener:
            unlucky, sender = await listener.sender(), await listener.sender()
            await unlucky.send(framed(b"bad"))
            assert await unlucky.answer() == b""
            await sender.send(framed(MESSAGE))
            assert await sender.answer() == echo(MESSAGE)

    play(scene)
    assert [record.levelname for record in caplog.records if record.name == "asyncio"] == ["ERROR"]


def test_the_end_waits_for_the_message_at_hand_and_for_nobody_who_is_idle() -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(body: bytes) -> bytes:
        entered.set()
        leave.wait(5)
        return echo(body)

    async def scene() -> None:
        async with running(take=slow) as listener:
            idle, sender = await listener.sender(), await listener.sender()
            await sender.send(framed(MESSAGE))
            await asyncio.to_thread(entered.wait, 5)
            ending = asyncio.create_task(listener.listener.close())
            assert await idle.answer() == b""
            leave.set()
            assert await sender.answer() == echo(MESSAGE)
            await ending
            with pytest.raises(ConnectionError):
                await listener.sender()

    play(scene)
