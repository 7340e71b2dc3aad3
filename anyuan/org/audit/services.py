"""Writes events, always in the transaction of what they tell."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from anyuan.kernel.scoping import Viewer

from .models import Event


def record(
    verb: str, *, by: Viewer, at: datetime, unit_id: int | None, subject: str, **data: object
) -> None:
    """Add one event; `data` holds no personal data."""
    Event.objects.create(
        at=at,
        person_id=by.person_id,
        person_name=by.name[:40],
        verb=verb,
        unit_id=unit_id,
        subject=subject[:120],
        data=data,
    )


def forget_old(at: datetime) -> int:
    """Events of more than three years ago, by the database's own clock: the bound is its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_forget()")
        (forgotten,) = cursor.fetchone()
    return int(forgotten)
