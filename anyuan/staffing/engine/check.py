"""Judges a roster by the words of the problem alone: what is broken, what it costs.

Shares nothing with what makes rosters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from .problem import Cell, Problem, Solution, Worker, by_person, unfairness


@dataclass(frozen=True)
class Breach:
    """Something that must hold and does not."""

    rule: str
    worker: int | None = None
    day: int | None = None
    kind: int | None = None


@dataclass(frozen=True)
class Score:
    breaches: tuple[Breach, ...]
    cover: int
    wishes: int
    fairness: int

    @property
    def cost(self) -> int:
        return self.cover + self.wishes + self.fairness


def shed(problem: Problem, solution: Solution) -> Solution:
    """A roster without the shifts that break a rule: their places stand empty instead.

    What nobody's resting mends, such as too few minutes, stays broken.
    """
    while broken := {(b.worker, b.day or 0) for b in _people(problem, solution)}:
        kept = solution - {_next_shift(solution, worker, day) for worker, day in broken}
        if kept == solution:
            break
        solution = kept
    return solution


def _next_shift(solution: Solution, worker: int | None, day: int) -> Cell | None:
    """The first shift of somebody from a day on; what a week or more has too many begins there."""
    return min((c for c in solution if c[0] == worker and c[1] >= day), default=None)


def judge(problem: Problem, solution: Solution) -> Score:
    breaches = [*_people(problem, solution)]
    cover = 0
    there = Counter((d, k) for _, d, k in solution)
    for demand in problem.demands:
        found = there.pop((demand.day, demand.kind), 0)
        missing, extra = max(0, demand.wanted - found), max(0, found - demand.wanted)
        if missing and demand.under is None:
            breaches.append(Breach("cover", None, demand.day, demand.kind))
        if extra and demand.over is None:
            breaches.append(Breach("too many", None, demand.day, demand.kind))
        cover += missing * (demand.under or 0) + extra * (demand.over or 0)
    breaches += [Breach("not asked for", None, d, k) for d, k in there]
    wishes = sum(
        w.weight
        for w in problem.wishes
        if _granted(solution, w.worker, w.day, w.kind, len(problem.kinds)) != w.wants
    )
    fairness = 0
    for fair, mean in zip(problem.fairs, problem.mean, strict=True):
        served = Counter(w for w, d, k in solution if (d, k) in fair.cells)
        fairness += fair.weight * sum(
            unfairness(max(0, fair.before.get(w, 0) + served[w] - mean)) for w in fair.among
        )
    return Score(tuple(breaches), cover, wishes, fairness)


def _granted(solution: Solution, worker: int, day: int, kind: int | None, kinds: int) -> bool:
    return any((worker, day, k) in solution for k in ([kind] if kind is not None else range(kinds)))


def _people(problem: Problem, solution: Solution) -> Iterator[Breach]:
    for w, days in enumerate(by_person(solution, len(problem.workers))):
        worker = problem.workers[w]
        for day, kinds in days.items():
            for k in kinds:
                if k not in worker.able:
                    yield Breach("not able", w, day, k)
                elif (day, k) in worker.never:
                    yield Breach(worker.never[day, k], w, day, k)
                for other in days.get(day + 1, ()):
                    if (k, other) in problem.next_day:
                        yield Breach("rest", w, day, k)
            if any((a, b) in problem.same_day for a in kinds for b in kinds):
                yield Breach("two at once", w, day)
            if len(kinds) > worker.most_a_day:
                yield Breach("too many a day", w, day)
        yield from _limits(problem, w, worker, days)


def _limits(
    problem: Problem, w: int, worker: Worker, days: dict[int, list[int]]
) -> Iterator[Breach]:
    served = Counter(k for kinds in days.values() for k in kinds)
    minutes = sum(problem.kinds[k].minutes * n for k, n in served.items())
    if any(served[k] > n for k, n in worker.most.items()):
        yield Breach("too many of a kind", w)
    if worker.most_minutes is not None and minutes > worker.most_minutes:
        yield Breach("too many minutes", w)
    if worker.least_minutes is not None and minutes < worker.least_minutes:
        yield Breach("too few minutes", w)
    if (
        worker.most_weekends is not None
        and sum(1 for g in problem.weekends if any(d in days for d in g)) > worker.most_weekends
    ):
        yield Breach("too many weekends", w)
    if worker.most_a_week is not None:
        for week in problem.weeks:
            if sum(len(days.get(d, ())) for d in week) > (worker.most_of(week) or 0):
                yield Breach("too many a week", w, week[0])
    yield from _rows(problem.days, w, worker, days)


def _rows(horizon: int, w: int, worker: Worker, days: dict[int, list[int]]) -> Iterator[Breach]:
    """Stretches of work and of rest; one that touches the border counts as long enough."""
    start = 0
    for day in range(1, horizon + 1):
        if day < horizon and (day in days) == (start in days):
            continue
        length, inside = day - start, start > 0 and day < horizon
        if start in days:
            row = (
                length
                + (worker.row_before if start == 0 else 0)
                + (worker.row_after if day == horizon else 0)
            )
            if worker.most_in_a_row is not None and row > worker.most_in_a_row:
                yield Breach("too many in a row", w, start)
            if inside and length < worker.least_in_a_row:
                yield Breach("too few in a row", w, start)
        elif inside and length < worker.least_off_in_a_row:
            yield Breach("too short a rest", w, start)
        start = day
