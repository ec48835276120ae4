"""The listener with many connections, and with all that it takes."""

from __future__ import annotations

import asyncio

from tests.integrations.hl7.listeners import MESSAGE, Running, Sender, echo, framed, limits, play, running


def test_200_idle_connections_hold_nobody_up() -> None:
    async def scene() -> None:
        async with running() as listener:
            idle = [await listener.sender() for _ in range(200)]
            sender = await listener.sender()
            await sender.send(framed(MESSAGE))
            assert await sender.answer() == echo(MESSAGE)
            await idle[0].send(framed(MESSAGE))
            assert await idle[0].answer() == echo(MESSAGE)

    play(scene)


async def begun(listener: Running, data: bytes) -> Sender:
    """A sender that was silent after these bytes, for a while."""
    sender = await listener.sender()
    await sender.send(data)
    await asyncio.sleep(0.05)
    return sender


def test_with_all_connections_in_use_one_more_is_closed_and_the_others_go_on() -> None:
    async def scene() -> None:
        async with running(limits=limits(connections=2)) as listener:
            first, _ = [await begun(listener, framed(MESSAGE)[:4]) for _ in range(2)]
            third = await listener.sender()
            assert await third.answer() == b""
            await first.send(framed(MESSAGE)[4:])
            assert await first.answer() == echo(MESSAGE)

    play(scene)


def test_with_all_connections_taken_the_one_that_is_idle_for_longest_makes_room() -> None:
    async def scene() -> None:
        async with running(limits=limits(connections=3)) as listener:
            busy = await begun(listener, framed(MESSAGE)[:4])
            idle, other = [await begun(listener, b"") for _ in range(2)]
            newest = await listener.sender()
            assert await idle.answer() == b""
            for sender, already in ((newest, 0), (other, 0), (busy, 4)):
                await sender.send(framed(MESSAGE)[already:])
                assert await sender.answer() == echo(MESSAGE)

    play(scene)
