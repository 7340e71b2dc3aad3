"""Betters a roster of very many days a few weeks at a time: what is before and behind them stays,
and what is served outside counts against every limit.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .columns import Columns
from .problem import After, Before, Problem, Solution, Worker, by_person

DAYS = 28  # of a span
SECONDS = 40.0  # of a span at most; our own bound
LEAST = 1.5  # and at least
PRICED = 0.15  # seconds a person from which on everybody's schedules are priced at once


@dataclass(frozen=True)
class Span:
    """The days [first, until) of a roster, with what everybody serves around them."""

    problem: Problem
    served: list[tuple[int, ...]]  # each one's kinds, day by day; -1: none
    first: int
    until: int

    @property
    def inside(self) -> range:
        return range(self.first, self.until)

    def part(self) -> Problem:
        """The days as a problem of their own; a weekend that reaches out of them counts outside."""
        problem, inside, first = self.problem, self.inside, self.first
        return replace(
            problem,
            days=len(inside),
            workers=tuple(self._worker(w, worker) for w, worker in enumerate(problem.workers)),
            demands=tuple(
                replace(d, day=d.day - first) for d in problem.demands if d.day in inside
            ),
            wishes=tuple(replace(x, day=x.day - first) for x in problem.wishes if x.day in inside),
            weekends=tuple(
                tuple(d - first for d in g) for g in problem.weekends if set(g) <= set(inside)
            ),
            weeks=(),
        )

    def _worker(self, w: int, worker: Worker) -> Worker:
        """Somebody's limits over the days: theirs, less what they serve outside."""
        outside = [(d, k) for d, k in enumerate(self.served[w]) if k >= 0 and d not in self.inside]
        had = Counter(k for _d, k in outside)
        days = {d for d, _k in outside}
        minutes = sum(self.problem.kinds[k].minutes * n for k, n in had.items())
        weekends = sum(
            1
            for g in self.problem.weekends
            if not set(g) <= set(self.inside) and any(self.served[w][d] >= 0 for d in g)
        )
        return (
            replace(
                worker,
                never={
                    (d - self.first, k): why
                    for (d, k), why in worker.never.items()
                    if d in self.inside
                },
                most={k: max(0, n - had[k]) for k, n in worker.most.items()},
                least_minutes=_less(worker.least_minutes, minutes),
                most_minutes=_less(worker.most_minutes, minutes),
                most_weekends=_less(worker.most_weekends, weekends),
            )
            if days
            else worker
        )

    def before(self) -> list[Before]:
        return [self._before(days) for days in self.served]

    def _before(self, days: tuple[int, ...]) -> Before:
        if self.first == 0:
            return None
        stretch = _stretch(days[self.first - 1 :: -1])
        # A rest that reaches back to the first day is as long as one likes.
        endless = days[self.first - 1] < 0 and stretch == self.first
        return days[self.first - 1], self.problem.days if endless else stretch

    def after(self) -> list[After | None]:
        return [self._after(days) for days in self.served]

    def _after(self, days: tuple[int, ...]) -> After | None:
        if self.until == self.problem.days:
            return None
        stretch = _stretch(days[self.until :])
        return After(days[self.until], stretch, self.until + stretch == self.problem.days)


def _less(whole: int | None, had: int) -> int | None:
    return None if whole is None else max(0, whole - had)


def _stretch(days: tuple[int, ...]) -> int:
    """How many days at the beginning are all served, or all free."""
    return next((i for i, k in enumerate(days) if (k >= 0) != (days[0] >= 0)), len(days))


def better(
    problem: Problem,
    start: Solution,
    deadline: float,
    stop: Callable[[], bool],
    tell: Callable[[Solution], object],
    seed: int = 0,
) -> None:
    """Better a whole roster span by span, in ever new places, until time is up."""
    rows = by_person(start, len(problem.workers))
    served = [tuple(mine[d][0] if d in mine else -1 for d in range(problem.days)) for mine in rows]
    firsts = _places(problem.days, random.Random(seed))
    for i, first in enumerate(firsts):
        left = deadline - time.monotonic()
        if left < LEAST or stop():
            return
        span = Span(problem, served, first, min(problem.days, first + DAYS))
        seconds = max(LEAST, min(SECONDS, left / (problem.days / DAYS)))
        at_once = seconds > PRICED * len(problem.workers)
        chosen = _chosen(span, time.monotonic() + seconds, stop, seed + i, at_once=at_once)
        for w, kinds in chosen.items():
            served[w] = served[w][: span.first] + kinds + served[w][span.until :]
        tell(
            frozenset(
                (w, d, k) for w, days in enumerate(served) for d, k in enumerate(days) if k >= 0
            )
        )


def _places(days: int, draw: random.Random) -> Iterator[int]:
    """Where spans begin, always on the first day of a week: every place once, then anew."""
    while True:
        starts = list(range(draw.randrange(4) * 7, max(1, days - 7), DAYS))
        draw.shuffle(starts)
        yield from starts


def _chosen(
    span: Span, deadline: float, stop: Callable[[], bool], seed: int, *, at_once: bool
) -> dict[int, tuple[int, ...]]:
    columns = Columns(
        span.part(),
        deadline,
        stop,
        lambda _found: None,
        seed,
        span.before(),
        span.after(),
    )
    columns.stand_at(
        frozenset(
            (w, d - span.first, k)
            for w, days in enumerate(span.served)
            for d, k in enumerate(days)
            if k >= 0 and d in span.inside
        )
    )
    columns.run(0.4 if at_once else 0.0)
    columns.threads.shutdown(wait=False)
    return {w: s.kinds for w, s in columns.mine.items()}
