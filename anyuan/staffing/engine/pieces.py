"""A year for very many people, four weeks at a time: each piece begins as the one before it ended,
and takes its part of every limit.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor

from .columns import Columns, suits
from .problem import Problem, Solution, Worker
from .schedules import Before, Pricer

DAYS = 28
AHEAD = 3  # shifts
LATE = 0.1  # seconds a piece needs beyond its time


def cut(problem: Problem) -> bool:
    """Whether a problem is too long to be held whole, and its pieces are not."""
    if problem.days < 2 * DAYS or any(
        first % 7 + 1 != second % 7 for first, second in problem.weekends
    ):
        return False
    return not suits(problem) and suits(_Way(problem).piece(0, DAYS))


@dataclass
class _Way:
    """What everybody served so far; the rest of the way follows from it."""

    problem: Problem
    served: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.served = self.served or [[] for _ in self.problem.workers]

    def piece(self, first: int, until: int, possible: Sequence[int] | None = None) -> Problem:
        """The days [first, until) as a problem of their own; nobody is asked for more minutes than
        are possible for them.
        """
        problem, inside = self.problem, range(first, until)
        return replace(
            problem,
            days=until - first,
            workers=tuple(
                self._part(w, worker, first, until, possible[w] if possible else 0)
                for w, worker in enumerate(problem.workers)
            ),
            demands=tuple(
                replace(d, day=d.day - first) for d in problem.demands if d.day in inside
            ),
            wishes=tuple(replace(x, day=x.day - first) for x in problem.wishes if x.day in inside),
            weekends=tuple(
                tuple(d - first for d in g) for g in problem.weekends if all(d in inside for d in g)
            ),
            weeks=tuple(
                tuple(d - first for d in g) for g in problem.weeks if all(d in inside for d in g)
            ),
        )

    def _part(self, w: int, worker: Worker, first: int, until: int, possible: int) -> Worker:
        """Somebody's limits over the days: what is theirs up to then, less what they had.

        A little more than their part, so that no debt is left for the end.
        """
        share, last = until / self.problem.days, until == self.problem.days
        had = Counter(k for k in self.served[w] if k >= 0)
        minutes = sum(self.problem.kinds[k].minutes * n for k, n in had.items())
        weekends = sum(
            1
            for g in self.problem.weekends
            if g[-1] < first and any(self.served[w][d] >= 0 for d in g)
        )
        longest = max(k.minutes for k in self.problem.kinds)

        def least(whole: int) -> int:
            return max(
                0,
                (
                    whole - minutes
                    if last
                    else min(possible, floor(whole * share) - minutes + AHEAD * longest)
                ),
            )

        def most(whole: int | None, had: int) -> int | None:
            return None if whole is None else max(0, ceil(whole * share) - had)

        return replace(
            worker,
            never={
                (d - first, k): why for (d, k), why in worker.never.items() if first <= d < until
            },
            week_taken={d - first: n for d, n in worker.week_taken.items() if first <= d < until},
            most={k: most(n, had[k]) or 0 for k, n in worker.most.items()},
            least_minutes=least(worker.least_minutes) if worker.least_minutes is not None else None,
            most_minutes=most(worker.most_minutes, minutes),
            most_weekends=most(worker.most_weekends, weekends),
        )

    def before(self) -> list[Before]:
        """How each one's last day stood."""
        return [self._stretch(days) for days in self.served]

    def _stretch(self, days: list[int]) -> Before:
        if not days:
            return None
        long = 1
        while long < len(days) and (days[-1 - long] >= 0) == (days[-1] >= 0):
            long += 1
        # A rest that reaches back to the first day is as long as one likes.
        return days[-1], self.problem.days if days[-1] < 0 and long == len(days) else long

    def solution(self) -> Solution:
        return frozenset(
            (w, d, k) for w, days in enumerate(self.served) for d, k in enumerate(days) if k >= 0
        )


def run(
    problem: Problem,
    deadline: float,
    stop: Callable[[], bool],
    tell: Callable[[Solution], object],
    seed: int = 0,
) -> None:
    """A first roster as fast as may be; then one whose pieces get all the time there is."""
    for quickly in (True, False):
        way = _Way(problem)
        for first, until in _pieces(problem.days):
            share = (until - first) / (problem.days - first)
            ends = (
                deadline
                if quickly
                else time.monotonic() + max(0.0, deadline - time.monotonic()) * share - LATE
            )
            chosen = _choose(way, first, until, ends, stop, seed, quickly=quickly)
            if not chosen:
                # somebody's own rules leave no schedule for these days, or time is up; what was
                # told stands
                return
            for w, kinds in chosen.items():
                way.served[w] += kinds
        tell(way.solution())


def _pieces(days: int) -> list[tuple[int, int]]:
    """Four weeks each; what is left over belongs to the last."""
    starts = list(range(0, days - DAYS + 1, DAYS))
    return list(zip(starts, [*starts[1:], days], strict=True))


def _choose(
    way: _Way,
    first: int,
    until: int,
    ends: float,
    stop: Callable[[], bool],
    seed: int,
    *,
    quickly: bool,
) -> dict[int, tuple[int, ...]]:
    """Everybody's kinds over a piece; empty where somebody has none."""
    columns = _columns(way, first, until, ends, stop, seed)
    columns.begin() if quickly else columns.run()
    columns.threads.shutdown(wait=False)
    return {w: s.kinds for w, s in columns.mine.items()}


def _columns(
    way: _Way, first: int, until: int, ends: float, stop: Callable[[], bool], seed: int
) -> Columns:
    before, goes_on = way.before(), until < way.problem.days
    free = way.piece(first, until)
    possible = [Pricer(free, w, before[w], goes_on=goes_on).longest() for w in range(len(before))]
    return Columns(
        way.piece(first, until, possible), ends, stop, lambda _: None, seed, before, goes_on=goes_on
    )
