"""Chooses among whole personal schedules: a linear program prices the days, each person's best
schedule at those prices joins it,
and the choice that is left is made in whole numbers; then some people at a time are chosen anew
while the others stand.

For problems with one shift a day and rules about stretches, minutes and weekends, where days hang
together too much to be solved one by one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np

from .compiled import FAR
from .master import ROUNDING, THREADS, Master
from .model import FOUND, Model, solver
from .problem import Problem, Solution, by_person
from .schedules import After, Before, Pricer, Schedule

FEW = 14  # people whose whole schedules are chosen exactly; more are settled step by step
DIVE = 0.6  # share of the time left that settling everybody step by step may take
# Pricing everybody ends early where eight rounds bettered the program by less than this share.
SLOW, ROUNDS_LOOKED_AT = 0.01, 8
UNHURRIED = 0.4  # share of its time before that is looked at
NEIGHBOURHOODS = [
    ("people", 7),
    ("people", 10),
    ("people", 14),
    ("days", 5),
    ("days", 7),
    ("days", 10),
    ("all", 0),
]
# of the cost: so near the bound, everybody at once is chosen anew among the schedules that could
# still better it
CLOSE = 0.01
MANY = (
    100_000  # schedules that are written down to look through every one that could better a roster
)
AT_ONCE, END = (
    0.12,
    6,
)  # of those left who are settled in a step; how many are left in the end to be chosen exactly
STEP, LAST, LONG = (
    0.5,
    3.0,
    20.0,
    # seconds for the pricing of a step at least, for choosing the last few, and for choosing
    # everybody
    # at once
)
# how much of the best prices so far stays in those that are asked with; the prices of a young
# program swing
SMOOTH = 0.6


def suits(problem: Problem) -> bool:
    """Whether whole schedules can be enumerated: one shift a day, nothing shared evenly, every
    demand and wish of the plain sort.
    """
    return (
        not problem.fairs
        and not problem.same_day
        and all(d.under is not None and d.over is not None for d in problem.demands)
        and all(w.kind is not None for w in problem.wishes)
        and all(w.plain for w in problem.workers)
        and all(Pricer(problem, w).fits for w in range(len(problem.workers)))
    )


class _Pace:
    """How many are settled in a step, and how long it may take, so that all are by a moment."""

    def __init__(self, until: float) -> None:
        self.until, self.began, self.steps = until, time.monotonic(), 0

    def step(self) -> None:
        self.steps += 1

    def share(self, left: int) -> float:
        """Of those left: a few, or as many as it takes at the pace so far."""
        now = time.monotonic()
        a_step = (now - self.began) / self.steps if self.steps else STEP
        steps = max(1.0, (self.until - now) / max(a_step, 0.01))
        return max(AT_ONCE, 1 - exp(-log(max(left / END, 1.0)) / steps))

    def seconds(self, left: int) -> float:
        steps = 1 + max(0.0, log(max(left / END, 1.0)) / -log(1 - AT_ONCE))
        return max(STEP, (self.until - time.monotonic()) / steps)


def _slow(values: Sequence[float]) -> bool:
    """Whether the last rounds bettered a linear program by little."""
    if len(values) <= ROUNDS_LOOKED_AT:
        return False
    return values[-1 - ROUNDS_LOOKED_AT] - values[-1] < SLOW * abs(values[-1])


@dataclass
class Part:
    """The choice of some people while the others stand: what it came to, and the bound of its
    linear program (None: not finished).
    """

    chosen: dict[int, Schedule]
    bound: float | None


class Columns:
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
        left, pace = list(people), _Pace(until)
        while left and time.monotonic() < until and not self.stop():
            if len(left) <= END:
                settled |= self._last(settled, left, master)
                break
            shares = master.shares()
            if not shares:
                break
            many = max(1, round(len(left) * pace.share(len(left))))
            ready = {w: s for v, w, s in shares[:many]} | {w: s for v, w, s in shares if v > 0.999}
            settled |= ready
            master.settle(ready)
            left = [w for w in left if w not in ready]
            if not left:
                break
            self._price(master, left, time.monotonic() + pace.seconds(len(left)), 60)
            pace.step()
        everybody = list(people)
        self.random.shuffle(everybody)
        everybody.sort(key=lambda w: w in settled)
        self._settle(settled, everybody)
        return {w: settled[w] for w in people}

    def _last(
        self, settled: dict[int, Schedule], left: list[int], master: Master
    ) -> dict[int, Schedule]:
        """The few that are left, chosen exactly."""
        near = master.nearest(left)
        few = Master(self, left, self.wanted - self.there(settled.values()))
        for w in left:
            few.add(w, near[w])
        few.solve()
        return few.whole(min(self._left(), LAST), {})

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
            if not patient and time.monotonic() > long and _slow(values):
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

    # -- the search -------------------------------------------------------------------
    def run(self, pricing: float = 0.4) -> None:
        """Price everybody for a share of the time, then choose some anew, again and again, until
        time is up or the bound is met.

        Which neighbourhood is tried next follows from what each gained for its time so far: on some
        problems a dozen whole schedules
        at once are what helps, on others a week of everybody.
        """
        if not self.mine:
            self.begin()
        if pricing:
            self._price_everybody(pricing)
        gained = dict.fromkeys(NEIGHBOURHOODS, 1.0)
        while not self._over():
            arms = {
                a: g + 0.08 * max(gained.values())
                for a, g in gained.items()
                if a[0] != "all" or self._close()
            }
            arm = self.random.choices(list(arms), list(arms.values()))[0]
            before, began = self.cost, time.monotonic()
            sort, size = arm
            if sort == "people":
                self.part(
                    self._neighbours(min(size, len(self.pricers))),
                    began + min(self._left(), 4.0),
                    rounds=25,
                )
            elif sort == "all":
                self._everybody()
            else:
                self._days(size)
            rate = (
                (before - self.cost) / max(0.05, time.monotonic() - began) / max(1.0, before) * 1000
            )
            gained[arm] = 0.7 * gained[arm] + 0.3 * rate

    def _price_everybody(self, share: float) -> None:
        people = list(range(len(self.pricers)))
        whole = self.part(people, time.monotonic() + self._left() * share)
        if whole.bound is not None:
            self.bound = float(np.ceil(whole.bound - 1e-3))

    def _close(self) -> bool:
        return self.bound is not None and self.cost - self.bound <= CLOSE * self.cost

    def _everybody(self) -> None:
        """Choose a schedule for each at once, in whole numbers, among those with which a better
        roster is possible at all.

        Where all of those can be written down, what is found is the best there is.
        """
        people = list(range(len(self.pricers)))
        master = Master(self, people, self.wanted)
        for w in people:
            master.add(w, self.pool[w].values())
        value, prices, _ = master.solve()
        every = self._every(master, prices)
        some = Master(self, people, self.wanted)
        for w, found in (every or master.within(self.cost - value)).items():
            some.add(w, found)
            some.add(w, [self.mine[w]])
        some.solve()
        self._take(
            some.whole(
                min(self._left(), max(LONG, self._left() / 2) if every else LONG), dict(self.mine)
            )
        )
        if every and some.proven:
            self.bound = self.cost

    def _every(
        self, master: Master, prices: np.ndarray[Any, Any]
    ) -> dict[int, list[Schedule]] | None:
        """Every schedule that can be in a roster better than ours; None where there are too many,
        or these were looked through before.

        At any prices a roster costs at least what they prove; whatever somebody's schedule is above
        the least of theirs, the roster is above that.
        """
        if self.cost >= self.looked_through:
            return None
        self.looked_through = self.cost
        grid = self._grid(prices)
        least = [low for low, _ in self.threads.map(lambda p: p.best(grid), self.pricers)]
        # A better roster costs at least one less.
        above = self.cost - 1 - sum(least) - master.worth(prices) + 1e-4
        if not np.isfinite(above) or max(least) >= FAR:
            return None
        found = list(
            self.threads.map(
                lambda w: self.pricers[w].within(grid, least[w] + above, MANY),
                range(len(self.pricers)),
            )
        )
        if any(f is None for f in found) or sum(len(f or ()) for f in found) > MANY:
            return None
        return {w: f for w, f in enumerate(found) if f is not None}

    def _grid(self, prices: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """What is paid for serving in each (day, kind) at some prices of the cells."""
        grid = np.zeros((self.problem.days, len(self.problem.kinds)))
        for i, (d, k) in enumerate(self.cells):
            grid[d, k] = -prices[i]
        return grid

    def _days(self, length: int) -> None:
        """Choose some days on end anew for everybody, by CP-SAT."""
        first = self.random.randrange(max(1, self.problem.days - length + 1))
        free = {
            (w, d)
            for w, schedule in self.mine.items()
            for d in range(first, min(self.problem.days, first + length))
            if not self._border(schedule.kinds, d)
        }
        standing = self.solution()
        built = Model(self.problem, standing, free)
        built.hint(standing)
        asked = solver(min(self._left(), 3.0), seed=self.random.randrange(10**6))
        if asked.solve(built.model) not in FOUND:
            return
        days = by_person(built.read(asked.value, standing), len(self.pricers))
        chosen = {}
        for w, mine in enumerate(days):
            kinds = tuple(mine[d][0] if d in mine else -1 for d in range(self.problem.days))
            chosen[w] = self.pricers[w].schedule(kinds)
            self._keep(w, [chosen[w]])
        self._take(chosen)

    def _border(self, kinds: tuple[int, ...], day: int) -> bool:
        """Whether a day belongs to a stretch that reaches out of these days, or ends it: rules that
        CP-SAT does not know of here hang on it.
        """
        served = [k >= 0 for k in kinds]
        begins = self.comes_after and len(set(served[:day])) <= 1
        return begins or (self.goes_on and len(set(served[day + 1 :])) <= 1)

    def _neighbours(self, many: int) -> list[int]:
        """Some people by chance, half of them from those who could serve where the roster is
        dearest.
        """
        short = self.wanted - self.there(self.mine.values())
        cost = np.where(short > 0, short * self.under, -short * self.over)
        chosen: set[int] = set()
        dear = [i for i in np.argsort(-cost)[:6].tolist() if cost[i] > 0]
        if dear:
            d, k = self.cells[self.random.choice(dear)]
            able = [w for w in range(len(self.pricers)) if self.pricers[w].base[d, k] < FAR]
            chosen |= set(self.random.sample(able, min(len(able), many // 2)))
        rest = [w for w in range(len(self.pricers)) if w not in chosen]
        return sorted(chosen | set(self.random.sample(rest, min(len(rest), many - len(chosen)))))
