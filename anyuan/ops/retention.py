"""Forgets what was to be kept only for a time: each day, by the terms that the apps state and
`personal_data.yaml` explains. Facts of the chain and the audit log are not touched.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections

from anyuan.kernel import manifest
from anyuan.kernel.clock import local_day, now
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.org.audit import services as audit
from anyuan.org.units import queries as units


def forget(at: datetime) -> dict[str, int]:
    """Forget what is over; returns how many of what.

    Harmless to repeat. That it was done is in the audit log, without names.
    """
    with acting(SYSTEM):
        terms = [(app, term) for app in manifest.all_apps() for term in app.retention]
        counts = {term.what: app.open(term.forget)(at) for app, term in terms}
        done = {what: count for what, count in counts.items() if count}
        root = units.root()
        if done and root is not None:
            audit.record(
                "retention.forgotten",
                by=SYSTEM,
                at=at,
                unit_id=root.pk,
                subject=str(local_day(at)),
                **done,
            )
    return done


def _tick() -> None:
    close_old_connections()
    forget(now())


async def follow() -> None:
    """Once at the start, then every day."""
    while True:
        with contextlib.suppress(OperationalError):
            await sync_to_async(_tick, thread_sensitive=True)()
        await asyncio.sleep(24 * 3600)
