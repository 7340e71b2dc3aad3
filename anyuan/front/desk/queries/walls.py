"""What a screen on the wall shows; no telephones, no names of pupils, nothing to scroll."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from anyuan.judging.assessment.queries import boards, waiting
from anyuan.kernel.clock import local_day
from anyuan.kernel.matters import Matter, Urgency
from anyuan.kernel.scoping import Viewer
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.queries import Fact
from anyuan.staffing.rosters.models import Shift
from anyuan.staffing.rosters.queries import present

from .home import matters

ROWS = 8  # of one list; more are counted, so that nothing scrolls
ALARMS = 5
FRESH = timedelta(hours=2)  # how long what was seen at a gate is told; our own bound


@dataclass(frozen=True)
class SchoolWall:
    """Who is on duty and who is not, what comes next, the gates, and what is open."""

    watch: present.Watch
    on: list[Shift]
    following: list[Shift]
    gates: list[Fact]
    alarms: list[Matter]
    more_alarms: int
    tally: Counter[str]  # today's measured duties by verdict
    moment: datetime


def school_wall(viewer: Viewer, unit: Unit, now: datetime) -> SchoolWall:
    """Queries grow with the apps, not with their rows."""
    watch = present.watches([unit], now)[0]
    alarms = _alarms(viewer, [unit], now)
    head = waiting.home_headline(viewer, [unit], now)
    return SchoolWall(
        watch,
        [*watch.missing, *watch.there][:ROWS],
        watch.following[: ROWS - 2],
        _gates(unit, now),
        alarms[:ALARMS],
        max(0, len(alarms) - ALARMS),
        head["tally"] if head else Counter(),
        now,
    )


def _gates(unit: Unit, now: datetime) -> list[Fact]:
    """The last of what was said of each gate, not older than it is worth telling."""
    today = local_day(now)
    said = evidence.behind(unit.pk, "peak.state", today, today + timedelta(days=1))
    last = {f.payload.get("place", ""): f for f in said if f.occurred_at > now - FRESH}
    return list(last.values())[:4]


def _alarms(viewer: Viewer, own: list[Unit], now: datetime) -> list[Matter]:
    return [m for m in matters(viewer, own, now) if m.urgency == Urgency.ALARM]


@dataclass(frozen=True)
class WallRow:
    """A school of an office: who is on duty, and how many duties are short or breached."""

    watch: present.Watch
    open: int

    @property
    def is_calm(self) -> bool:
        return not self.watch.missing and not self.open and self.watch.is_rostered


@dataclass(frozen=True)
class OfficeWall:
    """Where something is amiss first; the calm schools are counted."""

    rows: list[WallRow]
    more: int  # schools with something amiss that no longer fit
    calm: int
    unknown: int  # schools of which no roster is in force
    there: int
    wanted: int
    alarms: list[Matter]
    more_alarms: int
    moment: datetime


def office_wall(viewer: Viewer, unit: Unit, now: datetime) -> OfficeWall:
    """Queries grow with the apps, not with the schools."""
    schools, alarms = list(units.campuses(unit)), _alarms(viewer, [unit], now)
    board = {r.unit.pk: r for r in boards.board(schools, now).rows}
    rows = [WallRow(w, board[w.unit.pk].attention) for w in present.watches(schools, now)]
    amiss = sorted(
        (r for r in rows if not r.is_calm),
        key=lambda r: (-len(r.watch.missing), -r.open, r.watch.unit.path),
    )
    return OfficeWall(
        amiss[: 2 * ROWS],
        max(0, len(amiss) - 2 * ROWS),
        len(rows) - len(amiss),
        sum(1 for r in rows if not r.watch.is_rostered),
        sum(len(r.watch.there) for r in rows),
        sum(len(r.watch.on) for r in rows),
        alarms[:ALARMS],
        max(0, len(alarms) - ALARMS),
        now,
    )
