"""One person's best whole schedule for given prices of each (day, kind), by dynamic programming
compiled to machine code.

What a state remembers: how long one has rested or worked, in which kind, how many minutes, weekends
and shifts of the scarcest kind so far.
Other limits on kinds are priced until they hold; the price-free value stays a valid bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from math import gcd
from typing import Any

import numpy as np

from .compiled import FAR, NONE_KEPT, _all, _table, _walk
from .problem import Problem

CELLS = (
    40_000_000  # values one person's table may hold; beyond that whole schedules are not enumerated
)


@dataclass(frozen=True)
class Schedule:
    """A person's whole schedule: the kind of each day (-1: none), and what its wishes cost."""

    kinds: tuple[int, ...]
    cost: float


# The kind served on the day before (-1: none) and for how many days it had been so; None: nothing
# is known, and no rule reaches back.
Before = tuple[int, int] | None


class Pricer:
    """Prices one person's schedules again and again; keeps its tables between calls.

    Where the days are a piece of more, `before` is what came before them, and `goes_on` asks that
    no stretch be cut off too short at their end.
    """

    def __init__(
        self, problem: Problem, w: int, before: Before = None, *, goes_on: bool = False
    ) -> None:
        worker, days, count = problem.workers[w], problem.days, len(problem.kinds)
        self.days, self.worker = days, worker
        self.unit = reduce(gcd, [k.minutes for k in problem.kinds], 0) or 1
        self.minutes = np.array([k.minutes // self.unit for k in problem.kinds], np.int64)
        longest = int(self.minutes.max()) * days
        self.top = (
            min(longest, worker.most_minutes // self.unit)
            if worker.most_minutes is not None
            else longest
        )
        self.least = -(-(worker.least_minutes or 0) // self.unit)
        self.row = min(days, worker.most_in_a_row or days)
        self.off = max(1, worker.least_off_in_a_row)
        self.weekends = min(
            len(problem.weekends),
            worker.most_weekends if worker.most_weekends is not None else len(problem.weekends),
        )
        self.counted = worker.most_weekends is not None
        self.first, self.second = np.zeros(days, np.bool_), np.zeros(days, np.bool_)
        if self.counted:
            for group in problem.weekends:
                self.first[group[0]] = True
                for day in group[1:]:
                    self.second[day] = True
        else:
            self.weekends = 0
        self.follows = np.ones((count, count), np.bool_)
        for a, b in problem.next_day:
            self.follows[a, b] = False
        limited = {
            k: n
            for k, n in worker.most.items()
            if k in worker.able and n < days and n * self.minutes[k] < self.top
        }
        self.scarce = min(limited, key=lambda k: limited[k], default=-1)
        self.scarce_most = limited.pop(self.scarce, 0)
        if self.scarce_most > 8:
            limited[self.scarce] = self.scarce_most
            self.scarce, self.scarce_most = -1, 0
        self.priced = limited
        self.groups = self._grouped(problem)
        self.base = np.full((days, count), FAR)
        for d in range(days):
            for k in worker.able:
                if (d, k) in problem.wanted and (d, k) not in worker.never:
                    self.base[d, k] = 0.0
        self.constant = 0.0
        for wish in problem.wishes:
            if wish.worker != w or wish.kind is None or self.base[wish.day, wish.kind] >= FAR:
                self.constant += wish.weight if wish.worker == w and wish.wants else 0
                continue
            self.constant += wish.weight if wish.wants else 0
            self.base[wish.day, wish.kind] += -wish.weight if wish.wants else wish.weight
        shape = (
            self.off + len(self.groups) * self.row,
            self.top + 1,
            self.weekends + 1,
            self.scarce_most + 1,
        )
        self.size = int(np.prod(shape)) * days
        self.start = -1 if before is None else self._state(*before)
        self.short: list[int] = (
            [
                self.off + g * self.row + r
                for g in range(len(self.groups))
                for r in range(min(worker.least_in_a_row - 1, self.row))
            ]
            if goes_on
            else []
        )
        if self.size <= CELLS:
            self.value = np.empty(shape)
            self.back = np.empty((days, *shape), np.int16)

    def _state(self, kind: int, days: int) -> int:
        """The number of a state: resting, or serving a group of kinds, for so many days."""
        if kind < 0:
            return min(days, self.off) - 1
        group = next(g for g, kinds in enumerate(self.groups) if kind in kinds)
        return int(self.off + group * self.row + min(days, self.row) - 1)

    def _grouped(self, problem: Problem) -> list[list[int]]:
        """Kinds that are as long, follow the same and are followed by the same are one to the
        table: on a day only the cheapest of them matters.
        """
        groups: dict[tuple[Any, ...], list[int]] = {}
        for k in range(len(problem.kinds)):
            groups.setdefault(
                (
                    self.minutes[k],
                    k == self.scarce,
                    self.follows[k].tobytes(),
                    self.follows[:, k].tobytes(),
                ),
                [],
            ).append(k)
        first = [ks[0] for ks in groups.values()]
        self.of_group = (
            self.minutes[first],
            self.follows[np.ix_(first, first)],
            next((g for g, ks in enumerate(groups.values()) if self.scarce in ks), -1),
        )
        return list(groups.values())

    @property
    def fits(self) -> bool:
        """Whether a table of all states can be held. Only wishes for kinds, one shift a day."""
        return self.size <= CELLS and self.worker.plain

    def best(self, prices: np.ndarray[Any, Any], many: int = 1) -> tuple[float, list[Schedule]]:
        """The least that any schedule costs at these prices of (day, kind), and up to `many` good
        schedules.

        The value is a bound from below: limits on kinds other than the scarcest are let go in it,
        never in the schedules.
        """
        cost = np.where(self.base >= FAR, FAR, self.base + prices)
        bound, found = self._ask(cost, many)
        fitting = [s for s in found if self._holds(s)]
        extra, step = dict.fromkeys(self.priced, 0.0), 4.0
        while not fitting and step < 1e7:
            # Dearer until the limits hold; each kind that is over pays more.
            counts = (
                {k: sum(1 for x in found[0].kinds if x == k) for k in self.priced} if found else {}
            )
            for k, n in counts.items():
                if n > self.priced[k]:
                    extra[k] += step
            step *= 2
            dear = cost.copy()
            for k, p in extra.items():
                dear[:, k] = np.where(dear[:, k] >= FAR, FAR, dear[:, k] + p)
            _, found = self._ask(dear, many)
            fitting = [s for s in found if self._holds(s)]
            if not found:
                break
        return bound + self.constant, fitting

    def _holds(self, schedule: Schedule) -> bool:
        return all(sum(1 for x in schedule.kinds if x == k) <= n for k, n in self.priced.items())

    def longest(self) -> int:
        """The most minutes somebody can serve over the days, whatever the least asks."""
        self._fill(np.where(self.base >= FAR, FAR, 0.0))
        reached = np.nonzero((self.value < FAR).any(axis=(0, 2, 3)))[0]
        return int(reached.max()) * self.unit if reached.size else 0

    def within(
        self, prices: np.ndarray[Any, Any], reduced: float, most: int
    ) -> list[Schedule] | None:
        """Every schedule whose cost at these prices is at most `reduced`; None where there are more
        than `most`, or their table is too large.
        """
        count, off = len(self.minutes), self.off
        shape = (off + count * self.row, self.top + 1, self.weekends + 1, self.scarce_most + 1)
        if int(np.prod(shape)) * self.days > CELLS // 4 or self.start >= 0 or self.short:
            return None
        cost = np.where(self.base >= FAR, FAR, self.base + prices)
        kept = np.empty((self.days, *shape))
        common = (
            cost,
            self.minutes,
            self.follows,
            self.first,
            self.second,
            self.row,
            self.worker.least_in_a_row,
            off,
        )
        _table(
            *common,
            self.weekends,
            self.scarce,
            self.scarce_most,
            self.top,
            -1,
            np.empty(shape),
            np.empty((self.days, *shape), np.int16),
            kept,
        )
        out = np.empty((most, self.days), np.int64)
        found = _all(kept, *common, self.scarce, self.least, reduced - self.constant, out)
        if found < 0:
            return None
        return [
            s
            for s in (self.schedule(tuple(int(k) for k in row)) for row in out[:found])
            if self._holds(s)
        ]

    def _fill(self, cost: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Fill the tables; returns the kind that stands for each group on each day."""
        minutes, follows, scarce = self.of_group
        cheapest = np.stack(
            [np.array(ks)[cost[:, ks].argmin(axis=1)] for ks in self.groups], axis=1
        )
        _table(
            np.take_along_axis(cost, cheapest, axis=1),
            minutes,
            follows,
            self.first,
            self.second,
            self.row,
            self.worker.least_in_a_row,
            self.off,
            self.weekends,
            scarce,
            self.scarce_most,
            self.top,
            self.start,
            self.value,
            self.back,
            NONE_KEPT,
        )
        self.value[self.short] = FAR
        return cheapest

    def _ask(self, cost: np.ndarray[Any, Any], many: int) -> tuple[float, list[Schedule]]:
        cheapest, (minutes, _follows, scarce) = self._fill(cost), self.of_group
        ends = self.value[:, min(self.least, self.top) :]
        if self.least > self.top or ends.size == 0 or ends.min() >= FAR:
            return FAR, []
        flat = ends.reshape(-1)
        order = (
            [int(flat.argmin())]
            if many == 1
            else np.argpartition(flat, min(many * 3, flat.size - 1))[: many * 3].tolist()
        )
        order.sort(key=lambda i: flat[i])
        out: dict[tuple[int, ...], Schedule] = {}
        days = np.empty(self.days, np.int64)
        for i in order:
            if flat[i] >= FAR or len(out) >= many:
                break
            s, m, w, n = (int(x) for x in np.unravel_index(i, ends.shape))
            _walk(
                self.back,
                s,
                m + self.least,
                w,
                n,
                minutes,
                self.first,
                self.second,
                self.row,
                self.off,
                scarce,
                days,
            )
            kinds = tuple(int(cheapest[d, g]) if g >= 0 else -1 for d, g in enumerate(days))
            out[kinds] = self.schedule(kinds)
        return float(flat.min()), list(out.values())

    def schedule(self, kinds: tuple[int, ...]) -> Schedule:
        """A schedule with what its wishes cost."""
        return Schedule(
            kinds,
            self.constant + sum(float(self.base[d, k]) for d, k in enumerate(kinds) if k >= 0),
        )
