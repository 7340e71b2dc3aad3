"""Checkpoints go to their second place, and files that nobody names are cleared away, apart from
whatever else the worker does.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections

from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, acting

from .services import deposits, files

LOOK_EVERY = 60.0
SWEEP_EVERY = 86_400.0


def _tick() -> None:
    close_old_connections()
    deposits.send_waiting(now())


def _sweep() -> None:
    close_old_connections()
    with acting(SYSTEM, read_only=True):
        files.sweep(time.time())


async def follow() -> None:
    swept = 0.0
    while True:
        if time.monotonic() - swept > SWEEP_EVERY:
            swept = time.monotonic()
            with contextlib.suppress(OperationalError):
                await sync_to_async(_sweep, thread_sensitive=False)()
        with contextlib.suppress(OperationalError):
            # In a thread of its own: a mail server that does not answer holds up nothing else.
            await sync_to_async(_tick, thread_sensitive=False)()
        await asyncio.sleep(LOOK_EVERY)
