"""What stands whatever is made, and rest around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from anyuan.staffing.engine.problem import (
    rest_after,
)
from anyuan.staffing.stations.rules import (
    DAY_MINUTES,
    StationFacts,
    span,
)

from .bounds import LONGEST_ROW


@dataclass(frozen=True)
class Standing:
    """A shift that stands whatever is made: before or after, or begun already."""

    person_id: int
    station: StationFacts
    day: date
    starts_at: datetime
    ends_at: datetime


def days_beside(served: Collection[date], day: date, step: int) -> int:
    """How many days somebody serves without a break next to a day, backward (-1) or forward (1)."""
    found = 0
    while found < LONGEST_ROW and day + timedelta(days=step * (found + 1)) in served:
        found += 1
    return found


def collides(
    station: StationFacts, day: date, standing: Sequence[Standing], rest_hours: int
) -> bool:
    """Whether a shift would overlap one that stands, or cut the rest after a night."""
    starts, ends = span(station, day)
    return any(
        (s.starts_at < ends and starts < s.ends_at)
        or not rested((station, day), (s.station, s.day), rest_hours)
        for s in standing
    )


def rested(
    one: tuple[StationFacts, date], other: tuple[StationFacts, date], rest_hours: int
) -> bool:
    """Whether there is rest enough between two shifts of following days, by the rule the engine has
    (`rostering.problem.apart`).
    """
    (first, day), (second, later) = sorted((one, other), key=lambda x: x[1])
    if later - day != timedelta(days=1):
        return True
    return (
        first.minutes[1] + rest_after(first.minutes[1], rest_hours * 60)
        <= second.minutes[0] + DAY_MINUTES
    )


def taken(standing: Iterable[Standing], days: Sequence[date]) -> dict[int, int]:
    """How many shifts that stand lie in the calendar week of each day."""
    weeks = Counter(s.day - timedelta(days=s.day.weekday()) for s in standing)
    return {i: n for i, day in enumerate(days) if (n := weeks[day - timedelta(days=day.weekday())])}
