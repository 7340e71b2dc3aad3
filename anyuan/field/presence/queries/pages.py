"""What the page of one's own shifts shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from anyuan.kernel.clock import local_day
from anyuan.staffing.rosters.models import Leave, Shift, StandInRequest, Swap
from anyuan.staffing.rosters.queries import leave, swaps
from anyuan.staffing.rosters.queries import shifts as shifts_queries
from anyuan.staffing.rosters.rules.bounds import EARLY
from anyuan.staffing.stations import queries as stations
from anyuan.staffing.stations.models import Busy, DutyCard

from . import place_codes, sign_ins


@dataclass(frozen=True)
class Soon:
    """A shift one can come to or go from now: what was handed over, one's own words of before, and
    where on earth its place lies.
    """

    shift: Shift
    handed: list[sign_ins.Handed]
    words: str
    where: list[float] | None


@dataclass(frozen=True)
class MyShifts:
    """Somebody's shifts of the next four weeks, what they are asked, their wishes."""

    shifts: list[Shift]
    soon: list[Soon]
    requests: list[StandInRequest]
    swaps: list[Swap]
    leaves: list[Leave]
    leave_kinds: list[tuple[str, str]]
    card: DutyCard | None
    busy: list[Busy]
    moment: datetime
    today: date


def my_shifts(person_id: int, now: datetime) -> MyShifts:
    """What the page of one's own shifts shows."""
    until = now + timedelta(days=28)
    shifts = shifts_queries.of_person(person_id, now - timedelta(hours=1), until)
    soon = [s for s in shifts if s.starts_at <= now + EARLY]
    open_ = [s for s in soon if s.ends_at > now or (s.came_at and not s.left_at)]
    return MyShifts(
        shifts=[s for s in shifts if s.ends_at > now],
        soon=_soon(open_),
        requests=swaps.requests_to(person_id, now),
        swaps=swaps.swaps_of(person_id),
        leaves=leave.leaves_of(person_id, now),
        leave_kinds=leave.KINDS,
        card=stations.card(person_id),
        busy=stations.busy_of(person_id),
        moment=now,
        today=local_day(now),
    )


def _soon(shifts: Sequence[Shift]) -> list[Soon]:
    handed, words = sign_ins.handed_over(shifts), sign_ins.handovers(shifts)
    where = place_codes.located([s.station.place_id for s in shifts if s.station.place_id])
    return [
        Soon(
            s,
            handed[s.pk],
            words.get(s.pk) or "；".join(h.words for h in handed[s.pk]),
            where.get(s.station.place_id or 0),
        )
        for s in shifts
    ]
