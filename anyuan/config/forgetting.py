"""Forgets what was to be kept only for a time: each day, by the terms that `personal_data.yaml` states. Facts of the chain and the audit log are not touched."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import OperationalError, close_old_connections
from django.db.models import Q

from anyuan.audit import services as audit
from anyuan.evidence import services as evidence
from anyuan.kernel.clock import local_day, midnight, now
from anyuan.kernel.scoping import SYSTEM, acting
from anyuan.people.models import Device, DeviceCode, Invitation
from anyuan.people.rules import DEVICE_DAYS
from anyuan.presence.models import Presence
from anyuan.reach.models import Address, Message
from anyuan.rosters import queries as rosters
from anyuan.rosters.models import Leave, Request, Swap
from anyuan.stations.models import Busy
from anyuan.tablets.models import Pin
from anyuan.units import queries as units

MONTH, YEAR = timedelta(days=31), timedelta(days=365)


def _school_year(at: datetime) -> datetime:
    return midnight(rosters.school_year(local_day(at)))


def _blank(model: Any, field: str, when: str, term: timedelta) -> Callable[[datetime], int]:
    return lambda at: int(
        model.objects.filter(**{f"{when}__lt": at - term})
        .exclude(**{field: ""})
        .update(**{field: ""})
    )


def _rows(rows: Callable[[datetime], Any]) -> Callable[[datetime], int]:
    return lambda at: int(rows(at).delete()[0])


# What is forgotten, and how it is found; a year of school is over when the next one has begun.
TERMS: dict[str, Callable[[datetime], int]] = {
    "presence.Presence.device": _blank(Presence, "device", "came_at", MONTH),
    "presence.Presence.handover": _blank(Presence, "handover", "came_at", YEAR),
    "stations.Busy": _rows(lambda at: Busy.objects.filter(ends__lt=local_day(_school_year(at)))),
    "rosters.Leave": _rows(lambda at: Leave.objects.filter(ends_at__lt=_school_year(at))),
    "rosters.Request": _rows(
        lambda at: Request.objects.filter(shift__ends_at__lt=_school_year(at))
    ),
    "rosters.Swap": _rows(
        lambda at: Swap.objects.filter(
            mine__ends_at__lt=_school_year(at), theirs__ends_at__lt=_school_year(at)
        )
    ),
    "evidence.Key": lambda at: evidence.forget_words(at - 3 * YEAR, at),
    "people.Invitation": _rows(lambda at: Invitation.objects.filter(expires_at__lt=at - MONTH)),
    "people.Device": _rows(
        lambda at: Device.objects.filter(
            Q(seen_at__lt=at - timedelta(days=DEVICE_DAYS)) | Q(person__left_on__isnull=False)
        )
    ),
    "people.DeviceCode": _rows(lambda at: DeviceCode.objects.filter(until__lt=at)),
    "reach.Message": _rows(lambda at: Message.objects.filter(made_at__lt=at - MONTH)),
    "tablets.Pin": _rows(lambda at: Pin.objects.filter(person__left_on__isnull=False)),
    "reach.Address": _rows(lambda at: Address.objects.filter(person__left_on__isnull=False)),
    "sessions.Session": _rows(lambda at: Session.objects.filter(expire_date__lt=at)),
}


def forget(at: datetime) -> dict[str, int]:
    """Forget what is over; returns how many of what. Harmless to repeat. That it was done is in the audit log, without names."""
    with acting(SYSTEM):
        done = {name: count for name, term in TERMS.items() if (count := term(at))}
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
