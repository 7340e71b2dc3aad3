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
    """Give this thread's database connection back before something that lasts; not inside a
    transaction.
    """
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
    """Set an event whenever something of a topic is announced, and when listening begins anew:
    something may have been missed.
    """
    async for message in messages():
        if message["topic"] in {topic, "connected"}:
            wake.set()


def _parameters() -> dict[str, Any]:
    # get_connection_params adds Django's own cursor and adapter settings, which a bare link does
    # not need.
    wanted = {"dbname", "user", "password", "host", "port", "options"}
    return {k: v for k, v in connection.get_connection_params().items() if k in wanted}


# Our own bounds. A browser keeps six connections to one place; a process holds many more streams
# than people have pages open, and far fewer than connections.
MOST_STREAMS, MOST_OF_ONE = 2000, 6
LONGEST_STREAM = 3600.0  # seconds; the page asks again
Queue = asyncio.Queue[dict[str, object]]
ENDED: dict[str, object] = {"topic": "ended"}


class Full(Exception):
    """This process holds as many streams as it may."""


class Hub:
    """Fans messages out to the streams of this process."""

    def __init__(self) -> None:
        self._streams: dict[Queue, object] = {}  # whose each is, the oldest first
        self._task: asyncio.Task[None] | None = None
        # Since when this process hears everything, and when it last heard of verdicts; seconds of
        # the epoch.
        self._hears_since = float("inf")
        self._verdicts_at = 0.0

    async def _run(self) -> None:
        async for message in messages():
            if message["topic"] == "connected":
                self._hears_since = time.time()
            if message["topic"] == "verdicts":
                self._verdicts_at = time.time()
            for queue in self._streams:
                _put(queue, message)

    def open(self, whose: object, since: float) -> Queue:
        """A new stream of somebody; of theirs the oldest ends if there are too many.

        It begins with a message about verdicts if they may have changed since a moment: what
        changes while a page is on its way to its reader would else be seen only with the next
        change.

        :raises Full:
        """
        own = [queue for queue, owner in self._streams.items() if owner == whose]
        for queue in own[: max(0, len(own) - MOST_OF_ONE + 1)]:
            self.close(queue)
            _put(queue, ENDED)
        if len(self._streams) >= MOST_STREAMS:
            raise Full
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        queue = Queue(maxsize=100)
        self._streams[queue] = whose
        if self._verdicts_at >= since or self._hears_since > since:
            queue.put_nowait({"topic": "verdicts"})
        return queue

    def close(self, queue: Queue) -> None:
        self._streams.pop(queue, None)

    async def read(self, queue: Queue) -> AsyncIterator[dict[str, object] | None]:
        """Yield messages, and None each time nothing came for a heartbeat, until the stream has
        lasted long enough.
        """
        until = time.monotonic() + LONGEST_STREAM
        try:
            while time.monotonic() < until:
                try:
                    message = await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    yield None
                    continue
                if message is ENDED:
                    return
                yield message
        finally:
            self.close(queue)


def _put(queue: Queue, message: dict[str, object]) -> None:
    """Whoever does not read loses the oldest; a page asks anew whatever it is told."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(message)


hub = Hub()
