"""One person's best whole schedule for given prices of each (day, kind), by dynamic programming
compiled to machine code.

What a state remembers: how long one has rested or worked, in which kind, how many minutes, weekends
and shifts of the scarcest kind so far. Other limits are priced until they hold: those on kinds, and
those on minutes where a table of all minutes would be too large. What the prices prove stays a
valid bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from math import gcd
from typing import Any

import numpy as np

from .compiled import FAR, NONE_KEPT, _all, _table, _walk
from .prices import Prices, weeks_shuffled
from .problem import After, Before, Problem
from .rooms import Room, room_for

EXACT = 300_000  # states times days up to which minutes are remembered; beyond they are priced
CELLS = 40_000_000  # values one person's table may hold; beyond that nothing is enumerated
TRIES = 40  # prices tried until all limits hold
REFINED = 3  # answers that keep all limits before the best of them is taken


@dataclass(frozen=True)
class Schedule:
    """A person's whole schedule: the kind of each day (-1: none), and what its wishes cost."""

    kinds: tuple[int, ...]
    cost: float

    def at(self, prices: np.ndarray[Any, Any]) -> float:
        """What it costs where serving in each (day, kind) has a price."""
        return self.cost + float(sum(prices[d, k] for d, k in enumerate(self.kinds) if k >= 0))


class Pricer:
    """Prices one person's schedules again and again.

    Where the days are a part of more, `before` and `after` are what stands around them: what is
    found fits between.
    """

    def __init__(
        self,
        problem: Problem,
        w: int,
        before: Before = None,
        after: After | None = None,
        *,
        most_states: int = EXACT,
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
        self.most = self.top
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
        self.of_group: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int]
        self.groups = self._grouped(problem)
        self.base = np.full((days, count), FAR)
        for d in range(days):
            for k in worker.able:
                if (d, k) in problem.wanted and (d, k) not in worker.never:
                    self.base[d, k] = 0.0
        self.constant = 0.0
        self.order = weeks_shuffled(days, w)
        for wish in problem.wishes_of.get(w, ()):
            if wish.kind is None or self.base[wish.day, wish.kind] >= FAR:
                self.constant += wish.weight if wish.wants else 0
                continue
            self.constant += wish.weight if wish.wants else 0
            self.base[wish.day, wish.kind] += -wish.weight if wish.wants else wish.weight
        states = self.off + len(self.groups) * self.row
        self.shape = (states, self.top + 1, self.weekends + 1, self.scarce_most + 1)
        self.whole_size = self.size
        self.loose = self.size > most_states
        self.twin = partial(Pricer, problem, w, before, after, most_states=CELLS)
        if self.loose:
            self.top, self.shape = 0, (states, 1, *self.shape[2:])
            self.of_group = (np.zeros_like(self.of_group[0]), *self.of_group[1:])
        self.start = -1 if before is None else self._state(*before)
        self.closed = self._closed(after) if after else []

    @property
    def size(self) -> int:
        return int(np.prod(self.shape)) * self.days

    def _state(self, kind: int, days: int) -> int:
        """The number of a state: resting, or serving a group of kinds, for so many days."""
        if kind < 0:
            return min(days, self.off) - 1
        group = next(g for g, kinds in enumerate(self.groups) if kind in kinds)
        return int(self.off + group * self.row + min(days, self.row) - 1)

    def _closed(self, after: After) -> list[int]:
        """The states one may not end in, for what stands behind the last day."""
        resting = [s for s in range(self.off) if not self._rest_goes_on(s + 1, after)]
        serving = [
            self.off + g * self.row + r
            for g in range(len(self.groups))
            for r in range(self.row)
            if not self._row_goes_on(g, r + 1, after)
        ]
        return resting + serving

    def _rest_goes_on(self, rested: int, after: After) -> bool:
        if after.kind < 0:
            return after.to_the_end or rested + after.days >= self.off
        return rested >= self.off and (after.to_the_end or after.days >= self.worker.least_in_a_row)

    def _row_goes_on(self, group: int, served: int, after: After) -> bool:
        least = self.worker.least_in_a_row
        if after.kind < 0:
            return served >= least and (after.to_the_end or after.days >= self.off)
        long = served + after.days
        follows = self.follows[self.groups[group][0], after.kind]
        return bool(follows) and long <= self.row and (after.to_the_end or long >= least)

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
        schedules; none where none was found that keeps every limit.

        The value is a bound from below: what is priced is let go in it, never in the schedules.
        """
        cost = np.where(self.base >= FAR, FAR, self.base + prices)
        bound, found = self._ask(cost, many)
        fitting = [s for s in found if self._holds(s)]
        if found and not fitting:
            bound, fitting = self._priced(cost, many, bound, found)
        if found and not fitting and self.loose and self.whole_size <= CELLS:
            # No price finds what keeps every limit: for once all minutes are remembered.
            return self.twin().best(prices, many)
        return bound + self.constant, fitting

    def _priced(
        self, cost: np.ndarray[Any, Any], many: int, bound: float, found: list[Schedule]
    ) -> tuple[float, list[Schedule]]:
        """Pay for what is over or short of its limits until they hold."""
        if not self.loose:
            return bound, self._dearer(cost, many, found) or self._rationed(cost, many)
        prices, tries = Prices(self), 0
        fitting: list[Schedule] = []
        while found and tries < TRIES and len(fitting) < REFINED * many:
            prices.learn(found[0])
            least, found = self._ask(prices.on(cost), many)
            bound = max(bound, least - prices.worth) if found else bound
            fitting += [s for s in found if self._holds(s)]
            tries += 1
        fitting = fitting or self._rationed(cost, many)
        unlike = {s.kinds: s for s in fitting}
        return bound, sorted(unlike.values(), key=lambda s: self._at(cost, s))[:many]

    def _at(self, cost: np.ndarray[Any, Any], schedule: Schedule) -> float:
        return float(sum(cost[d, k] for d, k in enumerate(schedule.kinds) if k >= 0))

    def _dearer(
        self, cost: np.ndarray[Any, Any], many: int, found: list[Schedule]
    ) -> list[Schedule]:
        """Make kinds that are over their limits dearer, until those hold or it is hopeless."""
        extra, step = dict.fromkeys(self.priced, 0.0), 4.0
        while found and step < 1e7:
            for k in self._over(found[0]):
                extra[k] += step
            step *= 2
            dear = cost.copy()
            for k, p in extra.items():
                dear[:, k] = np.where(dear[:, k] >= FAR, FAR, dear[:, k] + p)
            _, found = self._ask(dear, many)
            fitting = [s for s in found if self._holds(s)]
            if fitting:
                return fitting
        return []

    def _rationed(self, cost: np.ndarray[Any, Any], many: int) -> list[Schedule]:
        """Once a kind is over its limit, serve it on as many days as may be, and on no other; then
        pay for minutes until they fit.
        """
        prices = Prices(self)
        for _try in range(TRIES):
            _least, found = self._ask(prices.on(cost), many)
            if not found:
                return []
            fitting = [s for s in found if self._holds(s)]
            if fitting:
                return fitting
            over = self._over(found[0])
            for k, n in over.items():
                kept = [d for d in self.order if found[0].kinds[d] == k][:n]
                allowed = cost[kept, k]
                cost[:, k] = FAR
                cost[kept, k] = allowed
            if over:
                prices = Prices(self)
            else:
                prices.learn(found[0])
        return []

    def _over(self, schedule: Schedule) -> dict[int, int]:
        """The kinds of which a schedule has too many, with the most of each."""
        return {k: n for k, n in self.priced.items() if schedule.kinds.count(k) > n}

    def minutes_of(self, schedule: Schedule) -> int:
        """In units."""
        return int(sum(self.minutes[k] for k in schedule.kinds if k >= 0))

    def _holds(self, schedule: Schedule) -> bool:
        within = not self.loose or self.least <= self.minutes_of(schedule) <= self.most
        return within and not self._over(schedule)

    def within(
        self, prices: np.ndarray[Any, Any], reduced: float, most: int
    ) -> list[Schedule] | None:
        """Every schedule whose cost at these prices is at most `reduced`; None where there are more
        than `most`, or their table is too large.
        """
        count, off = len(self.minutes), self.off
        shape = (off + count * self.row, self.top + 1, self.weekends + 1, self.scarce_most + 1)
        large = int(np.prod(shape)) * self.days > CELLS // 4
        if large or self.loose or self.start >= 0 or self.closed:
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

    def _fill(self, cost: np.ndarray[Any, Any], room: Room) -> np.ndarray[Any, Any]:
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
            room.value,
            room.back,
            NONE_KEPT,
        )
        room.value[self.closed] = FAR
        return cheapest

    def _ask(self, cost: np.ndarray[Any, Any], many: int) -> tuple[float, list[Schedule]]:
        room = room_for(self.days, self.shape)
        cheapest, (minutes, _follows, scarce) = self._fill(cost, room), self.of_group
        least = 0 if self.loose else self.least
        ends = room.value[:, min(least, self.top) :]
        if least > self.top or ends.size == 0 or ends.min() >= FAR:
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
                room.back,
                s,
                m + least,
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
