"""What the pages of rosters show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from anyuan.kernel import manifest
from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from ..models import Roster, RosterState, Shift
from ..rules import bounds
from . import making
from .shifts import Table, on_duty, table

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class WeekPage:
    """Who is on duty now and through a week."""

    unit: Unit
    units: Sequence[Unit]
    table: Table
    now_on: list[Shift]
    there: int  # of those on duty now
    monday: date
    before: date
    after: date
    today: date
    moment: datetime
    may_make: bool


def week(viewer: Viewer, unit: Unit, monday: date, now: datetime) -> WeekPage:
    """The roster in force over a week."""
    on = on_duty([unit.pk], now)
    return WeekPage(
        unit=unit,
        units=[u for u in units.visible_below(viewer) if u.is_campus],
        table=table(unit, monday, monday + WEEK),
        now_on=on,
        there=sum(1 for s in on if s.came_at),
        monday=monday,
        before=monday - WEEK,
        after=monday + WEEK,
        today=local_day(now),
        moment=now,
        may_make=viewer.may("roster.make", unit.path),
    )


@dataclass(frozen=True)
class RosterPage:
    """One roster, a week of it."""

    roster: Roster
    unit: Unit
    table: Table
    conflicts: list[dict[str, Any]]  # why places are empty, in words
    may_make: bool
    may_edit: bool
    busy: bool  # it is asked for or being made
    shares: list[making.Share]
    before: date | None
    after: date | None
    first: date
    last: date
    today: date
    ahead: int  # rosters that are made before this one
    percent: int
    changes: int | None  # against what is in force; None but for a draft


def roster(viewer: Viewer, roster: Roster, asked: date, now: datetime) -> RosterPage:
    """The week of a roster that holds the day asked for, or the nearest."""
    day = timedelta(days=1)
    first = max(roster.starts, min(asked, roster.ends - day))
    until = min(roster.ends, first + WEEK)
    may_make = viewer.may("roster.make", roster.unit.path)
    seconds = float(roster.progress.get("seconds", 0))
    return RosterPage(
        roster=roster,
        unit=roster.unit,
        table=table(roster.unit, first, until, roster),
        conflicts=[_in_words(c) for c in roster.conflicts],
        may_make=may_make,
        may_edit=may_make and roster.state in {RosterState.MADE, RosterState.PUBLISHED},
        busy=roster.state in {RosterState.ASKED, RosterState.MAKING},
        shares=making.shares(roster),
        before=first - WEEK if first > roster.starts else None,
        after=first + WEEK if until < roster.ends else None,
        first=first,
        last=until - day,
        today=local_day(now),
        ahead=_ahead(roster),
        percent=min(100, int(seconds / bounds.SOLVER_SECONDS * 100)),
        changes=making.changes(roster) if roster.state == RosterState.MADE else None,
    )


def _in_words(conflict: dict[str, Any]) -> dict[str, Any]:
    named = {k: [manifest.label("hindrance", r) for r in conflict[k]] for k in ("rules", "enough")}
    return conflict | named


def _ahead(roster: Roster) -> int:
    """How many rosters, of whatever school, are made before this one."""
    if roster.state != RosterState.ASKED:
        return 0
    with acting(SYSTEM, read_only=True):
        return making.ahead(roster)
