"""Owns live pages: one LISTEN per process, fanned out to server-sent event streams."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from django.db import connection

log = logging.getLogger(__name__)
CHANNEL = "anyuan"
HEARTBEAT = 20.0


def notify(topic: str, **data: object) -> None:
    """Tell listeners, when and only when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps({"topic": topic, **data})])


def release_connection() -> None:
    """Give this thread's database connection back before something that lasts; not inside a transaction."""
    if not connection.in_atomic_block:
        connection.close()


async def messages() -> AsyncIterator[dict[str, object]]:
    """Yield every message of the channel, reconnecting for as long as it is read."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                **_parameters(), autocommit=True
            ) as link:
                await link.execute(f"LISTEN {CHANNEL}")
                yield {"topic": "connected"}
                async for note in link.notifies():
                    yield json.loads(note.payload)
        except psycopg.OperationalError as error:
            log.warning("listening interrupted: %s", error)
            await asyncio.sleep(1)


async def wake_on(wake: asyncio.Event, topic: str) -> None:
    """Set an event whenever something of a topic is announced, and when listening begins anew: something may have been missed."""
    async for message in messages():
        if message["topic"] in {topic, "connected"}:
            wake.set()


def _parameters() -> dict[str, Any]:
    # get_connection_params adds Django's own cursor and adapter settings, which a bare link does not need.
    wanted = {"dbname", "user", "password", "host", "port", "options"}
    return {k: v for k, v in connection.get_connection_params().items() if k in wanted}


class Hub:
    """Fans messages out to the streams of this process."""

    def __init__(self) -> None:
        self._streams: set[asyncio.Queue[dict[str, object]]] = set()
        self._task: asyncio.Task[None] | None = None
        # Since when this process hears everything, and when it last heard of verdicts; seconds of the epoch.
        self._hears_since = float("inf")
        self._verdicts_at = 0.0

    async def _run(self) -> None:
        async for message in messages():
            if message["topic"] == "connected":
                self._hears_since = time.time()
            if message["topic"] == "verdicts":
                self._verdicts_at = time.time()
            for queue in self._streams:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(message)

    async def stream(self, since: float) -> AsyncIterator[dict[str, object] | None]:
        """Yield messages, and None each time nothing came for a heartbeat.

        Begins with one about verdicts if they may have changed since a moment: what changes while a page is on its way to its reader
        would else be seen only with the next change.
        """
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        queue: asyncio.Queue[dict[str, object]] = asyncio.Queue(maxsize=100)
        self._streams.add(queue)
        if self._verdicts_at >= since or self._hears_since > since:
            queue.put_nowait({"topic": "verdicts"})
        try:
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    yield None
        finally:
            self._streams.discard(queue)


hub = Hub()
