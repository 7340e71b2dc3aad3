"""What the pages of rounds show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.scoping import Viewer
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from ..models import Round, Route
from . import routes, waiting
from .rounds import Walk, Watched, rounds, running, walks, watched

SHOWN = 40  # rounds of a day on its page


@dataclass(frozen=True)
class DayPage:
    """The rounds of a day at a school."""

    unit: Unit
    units: Sequence[Unit]
    day: date
    before: date
    after: date | None  # None: today is the last
    rounds: list[tuple[Round, Walk]]
    count: int
    missing: list[waiting.Missing]
    watched: list[Watched]
    routes: list[Route]
    running: list[Round]
    may_make: bool
    may_walk: bool
    moment: datetime


def day(viewer: Viewer, unit: Unit, day: date, now: datetime) -> DayPage:
    """The rounds of a day, and whether those of each shift are enough and spaced."""
    next_day = day + timedelta(days=1)
    walked = rounds(unit, midnight(day), midnight(next_day))
    today = local_day(now)
    return DayPage(
        unit=unit,
        units=[u for u in units.visible_below(viewer) if u.is_campus],
        day=day,
        before=day - timedelta(days=1),
        after=next_day if day < today else None,
        rounds=list(zip(walked, walks(walked[:SHOWN]), strict=False)),
        count=len(walked),
        missing=waiting.missing([unit.pk], now) if day == today else [],
        watched=watched(unit, now),
        routes=routes.routes(unit),
        running=running(viewer.pk),
        may_make=viewer.may("roster.make", unit.path),
        may_walk=viewer.may("fact.record", unit.path),
        moment=now,
    )
