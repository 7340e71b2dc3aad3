"""Finds a roster: a fair first one at once, then better ones in ever new neighbourhoods, until it
is proven best, told to stop, or out of time.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from .check import Score, judge, shed
from .model import FOUND, Model, solver
from .problem import Cell, Demand, Problem, Solution, unfairness

# what one missing person costs while searching, where one must be there: more than any wish
MUST = 100_000
LONG = 100  # days; of more than these a few weeks at a time are chosen
# free (person, day, kind) up to which CP-SAT may prove a roster with rules about stretches
SMALL_ROWS = 1_500
SMALL = 6_000  # free (person, day, kind) up to which the whole is given to CP-SAT at once
NEIGHBOURHOOD = 2_500  # free (person, day, kind) of one step; about what is solved within a second


@dataclass(frozen=True)
class Progress:
    """Where the search stands: seconds since its start, the best cost so far, how many
    must-be-filled places are empty.
    """

    seconds: float
    cost: int
    empty: int
    bound: int | None
    steps: int


@dataclass(frozen=True)
class Outcome:
    solution: Solution
    score: Score
    bound: int | None
    proven: bool
    seconds: float

    @property
    def whole(self) -> bool:
        """Whether it breaks no rule but that places which must be filled stand empty."""
        return all(b.rule == "cover" for b in self.score.breaches)


Tell = Callable[[Progress, Solution], None]


def softened(problem: Problem) -> Problem:
    """The same with every "must be there" as a very dear wish, so that there is always an answer
    that shows what is missing.
    """
    return replace(
        problem,
        demands=tuple(
            replace(d, under=MUST if d.under is None else d.under) for d in problem.demands
        ),
    )


class Search:
    """`tell` hears of every better roster; `stop` is asked between steps; without a better one for
    `patience` seconds it ends.
    """

    def __init__(
        self,
        problem: Problem,
        seconds: float,
        tell: Tell | None = None,
        stop: Callable[[], bool] | None = None,
        seed: int = 0,
        patience: float = 1e9,
    ) -> None:
        self.asked, self.problem = problem, softened(problem)
        self.deadline, self.began = time.monotonic() + seconds, time.monotonic()
        self.tell, self.stop, self.patience = tell, stop or (lambda: False), patience
        self.random = random.Random(seed)
        self.best: Solution = frozenset()
        self.cost, self.broken = judge(self.problem, self.best).cost, sys.maxsize
        self.bound: int | None = None
        self.steps = 0

    def run(self, start: Solution | None = None) -> Outcome:
        """:returns: the best roster found; its score is judged by the problem as it was asked."""
        cells = sum(len(w.able) for w in self.problem.workers) * self.problem.days
        if start is None and not self.problem.fairs and self._hangs_together():
            # What CP-SAT does not prove in a few seconds, whole schedules come nearer to.
            return self._by_columns(cells <= SMALL_ROWS and self._proven_at_once())
        self._take(start if start is not None else greedy(self.problem), force=True)
        proven = cells <= SMALL and self._whole(min(self._left(), max(3.0, self._left() / 3)))
        better = time.monotonic()
        while (
            not proven
            and self._left() > 0.2
            and not self.stop()
            and time.monotonic() - better < self.patience
        ):
            if self._step():
                better = time.monotonic()
        if proven:
            self.bound = self.cost
        return self._outcome(proven=proven)

    def _outcome(self, *, proven: bool) -> Outcome:
        """The best roster, without whatever in it breaks a rule: those places stand empty."""
        kept = shed(self.asked, self.best) if self.broken else self.best
        return Outcome(
            kept, judge(self.asked, kept), self.bound, proven, time.monotonic() - self.began
        )

    def _proven_at_once(self) -> bool:
        self._take(greedy(self.problem), force=True)
        return self._whole(min(10.0, self._left() / 4))

    def _hangs_together(self) -> bool:
        """Whether whole schedules suit the problem.

        What they need is loaded only then: a compiler, and a solver of its own.
        """
        from .columns import suits

        return suits(self.problem)

    def _by_columns(self, proven: bool) -> Outcome:
        """Where days hang together by rules about stretches: whole schedules, with a bound beside
        them.
        """
        from . import columns, spans

        if proven:
            self.bound = self.cost
            return self._outcome(proven=True)
        seed = self.random.randrange(10**6)
        found = columns.Columns(self.problem, self.deadline, self.stop, self._take, seed)
        if self.problem.days > LONG:
            found.begin()
            spans.better(self.problem, found.solution(), self.deadline, self.stop, self._take, seed)
        else:
            found.run()
        if found.bound is not None and not self.broken:
            self.bound = int(found.bound)
        return self._outcome(proven=self.bound is not None and self.cost <= self.bound)

    def _left(self) -> float:
        return self.deadline - time.monotonic()

    def _take(self, found: Solution, *, force: bool = False) -> bool:
        score = judge(self.problem, found)
        # What breaks fewer rules is better, whatever either costs.
        if not force and (len(score.breaches), score.cost) >= (self.broken, self.cost):
            return False
        self.broken = len(score.breaches)
        self.best, self.cost = found, score.cost
        if self.tell and not self.broken:
            empty = sum(1 for b in judge(self.asked, found).breaches if b.rule == "cover")
            self.tell(
                Progress(time.monotonic() - self.began, self.cost, empty, self.bound, self.steps),
                found,
            )
        return True

    def _whole(self, seconds: float) -> bool:
        """Give everything to CP-SAT; true where it proves that nothing is better."""
        built = Model(self.problem)
        built.hint(self.best)
        asked = solver(seconds)
        watch = _Watch(built, self)
        status = asked.solve(built.model, watch)
        if status in FOUND:
            self._take(built.read(asked.value, frozenset()))
            self.bound = max(self.bound or 0, int(asked.best_objective_bound + 0.999))
        return bool(status == cp_model.OPTIMAL)

    def _step(self) -> bool:
        """Free one neighbourhood and solve it; true if that made the roster better."""
        self.steps += 1
        free = self._by_days() if self.steps % 3 else self._by_people()
        built = Model(self.problem, self.best, free)
        built.hint(self.best)
        asked = solver(min(self._left(), 2.5), workers=4, seed=self.steps)
        if asked.solve(built.model) not in FOUND:
            return False
        return self._take(built.read(asked.value, self.best))

    def _by_days(self) -> set[tuple[int, int]]:
        """Some days on end, everybody."""
        per_day = max(1, sum(len(w.able) for w in self.problem.workers))
        kinds = Counter(d.day for d in self.problem.demands)
        share = min(1.0, max(kinds.values(), default=1) / max(1, len(self.problem.kinds)))
        length = max(2, min(self.problem.days, int(NEIGHBOURHOOD / (per_day * share))))
        first = self.random.randrange(max(1, self.problem.days - length + 1))
        return {
            (w, d)
            for w in range(len(self.problem.workers))
            for d in range(first, min(self.problem.days, first + length))
        }

    def _by_people(self) -> set[tuple[int, int]]:
        """Some people, every day: those who carry most and least of something, and others by
        chance.
        """
        per = max(
            1,
            sum(len(w.able) for w in self.problem.workers)
            * self.problem.days
            // max(1, len(self.problem.workers)),
        )
        many = max(2, min(len(self.problem.workers), NEIGHBOURHOOD * 2 // per))
        chosen: set[int] = set()
        if self.problem.fairs:
            fair = self.random.choice(self.problem.fairs)
            served = Counter(w for w, d, k in self.best if (d, k) in fair.cells)
            order = sorted(
                fair.among, key=lambda w: (fair.before.get(w, 0) + served[w], self.random.random())
            )
            chosen |= set(order[: many // 3] + order[-(many // 3 or 1) :])
        while len(chosen) < many:
            chosen.add(self.random.randrange(len(self.problem.workers)))
        return {(w, d) for w in chosen for d in range(self.problem.days)}


class _Watch(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]  # the library ships no types
    """Hands over each better roster while CP-SAT is at work, and lets it be stopped."""

    def __init__(self, built: Model, search: Search) -> None:
        super().__init__()
        self.built, self.search = built, search

    def on_solution_callback(self) -> None:
        self.search.bound = max(self.search.bound or 0, int(self.best_objective_bound + 0.999))
        self.search._take(self.built.read(self.value, frozenset()))
        if self.search.stop():
            self.stop_search()


# -- a first answer -------------------------------------------------------------------
class _Hands:
    """Who has what so far; whether one more would break a limit."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        # Days served before and after are days without a kind of ours.
        self.of: list[dict[int, list[int]]] = [
            {
                d: []
                for d in (
                    *range(-w.row_before, 0),
                    *range(problem.days, problem.days + w.row_after),
                )
            }
            for w in problem.workers
        ]
        self.of_kind: Counter[tuple[int, int]] = Counter()
        self.minutes: Counter[int] = Counter()
        self.week_of = {d: i for i, week in enumerate(problem.weeks) for d in week}
        self.weekend_of = {d: i for i, group in enumerate(problem.weekends) for d in group}
        self.in_week: Counter[tuple[int, int]] = Counter()
        self.weekends: dict[int, set[int]] = defaultdict(set)
        self.shares = [Counter({w: f.before.get(w, 0) for w in f.among}) for f in problem.fairs]
        self.among = [frozenset(f.among) for f in problem.fairs]

    def can(self, w: int, d: int, k: int) -> bool:
        problem, worker, mine = self.problem, self.problem.workers[w], self.of[w]
        today = mine.get(d, [])
        if not problem.may(w, d, k) or k in today or len(today) >= worker.most_a_day:
            return False
        if any((min(k, o), max(k, o)) in problem.same_day for o in today):
            return False
        if any((o, k) in problem.next_day for o in mine.get(d - 1, ())) or any(
            (k, o) in problem.next_day for o in mine.get(d + 1, ())
        ):
            return False
        if self.of_kind[w, k] >= worker.most.get(k, 10**6):
            return False
        if (
            worker.most_minutes is not None
            and self.minutes[w] + problem.kinds[k].minutes > worker.most_minutes
        ):
            return False
        if (
            worker.most_a_week is not None
            and d in self.week_of
            and self.in_week[w, self.week_of[d]]
            >= (worker.most_of(problem.weeks[self.week_of[d]]) or 0)
        ):
            return False
        if (
            worker.most_weekends is not None
            and d in self.weekend_of
            and len(self.weekends[w] | {self.weekend_of[d]}) > worker.most_weekends
        ):
            return False
        return (
            worker.most_in_a_row is None or bool(today) or self._row(w, d) <= worker.most_in_a_row
        )

    def _row(self, w: int, d: int) -> int:
        """How many days in a row it would be with this one."""
        mine, before, after = self.of[w], d, d
        while before - 1 in mine:
            before -= 1
        while after + 1 in mine:
            after += 1
        return after - before + 1

    def dear(self, w: int, d: int, k: int) -> int:
        """What one more costs in fairness."""
        return sum(
            fair.weight
            * (unfairness(max(0, shares[w] + 1 - mean)) - unfairness(max(0, shares[w] - mean)))
            * 4
            + fair.weight * shares[w]
            for fair, shares, mean, among in zip(
                self.problem.fairs, self.shares, self.problem.mean, self.among, strict=True
            )
            if w in among and (d, k) in fair.cells
        )

    def take(self, w: int, d: int, k: int) -> None:
        self.of[w].setdefault(d, []).append(k)
        self.of_kind[w, k] += 1
        self.minutes[w] += self.problem.kinds[k].minutes
        if d in self.week_of:
            self.in_week[w, self.week_of[d]] += 1
        if d in self.weekend_of:
            self.weekends[w].add(self.weekend_of[d])
        for fair, shares, among in zip(self.problem.fairs, self.shares, self.among, strict=True):
            if w in among and (d, k) in fair.cells:
                shares[w] += 1


def greedy(problem: Problem) -> Solution:
    """Day by day, the hardest to fill first, whoever can and has had least; what nobody can fill
    stays empty.
    """
    hands = _Hands(problem)
    able = [
        [w for w, worker in enumerate(problem.workers) if k in worker.able]
        for k in range(len(problem.kinds))
    ]
    asked: dict[tuple[int, int], list[tuple[int | None, int]]] = defaultdict(list)
    for wish in problem.wishes:
        asked[wish.worker, wish.day].append(
            (wish.kind, -wish.weight if wish.wants else wish.weight)
        )
    out: set[Cell] = set()
    last: Counter[int] = Counter()

    def hardness(demand: Demand) -> tuple[int, int, int]:
        return demand.day, len(able[demand.kind]) - demand.wanted, demand.kind

    for demand in sorted(problem.demands, key=hardness):
        d, k = demand.day, demand.kind
        can = [w for w in able[k] if hands.can(w, d, k)]
        can.sort(
            key=lambda w: (
                hands.dear(w, d, k)
                + sum(c for kind, c in asked.get((w, d), ()) if kind in (None, k)),
                last[w],
                w,
            )
        )
        for w in can[: demand.wanted]:
            hands.take(w, d, k)
            last[w] = d + 1
            out.add((w, d, k))
    return frozenset(out)
