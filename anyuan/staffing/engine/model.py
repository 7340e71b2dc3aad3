"""Says a problem, or the free part of one, to CP-SAT; the one place where its rules become
constraints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ortools.sat.python import cp_model

from .problem import TIERS, Cell, Problem, Solution

Literal = Any  # a variable of CP-SAT, or the whole number it is fixed to
# What a rule may be switched by: its label → the literal that asks for it; None where it always
# holds.
Switch = Callable[[tuple[Any, ...]], Any]


class Model:
    """`free` names the (person, day) that may change; everything else stands as `fixed` says. None:
    everything is free.

    With a `switch`, each rule hangs on the literal it returns, so that one can ask which rules
    collide.
    """

    def __init__(
        self,
        problem: Problem,
        fixed: Solution = frozenset(),
        free: set[tuple[int, int]] | None = None,
        switch: Switch | None = None,
        model: cp_model.CpModel | None = None,
    ) -> None:
        self.problem, self.free, self.switch = problem, free, switch
        self.model = model or cp_model.CpModel()
        self.x: dict[Cell, Any] = {}
        self.standing: dict[tuple[int, int], set[int]] = defaultdict(set)
        self.costs: list[Any] = []
        self._served: dict[tuple[int, int], Literal] = {}
        for w, d, k in fixed:
            if free is not None and (w, d) not in free:
                self.standing[w, d].add(k)
        self._variables()
        self.touched = (
            sorted({w for w, _ in free}) if free is not None else list(range(len(problem.workers)))
        )
        for w in self.touched:
            self._person(w)
        self._cover(fixed)
        self._wishes()
        self._fairness(fixed)
        self.model.minimize(sum(self.costs))

    # -- variables ------------------------------------------------------------
    def _is_free(self, w: int, d: int) -> bool:
        return self.free is None or (w, d) in self.free

    def _variables(self) -> None:
        problem = self.problem
        kinds_of: dict[int, list[int]] = defaultdict(list)
        for demand in problem.demands:
            kinds_of[demand.day].append(demand.kind)
        cells: Iterable[tuple[int, int]] = (
            self.free
            if self.free is not None
            else ((w, d) for w in range(len(problem.workers)) for d in range(problem.days))
        )
        for w, d in cells:
            worker = problem.workers[w]
            for k in kinds_of[d]:
                if k not in worker.able:
                    continue
                reason = worker.never.get((d, k))
                if reason is None:
                    self.x[w, d, k] = self.model.new_bool_var("")
                elif self.switch is not None:
                    self.x[w, d, k] = self.model.new_bool_var("")
                    self._rule((reason, w), self.x[w, d, k] == 0)

    def lit(self, w: int, d: int, k: int) -> Literal:
        return self.x.get((w, d, k), 0) if self._is_free(w, d) else int(k in self.standing[w, d])

    def _kinds(self, w: int, d: int) -> list[int]:
        if self._is_free(w, d):
            return [k for k in sorted(self.problem.workers[w].able) if (w, d, k) in self.x]
        return sorted(self.standing[w, d])

    def served(self, w: int, d: int) -> Literal:
        """Whether somebody serves at all on a day."""
        if (w, d) not in self._served:
            literals = [self.lit(w, d, k) for k in self._kinds(w, d)]
            if not literals:
                known: Literal = 0
            elif not self._is_free(w, d):
                known = 1
            elif len(literals) == 1:
                known = literals[0]
            else:
                known = self.model.new_bool_var("")
                if self.problem.workers[w].most_a_day == 1:
                    self.model.add(sum(literals) == known)
                else:
                    self.model.add_max_equality(known, literals)
            self._served[w, d] = known
        return self._served[w, d]

    def _rule(self, label: tuple[Any, ...], constraint: Any) -> None:
        """Add what must hold; a comparison of two whole numbers is no constraint."""
        if isinstance(constraint, bool):
            if not constraint and self.switch is None:
                self.model.add_bool_or([])
            return
        added = self.model.add(constraint)
        if self.switch is not None and (on := self.switch(label)) is not None:
            added.only_enforce_if(on)

    # -- one person -------------------------------------------------------------
    def _person(self, w: int) -> None:
        worker, problem = self.problem.workers[w], self.problem
        days = (
            range(problem.days)
            if self.free is None
            else sorted({d for p, d in self.free if p == w})
        )
        for d in days:
            literals = [self.lit(w, d, k) for k in self._kinds(w, d)]
            if len(literals) > worker.most_a_day:
                self._rule(("too many a day", w), sum(literals) <= worker.most_a_day)
            if worker.most_a_day > 1:
                for a, b in problem.same_day:
                    if not isinstance(self.lit(w, d, a), int) and not isinstance(
                        self.lit(w, d, b), int
                    ):
                        self._rule(("two at once", w), self.lit(w, d, a) + self.lit(w, d, b) <= 1)
        for d in sorted({e for day in days for e in (day - 1, day)}):
            if 0 <= d < problem.days - 1 and (self._is_free(w, d) or self._is_free(w, d + 1)):
                self._following(w, d)
        self._totals(w)
        self._stretches(w, list(days))

    def _following(self, w: int, d: int) -> None:
        most = self.problem.workers[w].most_a_day
        for k in self._kinds(w, d):
            after = [self.lit(w, d + 1, other) for other in self.problem.follows_not[k]]
            after = [a for a in after if not (isinstance(a, int) and a == 0)]
            if not after:
                continue
            if most == 1:
                self._rule(("rest", w), self.lit(w, d, k) + sum(after) <= 1)
            else:
                for a in after:
                    self._rule(("rest", w), self.lit(w, d, k) + a <= 1)

    def _totals(self, w: int) -> None:
        worker, problem = self.problem.workers[w], self.problem
        days = range(problem.days)
        for k, most in worker.most.items():
            terms = [self.lit(w, d, k) for d in days]
            if (
                sum(1 for t in terms if not isinstance(t, int))
                + sum(t for t in terms if isinstance(t, int))
                > most
            ):
                self._rule(("too many of a kind", w), sum(terms) <= most)
        if worker.most_minutes is not None or worker.least_minutes is not None:
            minutes = sum(
                problem.kinds[k].minutes * self.lit(w, d, k)
                for d in days
                for k in self._kinds(w, d)
            )
            if worker.most_minutes is not None:
                self._rule(("too many minutes", w), minutes <= worker.most_minutes)
            if worker.least_minutes is not None:
                self._rule(("too few minutes", w), minutes >= worker.least_minutes)
        if worker.most_weekends is not None:
            self._rule(
                ("too many weekends", w),
                sum(self._weekend(w, g) for g in problem.weekends) <= worker.most_weekends,
            )
        if worker.most_a_week is not None:
            for week in problem.weeks:
                terms = [self.lit(w, d, k) for d in week for k in self._kinds(w, d)]
                most = worker.most_of(week) or 0
                if len(terms) > most and any(not isinstance(t, int) for t in terms):
                    self._rule(("too many a week", w), sum(terms) <= most)

    def _weekend(self, w: int, group: tuple[int, ...]) -> Literal:
        literals = [self.served(w, d) for d in group]
        if all(isinstance(v, int) for v in literals):
            return max(literals)
        known = self.model.new_bool_var("")
        for literal in literals:
            self.model.add(known >= literal)
        return known

    def _stretches(self, w: int, days: list[int]) -> None:
        worker, horizon = self.problem.workers[w], self.problem.days
        if worker.most_in_a_row is not None:
            length = worker.most_in_a_row + 1
            for first in range(
                -min(worker.row_before, length),
                horizon + min(worker.row_after, length) - length + 1,
            ):
                if self._touches(w, first, length):
                    row = sum(
                        self.served(w, d) if 0 <= d < horizon else 1
                        for d in range(first, first + length)
                    )
                    self._rule(("too many in a row", w), row <= worker.most_in_a_row)
        for least, rule, on in (
            (worker.least_in_a_row, "too few in a row", 1),
            (worker.least_off_in_a_row, "too short a rest", 0),
        ):
            for short in range(1, least):
                for first in range(1, horizon - short):
                    if self._touches(w, first - 1, short + 2):
                        self._no_short(w, first, short, rule, on)

    def _touches(self, w: int, first: int, length: int) -> bool:
        return any(
            self._is_free(w, d)
            for d in range(max(first, 0), min(first + length, self.problem.days))
        )

    def _no_short(self, w: int, first: int, short: int, rule: str, on: int) -> None:
        """No stretch of exactly `short` days between two of the other sort."""
        edges = [self.served(w, first - 1), self.served(w, first + short)]
        inside = [self.served(w, d) for d in range(first, first + short)]
        if on:
            self._rule((rule, w), sum(inside) - sum(edges) <= short - 1)
        else:
            self._rule((rule, w), sum(edges) - sum(inside) <= 1)

    # -- what all serve together ---------------------------------------------------
    def _cover(self, fixed: Solution) -> None:
        here: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for (_, d, k), variable in self.x.items():
            here[d, k].append(variable)
        there: dict[tuple[int, int], int] = defaultdict(int)
        for w, d, k in fixed:
            if not self._is_free(w, d):
                there[d, k] += 1
        for demand in self.problem.demands:
            cell = demand.day, demand.kind
            variables = here.get(cell, [])
            if self.free is not None and not variables:
                continue
            total = sum(variables) + there[cell]
            if demand.under is None:
                if isinstance(total, int) and total < demand.wanted and self.switch is None:
                    self.model.add_bool_or([])
                elif self.switch is not None:
                    missing = self.model.new_int_var(0, demand.wanted, "")
                    self.model.add(total + missing >= demand.wanted)
                    self._rule(("cover", demand.day, demand.kind), missing == 0)
                else:
                    self._rule(("cover",), total >= demand.wanted)
            elif not isinstance(total, int):
                missing = self.model.new_int_var(0, demand.wanted, "")
                self.model.add(missing >= demand.wanted - total)
                self.costs.append(demand.under * missing)
            else:
                self.costs.append(demand.under * max(0, demand.wanted - total))
            if not isinstance(total, int):
                if demand.over is None:
                    self.model.add(total <= demand.wanted)
                elif demand.over:
                    extra = self.model.new_int_var(0, len(self.problem.workers), "")
                    self.model.add(extra >= total - demand.wanted)
                    self.costs.append(demand.over * extra)

    def _wishes(self) -> None:
        for wish in self.problem.wishes:
            if not self._is_free(wish.worker, wish.day):
                continue
            got = (
                self.served(wish.worker, wish.day)
                if wish.kind is None
                else self.lit(wish.worker, wish.day, wish.kind)
            )
            self.costs.append(wish.weight * ((1 - got) if wish.wants else got))

    def _fairness(self, fixed: Solution) -> None:
        by_worker: dict[int, list[tuple[int, int, Any]]] = defaultdict(list)
        for (w, d, k), variable in self.x.items():
            by_worker[w].append((d, k, variable))
        standing: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for w, d, k in fixed:
            if not self._is_free(w, d):
                standing[w].append((d, k))
        for fair, mean in zip(self.problem.fairs, self.problem.mean, strict=True):
            for w in set(fair.among) & set(self.touched):
                variables = [v for d, k, v in by_worker[w] if (d, k) in fair.cells]
                if not variables:
                    continue
                base = (
                    fair.before.get(w, 0)
                    + sum(1 for cell in standing[w] if cell in fair.cells)
                    - mean
                )
                most = base + len(variables)
                if most > 0:
                    self._tiers(fair.weight, sum(variables) + base, most)

    def _tiers(self, weight: int, above: Any, most: int) -> None:
        """The cost of shifts above the even share, each dearer than the one before."""
        steps = [self.model.new_bool_var("") for _ in range(min(most, TIERS - 1))]
        rest = [self.model.new_int_var(0, most, "")] if most >= TIERS else []
        self.model.add(sum(steps) + sum(rest) >= above)
        self.costs.append(
            weight * (sum(i * s for i, s in enumerate(steps, 1)) + sum(TIERS * r for r in rest))
        )

    # -- asking ----------------------------------------------------------------------
    def hint(self, solution: Solution) -> None:
        for cell, variable in self.x.items():
            self.model.add_hint(variable, int(cell in solution))

    def read(self, value: Callable[[Any], int], fixed: Solution) -> Solution:
        """The whole roster: what was free as found, the rest as it stood."""
        found = {cell for cell, variable in self.x.items() if value(variable)}
        return frozenset(found | {(w, d, k) for w, d, k in fixed if not self._is_free(w, d)})


def solver(seconds: float, *, workers: int = 8, seed: int = 0) -> cp_model.CpSolver:
    """Eight workers even on two cores: with fewer, too few of its ways to search are begun and
    there is almost no bound.
    """
    made = cp_model.CpSolver()
    made.parameters.max_time_in_seconds = max(0.05, seconds)
    made.parameters.num_workers = workers
    made.parameters.random_seed = seed
    return made


FOUND: Mapping[Any, bool] = {cp_model.OPTIMAL: True, cp_model.FEASIBLE: True}
