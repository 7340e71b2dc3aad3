"""Who is asked to stand in or to swap."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from anyuan.kernel.scoping import visible
from anyuan.org.units.models import Unit
from anyuan.staffing.stations.models import Serving

from ..models import (
    Shift,
    StandInRequest,
    Swap,
    SwapState,
)
from .force import shifts


def request(pk: int) -> StandInRequest:
    """:raises Invisible:"""
    return visible(
        StandInRequest.objects.select_related("unit", "shift", "shift__station", "person").order_by(
            "pk"
        ),
        pk,
    )


def requests_to(person_id: int, now: datetime) -> list[StandInRequest]:
    """Shifts somebody is asked to stand in for and has not answered."""
    rows = StandInRequest.objects.filter(
        person_id=person_id, answer="", shift__ends_at__gt=now, shift__in_force=True
    )
    # Seldom any, and asked for on every home page: what is around them is read only then.
    if not rows.exists():
        return []
    around = ("person", "shift", "shift__unit", "shift__station", "shift__person")
    return list(rows.select_related(*around).order_by("shift__starts_at", "pk"))


def swap(pk: int) -> Swap:
    """:raises Invisible:"""
    return visible(_swaps(), pk)


def _swaps() -> QuerySet[Swap]:
    alive = Swap.objects.filter(
        mine__in_force=True, theirs__in_force=True, mine__person=F("one"), theirs__person=F("other")
    )
    return alive.select_related(
        "unit",
        "one",
        "other",
        "mine",
        "mine__person",
        "mine__station",
        "theirs",
        "theirs__person",
        "theirs__station",
    ).order_by("-asked_at", "-pk")


def swaps(unit: Unit) -> list[Swap]:
    return list(_swaps().filter(unit=unit, state__in=[SwapState.ASKED, SwapState.AGREED]))


def swaps_of(person_id: int) -> list[Swap]:
    return list(
        _swaps().filter(
            Q(theirs__person_id=person_id) | Q(mine__person_id=person_id),
            state__in=[SwapState.ASKED, SwapState.AGREED],
        )
    )


def swaps_asked_of(person_id: int, now: datetime) -> list[Swap]:
    """The swaps that wait for somebody's word."""
    rows = _swaps().filter(
        other=person_id, state=SwapState.ASKED, mine__starts_at__gt=now, theirs__starts_at__gt=now
    )
    return list(rows) if rows.exists() else []


def to_swap_with(person_id: int, now: datetime) -> list[Shift]:
    """What others serve in the next two weeks at stations where somebody may serve too."""
    mine = Serving.objects.filter(person_id=person_id).values("station")
    return list(
        shifts()
        .filter(
            station__in=mine,
            in_force=True,
            person__isnull=False,
            starts_at__gt=now,
            starts_at__lt=now + timedelta(days=14),
        )
        .exclude(person_id=person_id)[:300]
    )
