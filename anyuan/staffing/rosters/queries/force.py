"""The shifts in force."""

from __future__ import annotations

from django.db.models import QuerySet

from ..models import (
    Shift,
)


def shifts() -> QuerySet[Shift]:
    return Shift.objects.select_related("station", "station__place", "person").order_by(
        "starts_at", "station__name", "pk"
    )
