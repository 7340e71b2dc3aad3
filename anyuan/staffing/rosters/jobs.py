"""Makes the rosters that are asked for, each in a process of its own, so that half a minute of
computing delays nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections

from anyuan.kernel import live
from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, acting

from .queries import making as making_queries
from .rules import bounds
from .services import making as making_services

log = logging.getLogger(__name__)
LOOK_EVERY = 15.0
AT_ONCE = 2  # makers; each has a solver with several threads


def waiting() -> list[int]:
    close_old_connections()
    with acting(SYSTEM):
        return making_queries.to_make(now() - bounds.SILENT)


async def follow() -> None:
    """Make what is asked for, some at once, whoever asked first; what a maker that died left is
    made again.
    """
    wake = asyncio.Event()
    listener = asyncio.create_task(live.wake_on(wake, "rosters"))
    making: dict[int, asyncio.Task[None]] = {}
    try:
        while True:
            wake.clear()
            with contextlib.suppress(OperationalError):
                for roster_id in await sync_to_async(waiting, thread_sensitive=True)():
                    making = {k: t for k, t in making.items() if not t.done()}
                    if len(making) >= AT_ONCE:
                        break
                    if roster_id not in making:
                        making[roster_id] = asyncio.create_task(_make(roster_id))
                        making[roster_id].add_done_callback(lambda _: wake.set())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), LOOK_EVERY)
    finally:
        listener.cancel()
        for task in making.values():
            task.cancel()


async def _make(roster_id: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "anyuan.ops.cli", "make-roster", str(roster_id)
    )
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        raise
    if code:
        log.error("a roster could not be made: %s", code)
        await sync_to_async(making_services.fail, thread_sensitive=True)(roster_id, f"exit {code}")
