"""Live pages: what changes while a page is on its way to its reader is not lost."""

from __future__ import annotations

import asyncio

import pytest

from anyuan.kernel import live


@pytest.mark.parametrize(
    ("hears_since", "verdicts_at", "since", "told"),
    [
        (10.0, 0.0, 20.0, False),  # nothing changed since the page was made
        (10.0, 21.0, 20.0, True),  # something did, before the page listened
        (10.0, 20.0, 20.0, True),
        (30.0, 0.0, 20.0, True),  # this process began to hear later: nobody knows
        (float("inf"), 0.0, 20.0, True),  # it hears nothing yet
    ],
)
def test_a_stream_begins_with_what_was_missed(hears_since, verdicts_at, since, told, monkeypatch):
    async def first():
        hub = live.Hub()
        hub._hears_since, hub._verdicts_at = hears_since, verdicts_at
        hub._task = asyncio.get_running_loop().create_future()  # nothing comes
        monkeypatch.setattr(live, "HEARTBEAT", 0.05)
        return await anext(hub.read(hub.open(1, since)))

    assert asyncio.run(first()) == ({"topic": "verdicts"} if told else None)


def opened(hub, whose):
    return hub.open(whose, 20.0)


def test_of_one_persons_streams_the_oldest_ends_and_others_stay(monkeypatch):
    async def scenario():
        monkeypatch.setattr(live, "HEARTBEAT", 0.05)
        hub = live.Hub()
        hub._hears_since = 10.0
        hub._task = asyncio.get_running_loop().create_future()
        other = opened(hub, "somebody else")
        mine = [opened(hub, "me") for _i in range(live.MOST_OF_ONE)]
        opened(hub, "me")
        ended = [m async for m in hub.read(mine[0])]
        assert await anext(hub.read(mine[1])) is None
        assert await anext(hub.read(other)) is None
        return ended

    assert asyncio.run(scenario()) == []


def test_streams_are_bounded_in_all_and_in_time(monkeypatch):
    async def scenario():
        monkeypatch.setattr(live, "MOST_STREAMS", 3)
        monkeypatch.setattr(live, "HEARTBEAT", 0.01)
        monkeypatch.setattr(live, "LONGEST_STREAM", 0.05)
        hub = live.Hub()
        hub._hears_since = 10.0
        hub._task = asyncio.get_running_loop().create_future()
        first, *_others = [opened(hub, whose) for whose in range(3)]
        with pytest.raises(live.Full):
            opened(hub, 4)
        beats = [m async for m in hub.read(first)]
        assert beats and set(beats) == {None}
        return opened(hub, 4)

    assert asyncio.run(scenario())


def test_who_does_not_read_holds_back_nobody():
    async def scenario():
        hub = live.Hub()
        hub._hears_since = 10.0
        hub._task = asyncio.get_running_loop().create_future()
        queue = opened(hub, "asleep")
        for n in range(500):
            live._put(queue, {"topic": "verdicts", "n": n})
        return queue.qsize(), (await queue.get())["n"]

    assert asyncio.run(scenario()) == (100, 400)
