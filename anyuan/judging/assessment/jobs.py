"""Clock and listener: verdicts follow facts within a moment, windows open each day, a checkpoint is
signed each night.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections

from anyuan.kernel import live, pending_files, progress, upload_pieces
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.record.evidence.services import checkpoints

from . import services

log = logging.getLogger(__name__)
LOOK_EVERY = 30.0


def catch_up() -> None:
    with acting(SYSTEM):
        services.catch_up(now())


def count_weeks() -> bool:
    with acting(SYSTEM):
        return services.count_weeks(now())


def daily() -> None:
    """Open windows that have begun, sign yesterday's checkpoint, clear what nobody came back for;
    harmless to repeat.
    """
    moment = now()
    pending_files.sweep()
    progress.sweep()
    upload_pieces.sweep()
    with acting(SYSTEM):
        services.open_windows(moment)
        checkpoints.sign(day=local_day(moment) - timedelta(days=1), at=moment)


async def follow() -> None:
    """Assess whenever a fact is announced, and every half minute in case an announcement was
    missed.
    """
    wake = asyncio.Event()
    listener = asyncio.create_task(live.wake_on(wake, "facts"))
    swept = -LOOK_EVERY
    try:
        while True:
            # By the clock and not when it is quiet: a busy district is never quiet.
            if time.monotonic() - swept >= LOOK_EVERY:
                await _safely(daily)
                swept = time.monotonic()
            wake.clear()
            await _safely(catch_up)
            if await _safely(count_weeks):
                continue  # there are more; facts that came meanwhile go first
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), LOOK_EVERY)
    finally:
        listener.cancel()


async def _safely(job: Callable[[], bool | None]) -> bool | None:
    """Run a job and return what it says; a database that is away is tried at the next tick."""
    try:
        return await sync_to_async(_run, thread_sensitive=True)(job)
    except OperationalError as error:
        log.warning("database away, trying again: %s", error)
        return None


def _run(job: Callable[[], bool | None]) -> bool | None:
    close_old_connections()
    return job()
