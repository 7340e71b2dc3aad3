"""A body that stops or drips is as a sender who has gone; a whole one is waited for no more."""

from __future__ import annotations

import asyncio

import pytest

from anyuan.config import bodies


def run(monkeypatch, pieces, *, pause=0.05, first=10.0):
    """What an application gets of a body whose pieces come so (seconds before each, bytes)."""
    monkeypatch.setattr(bodies, "PAUSE", pause)
    monkeypatch.setattr(bodies, "FIRST", first)
    left = list(pieces)
    got = []

    async def receive():
        if not left:
            await asyncio.sleep(30)
        wait, body = left.pop(0)
        await asyncio.sleep(wait)
        return {"type": "http.request", "body": body, "more_body": body != b"end"}

    async def application(_scope, take, _send):
        while True:
            message = await take()
            got.append(message.get("body", message["type"]))
            if message["type"] == "http.disconnect" or not message["more_body"]:
                return

    asyncio.run(
        bodies.bounded(application)(
            {"type": "http", "headers": [(b"content-length", b"9")]}, receive, None
        )
    )
    return got


def test_a_whole_body_comes_through(monkeypatch):
    assert run(monkeypatch, [(0, b"one"), (0.01, b"two"), (0, b"end")]) == [b"one", b"two", b"end"]


@pytest.mark.parametrize("pieces", [[], [(0, b"one")], [(0, b"one"), (0.2, b"end")]])
def test_whoever_stops_has_gone(monkeypatch, pieces):
    assert run(monkeypatch, pieces)[-1] == "http.disconnect"


def test_whoever_drips_has_gone(monkeypatch):
    dripped = [(0.02, b"x")] * 100
    got = run(monkeypatch, dripped, first=0.2)
    assert got[-1] == "http.disconnect" and len(got) < 30


def test_after_a_whole_body_nothing_is_hurried(monkeypatch):
    monkeypatch.setattr(bodies, "PAUSE", 0.01)
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        if messages:
            return messages.pop()
        await asyncio.sleep(0.1)
        return {"type": "http.disconnect"}

    async def application(_scope, take, _send):
        assert (await take())["type"] == "http.request"
        assert (await take())["type"] == "http.disconnect"

    asyncio.run(
        bodies.bounded(application)(
            {"type": "http", "headers": [(b"content-length", b"9")]}, receive, None
        )
    )
