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
        return await anext(hub.stream(since))

    assert asyncio.run(first()) == ({"topic": "verdicts"} if told else None)
