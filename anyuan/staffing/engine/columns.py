"""Chooses among whole personal schedules: everybody is priced and settled once, then some people at
a time, or some days, are chosen anew while the others stand.

For problems with one shift a day and rules about stretches, minutes and weekends, where days hang
together too much to be solved one by one.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from .choice import Choice
from .compiled import FAR
from .master import Master
from .model import FOUND, Model, solver
from .problem import Problem, by_person
from .schedules import Pricer, Schedule

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
MANY = 100_000  # schedules written down to look through every one that could better a roster
LONG = 20.0  # seconds for choosing everybody at once


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


class Columns(Choice):
    """Holds every schedule found so far, and the best roster; betters it until time is up."""

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
