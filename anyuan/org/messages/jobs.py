"""Sends what waits: when it is announced, and each ten seconds what is to be tried again."""

from __future__ import annotations

import asyncio
import contextlib

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections

from anyuan.kernel import live, manifest
from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, acting

from . import services

LOOK_EVERY = 10.0


def tell_and_send() -> None:
    """Say what has become due of everybody's matters, then send whatever waits."""
    moment = now()
    with acting(SYSTEM):
        for waiting in manifest.opened("to_tell"):
            services.tell_matters(waiting(moment), moment)
    services.send_due(moment)


def _tick() -> None:
    close_old_connections()
    tell_and_send()


async def follow() -> None:
    wake = asyncio.Event()
    listener = asyncio.create_task(live.wake_on(wake, "messages"))
    try:
        while True:
            wake.clear()
            with contextlib.suppress(OperationalError):
                # In a thread of its own: a mail server that does not answer holds up nothing else.
                await sync_to_async(_tick, thread_sensitive=False)()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), LOOK_EVERY)
    finally:
        listener.cancel()
