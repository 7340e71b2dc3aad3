"""Whether the rounds of a shift are spaced, the order in which points are suggested, what a round
amounts to. Pure values.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Our own bounds, from no standard.
SILENT = timedelta(minutes=60)  # after which a round that heard nothing ends itself
LAST_MINUTES = timedelta(minutes=10)  # rounds that all begin in a shift's last minutes are no watch
QUICK = timedelta(seconds=2)  # two points within this were not both walked to
LEG = timedelta(seconds=10)  # within which nobody walks from one point to the next, on the whole
AFTER = timedelta(
    minutes=5
)  # in which a point reached after somebody ended their round still belongs to it
ACTIVITIES = {
    "day": "patrol.round",
    "night": "patrol.round",
    "dormitory": "dormitory.check",
    "fire": "fire.check",
    "outside": "patrol.outside",
}


def belong(
    times: Sequence[datetime], started: datetime, ended: datetime | None, timed_out: bool
) -> list[bool]:
    """Which of the moments, in order, at which points were reached belong to a round.

    Who ended it has ended it; where the clock did, a phone without network may have gone on, as
    long as it paused no longer than the clock waits.
    """
    last, out = started, []
    for moment in times:
        mine = ended is None or moment <= ended + AFTER or (timed_out and moment - last <= SILENT)
        last = max(last, moment) if mine else last
        out.append(mine)
    return out


@dataclass(frozen=True)
class Spacing:
    """How the rounds of one shift lie: `done` complete ones, `wanted`, and what is wrong ("few",
    "close", "late"); empty if nothing is.
    """

    done: int
    wanted: int
    wrong: tuple[str, ...]


def spacing(
    starts_at: datetime,
    ends_at: datetime,
    rounds: Sequence[tuple[datetime, datetime]],
    *,
    wanted: int,
    apart: int,
) -> Spacing:
    """Judge the complete rounds (began, ended) of a shift that runs over [starts_at, ends_at).

    `few`: fewer than wanted. `close`: there are not `wanted` of them with at least `apart` minutes
    from one's beginning to the next's.
    `late`: none began before the shift's last ten minutes.
    """
    began = sorted(b for b, _ in rounds if starts_at <= b < ends_at)
    wrong = []
    if len(began) < wanted:
        wrong.append("few")
    spaced, last = 0, None
    for moment in began:
        if last is None or moment - last >= timedelta(minutes=apart):
            spaced, last = spaced + 1, moment
    if len(began) >= wanted > spaced:
        wrong.append("close")
    if len(began) >= 2 and began[0] >= ends_at - LAST_MINUTES:
        wrong.append("late")
    return Spacing(len(began), wanted, tuple(wrong))


@dataclass(frozen=True)
class Point:
    id: int
    x: float | None
    y: float | None


def order(points: Sequence[Point], seed: str) -> list[int]:
    """Suggest an order that differs from round to round, so that nobody can foresee it, without
    walking to and fro.

    From a point drawn by chance always one of the two nearest left; where points have no place on
    the picture, the order is drawn.
    """
    rng = random.Random(seed)
    left = list(points)
    if not left:
        return []
    out = [left.pop(rng.randrange(len(left)))]
    while left:
        here = out[-1]
        if here.x is None or any(p.x is None for p in left):
            out.append(left.pop(rng.randrange(len(left))))
            continue
        left.sort(
            key=lambda p: ((p.x or 0) - (here.x or 0)) ** 2 + ((p.y or 0) - (here.y or 0)) ** 2
        )
        out.append(left.pop(rng.choice((0, 0, min(1, len(left) - 1)))))
    return [p.id for p in out]


def doubtful_pace(earlier: Sequence[datetime], at: datetime) -> bool:
    """Whether a point was scanned too soon after another to have been walked to."""
    return any(abs(at - e) < QUICK for e in earlier)


def round_doubts(
    started: datetime, times: Sequence[datetime], scanned: Sequence[bool], *, codes_hang: bool
) -> tuple[str, ...]:
    """Why a round that reached every point may not have been walked; empty if nothing speaks
    against it.

    :param times: when each point was reached; `scanned` whether its code was read there.
    :param codes_hang: there are codes at the points of the route.
    """
    doubts = []
    # The way to the first point may be none; between the others lie as many legs as points, less
    # one.
    if len(times) > 1 and max(times) - min(min(times), started) < LEG * (len(times) - 1):
        doubts.append("not_walked")
    if times and codes_hang and not any(scanned):
        doubts.append("nothing_scanned")
    return tuple(doubts)
