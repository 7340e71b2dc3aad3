"""Chooses whole personal schedules for some people while the others stand: a linear program prices
the days, each person's best schedule at those prices joins it, and the choice that is left is made
in whole numbers.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from .compiled import FAR
from .master import ROUNDING, THREADS, Master
from .pace import END, Pace, is_slow
from .problem import After, Before, Problem, Solution, by_person
from .schedules import Pricer, Schedule

FEW = 14  # people whose whole schedules are chosen exactly; more are settled step by step
DIVE = 0.6  # share of the time left that settling everybody step by step may take
UNHURRIED = 0.4  # share of its time before that is looked at
SMALL = 45  # people whose program is written anew whenever some are settled
LAST = 3.0  # seconds for choosing the last few
# how much of the best prices so far stays in those that are asked with; the prices of a young
# program swing
SMOOTH = 0.6


@dataclass
class Part:
    """The choice of some people while the others stand: what it came to, and the bound of its
    linear program (None: not finished).
    """

    chosen: dict[int, Schedule]
    bound: float | None


class Choice:
    """Holds every schedule found so far, and the best roster. `tell` hears of each better one."""

    def __init__(
        self,
        problem: Problem,
        deadline: float,
        stop: Callable[[], bool],
        tell: Callable[[Solution], object],
        seed: int = 0,
        before: Sequence[Before] = (),
        after: Sequence[After | None] = (),
    ) -> None:
        self.problem, self.deadline, self.stop, self.tell = problem, deadline, stop, tell
        self.comes_after, self.goes_on = any(before), any(after)
        self.random = random.Random(seed)
        self.pricers = [
            Pricer(problem, w, before[w] if before else None, after[w] if after else None)
            for w in range(len(problem.workers))
        ]
        self.cells = [(d.day, d.kind) for d in problem.demands]
        self.row_of = {cell: i for i, cell in enumerate(self.cells)}
        self.wanted = np.array([d.wanted for d in problem.demands], np.float64)
        self.under = np.array([d.under or 0 for d in problem.demands], np.float64)
        self.over = np.array([d.over or 0 for d in problem.demands], np.float64)
        self.pool: list[dict[tuple[int, ...], Schedule]] = [{} for _ in self.pricers]
        self.mine: dict[int, Schedule] = {}
        self.cost = float("inf")
        self.bound: float | None = None
        self.looked_through = float(
            "inf"
        )  # the cost for which every schedule that could better it was looked through
        self.threads = ThreadPoolExecutor(THREADS)

    # -- what a roster costs ------------------------------------------------------
    def rows(self, schedule: Schedule) -> list[int]:
        return [self.row_of[d, k] for d, k in enumerate(schedule.kinds) if k >= 0]

    def there(self, chosen: Iterable[Schedule]) -> np.ndarray[Any, Any]:
        found = np.zeros(len(self.cells))
        for schedule in chosen:
            found[self.rows(schedule)] += 1
        return found

    def total(self, chosen: dict[int, Schedule]) -> float:
        short = self.wanted - self.there(chosen.values())
        return float(
            np.where(short > 0, short * self.under, -short * self.over).sum()
            + sum(s.cost for s in chosen.values())
        )

    def solution(self) -> Solution:
        return frozenset(
            (w, d, k) for w, s in self.mine.items() for d, k in enumerate(s.kinds) if k >= 0
        )

    def _left(self) -> float:
        return self.deadline - time.monotonic()

    def _over(self) -> bool:
        return (
            self._left() < 0.3
            or self.stop()
            or (self.bound is not None and self.cost <= self.bound + ROUNDING)
        )

    def _take(self, chosen: dict[int, Schedule]) -> bool:
        cost = self.total(chosen)
        if cost >= self.cost - ROUNDING:
            return False
        self.mine, self.cost = dict(chosen), cost
        self.tell(self.solution())
        return True

    def _keep(self, w: int, found: Iterable[Schedule]) -> list[Schedule]:
        """Add schedules to the pool; returns the new ones."""
        new = [s for s in found if s.kinds not in self.pool[w]]
        self.pool[w].update({s.kinds: s for s in new})
        return new

    # -- one after the other --------------------------------------------------------
    def _marginal(self, there: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """What one more costs in each cell, as prices of (day, kind)."""
        prices = np.zeros((self.problem.days, len(self.problem.kinds)))
        worth = np.where(there < self.wanted, -self.under, self.over)
        for i, (d, k) in enumerate(self.cells):
            prices[d, k] = worth[i]
        return prices

    def _settle(self, chosen: dict[int, Schedule], people: Sequence[int]) -> None:
        """Give each of these people in turn the best schedule while the others stand.

        Whoever has none at all, by their own rules alone, rests throughout: the roster is then not
        whole, and its judge says for whom.
        """
        there = self.there(chosen.values())
        for w in people:
            if w in chosen:
                there[self.rows(chosen[w])] -= 1
            prices = self._marginal(there)
            _, found = self.pricers[w].best(prices)
            self._keep(w, found)
            resting = self.pricers[w].schedule((-1,) * self.problem.days)
            mine = [chosen[w]] if w in chosen else [] if found else [resting]
            chosen[w] = min([*mine, *found], key=lambda s: s.at(prices))
            there[self.rows(chosen[w])] += 1

    def begin(self) -> None:
        """A first roster, one person after the other, until nobody alone can better it."""
        people = list(range(len(self.pricers)))
        chosen: dict[int, Schedule] = {}
        last = float("inf")
        while not self._over():
            self.random.shuffle(people)
            self._settle(chosen, people)
            self._take(chosen)
            if self.total(chosen) >= last - ROUNDING:
                break
            last = self.total(chosen)

    def stand_at(self, solution: Solution) -> None:
        """Begin with a roster that is there already."""
        days = by_person(solution, len(self.pricers))
        for w, mine in enumerate(days):
            kinds = tuple(mine[d][0] if d in mine else -1 for d in range(self.problem.days))
            self.mine[w] = self.pricers[w].schedule(kinds)
            self._keep(w, [self.mine[w]])
        self.cost = self.total(self.mine)

    # -- some people, or all -----------------------------------------------------------
    def part(self, people: Sequence[int], until: float, *, rounds: int = 10**6) -> Part:
        """Choose anew for some people while the others stand: price until nothing is gained or time
        is up, then choose in whole numbers.
        """
        others = {w: s for w, s in self.mine.items() if w not in set(people)}
        residual = self.wanted - self.there(others.values())
        master = Master(self, people, residual)
        for w in people:
            master.add(w, self._promising(w, len(people)))
        bound = self._price(
            master, people, min(until, self.deadline), rounds, patient=len(people) <= FEW
        )
        start = {w: self.mine[w] for w in people if w in self.mine}
        if len(people) <= FEW:
            chosen = master.whole(max(0.3, until - time.monotonic()), start)
        else:
            chosen = self._dive(master, people, time.monotonic() + DIVE * self._left())
        self._take({**others, **chosen})
        return Part(chosen, bound)

    def _dive(self, master: Master, people: Sequence[int], until: float) -> dict[int, Schedule]:
        """Settle the surest step by step, and price the others anew around them, until few are
        left: those are chosen exactly.

        Whom time leaves unsettled takes what is best for them alone.
        """
        settled = {w: s for w, s in self.mine.items() if w not in set(people)}
        left, pace = list(people), Pace(until)
        while left and time.monotonic() < until and not self.stop():
            if len(left) <= END:
                settled |= master.whole(min(self._left(), LAST), {})
                break
            shares = master.shares()
            if not shares:
                break
            many = max(1, round(len(left) * pace.share(len(left))))
            ready = {w: s for v, w, s in shares[:many]} | {w: s for v, w, s in shares if v > 0.999}
            settled |= ready
            left = [w for w in left if w not in ready]
            if not left:
                break
            if len(left) > SMALL:
                master.settle(ready)
            else:
                master = self._anew(settled, left, master)
            self._price(master, left, time.monotonic() + pace.seconds(len(left)), 60)
            pace.step()
        everybody = list(people)
        self.random.shuffle(everybody)
        everybody.sort(key=lambda w: w in settled)
        self._settle(settled, everybody)
        return {w: settled[w] for w in people}

    def _anew(self, settled: dict[int, Schedule], left: list[int], master: Master) -> Master:
        """A program of its own for those who are left, with the schedules nearest to being taken: a
        small one is solved so much faster that many more can join it.
        """
        near = master.nearest(left)
        small = Master(self, left, self.wanted - self.there(settled.values()))
        for w in left:
            small.add(w, near[w])
        return small

    def _promising(self, w: int, many: int) -> list[Schedule]:
        """The newest schedules of somebody, and the one they have."""
        newest = list(self.pool[w].values())[-max(20, 1500 // many) :]
        return [*newest, *([self.mine[w]] if w in self.mine and self.mine[w] not in newest else [])]

    def _price(
        self,
        master: Master,
        people: Sequence[int],
        until: float,
        rounds: int,
        *,
        patient: bool = True,
    ) -> float | None:
        """Let schedules join until none would better the linear program; returns its value then, a
        bound for these people. Without patience it ends where little is gained any more.
        """
        values: list[float] = []
        long = time.monotonic() + (until - time.monotonic()) * UNHURRIED
        steady: np.ndarray[Any, Any] | None = None
        best = -float("inf")
        for _ in range(rounds):
            if time.monotonic() > until or self.stop():
                return best if best > -float("inf") else None
            value, prices, own = master.solve()
            values.append(value)
            if not patient and time.monotonic() > long and is_slow(values):
                return best if best > -float("inf") else None
            asked = prices if steady is None else SMOOTH * steady + (1 - SMOOTH) * prices
            low, new = self._ask(master, people, asked, own)
            if low > best:
                best, steady = low, asked
            if new == 0 and asked is not prices:
                low, new = self._ask(master, people, prices, own)
                best = max(best, low)
                steady = None
            if best >= value - 1e-4 or (new == 0 and steady is None):
                return max(best, min(value, best + 1e-4))
        return None

    def _ask(
        self,
        master: Master,
        people: Sequence[int],
        prices: np.ndarray[Any, Any],
        own: dict[int, float],
    ) -> tuple[float, int]:
        """Ask everybody for their best schedules at some prices; returns the bound these prices
        prove and how many joined.
        """
        grid = self._grid(prices)
        answers = list(self.threads.map(lambda w: self.pricers[w].best(grid, 3), people))
        new = 0
        for w, (_, found) in zip(people, answers, strict=True):
            for s in found:
                reduced = s.cost - sum(prices[i] for i in self.rows(s)) - own[w]
                if reduced < -1e-6:
                    new += master.add(w, [s])
                    self._keep(w, [s])
        least = [low for low, _ in answers]
        return (-float("inf") if max(least) >= FAR else sum(least) + master.worth(prices)), new

    def _grid(self, prices: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """What is paid for serving in each (day, kind) at some prices of the cells."""
        grid = np.zeros((self.problem.days, len(self.problem.kinds)))
        for i, (d, k) in enumerate(self.cells):
            grid[d, k] = -prices[i]
        return grid
