"""Each few seconds: hazards are made from new records."""

from __future__ import annotations

import asyncio
import contextlib

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections

from anyuan.kernel.scoping import SYSTEM, acting

from .services import finding

LOOK_EVERY = 5.0
BACK = 10_000  # ids looked at again: of transactions that ended later than others; our own bound


def look(after: int) -> int:
    """Make what is new among the records with a larger id. Returns from which to look next."""
    with acting(SYSTEM):
        last = finding.last_record()
        changed = finding.follow(after)
        return after if changed >= finding.AT_ONCE else max(0, last - BACK)


def _tick(after: int) -> int:
    close_old_connections()
    return look(after)


async def follow() -> None:
    after = 0
    while True:
        with contextlib.suppress(OperationalError):
            after = await sync_to_async(_tick, thread_sensitive=True)(after)
        await asyncio.sleep(LOOK_EVERY)
