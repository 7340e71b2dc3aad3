"""Each half minute: rounds that fell silent end, and pages learn that a station has been empty for
too long.
"""

from __future__ import annotations

import asyncio
import contextlib

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections

from anyuan.field.presence.queries import vacancies
from anyuan.kernel import live
from anyuan.kernel.clock import now
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.units import queries as units

from .services import rounds

LOOK_EVERY = 30.0


def look_round(known: frozenset[int]) -> frozenset[int]:
    """End silent rounds; tell the pages when other stations are empty than a moment ago.

    Returns those that are.
    """
    with acting(SYSTEM):
        moment = now()
        rounds.end_silent(moment)
        empty = frozenset(e.shift.pk for e in vacancies.empty(units.open_ids(), moment))
        if empty != known:
            live.notify("verdicts", units=[])
        return empty


def _tick(known: frozenset[int]) -> frozenset[int]:
    close_old_connections()
    return look_round(known)


async def follow() -> None:
    known: frozenset[int] = frozenset()
    while True:
        with contextlib.suppress(OperationalError):
            known = await sync_to_async(_tick, thread_sensitive=True)(known)
        await asyncio.sleep(LOOK_EVERY)
