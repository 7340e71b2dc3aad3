"""Checkpoints go to their second place, apart from whatever else the worker does."""

from __future__ import annotations

import asyncio
import contextlib

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections

from anyuan.kernel.clock import now

from .services import deposits

LOOK_EVERY = 60.0


def _tick() -> None:
    close_old_connections()
    deposits.send_waiting(now())


async def follow() -> None:
    while True:
        with contextlib.suppress(OperationalError):
            # In a thread of its own: a mail server that does not answer holds up nothing else.
            await sync_to_async(_tick, thread_sensitive=False)()
        await asyncio.sleep(LOOK_EVERY)
