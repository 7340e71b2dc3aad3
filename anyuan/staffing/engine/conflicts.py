"""Says why a place cannot be filled: the smallest set of rules that collide there, and which of
them, let go, would do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ortools.sat.python import cp_model

from .model import FOUND, Model, solver
from .problem import Problem, Solution

QUESTION_SECONDS = 4.0  # for each question; a window of a week answers at once
Label = tuple[Any, ...]


@dataclass(frozen=True)
class Conflict:
    """`rules` cannot all hold together, and each is needed for that; any one of `enough` alone, let
    go, resolves it.

    A rule is ("cover", day, kind) or (name,), e.g. ("leave",), ("too many a week",). `able` people
    may serve there at all.
    """

    day: int
    kind: int
    wanted: int
    able: int
    rules: tuple[Label, ...]
    enough: tuple[Label, ...]


def why(problem: Problem, solution: Solution, day: int, kind: int) -> Conflict:
    """Why one more cannot serve on a day in a kind, looking at that day's week alone; the days
    around it stand as they are.
    """
    demand = problem.wanted[day, kind]
    able = sum(1 for w in problem.workers if kind in w.able)
    if able < demand.wanted:
        return Conflict(
            day,
            kind,
            demand.wanted,
            able,
            (("able",), ("cover", day, kind)),
            (("able",), ("cover", day, kind)),
        )
    days = next(
        (set(week) for week in problem.weeks if day in week),
        {day - 1, day, day + 1} & set(range(problem.days)),
    )
    narrowed = _narrowed(problem, days)
    asking = _Asking(
        narrowed, solution, {(w, d) for w in range(len(problem.workers)) for d in days}
    )
    rules = asking.smallest()
    enough = tuple(r for r in rules if asking.feasible(set(asking.on) - {r}))
    return Conflict(day, kind, demand.wanted, able, tuple(rules), enough)


def _narrowed(problem: Problem, days: set[int]) -> Problem:
    """Only the demands of the window, and no wishes: one asks what is possible."""
    return replace(
        problem, demands=tuple(d for d in problem.demands if d.day in days), wishes=(), fairs=()
    )


class _Asking:
    def __init__(self, problem: Problem, fixed: Solution, free: set[tuple[int, int]]) -> None:
        self.on: dict[Label, Any] = {}
        self._problem, self._fixed, self._free = problem, fixed, free
        self._build()

    def _build(self) -> None:
        model = cp_model.CpModel()

        def switch(label: Label) -> Any:
            key = label if label[0] == "cover" else (label[0],)
            if key not in self.on:
                self.on[key] = model.new_bool_var("")
            return self.on[key]

        self.built = Model(self._problem, self._fixed, self._free, switch, model)
        model.clear_objective()

    def feasible(self, labels: set[Label]) -> bool:
        self.built.model.clear_assumptions()
        self.built.model.add_assumptions([self.on[label] for label in sorted(labels, key=str)])
        asked = solver(QUESTION_SECONDS, workers=1)
        self.status = asked.solve(self.built.model)
        self.core = (
            {
                label
                for label in labels
                if self.on[label].index in set(asked.sufficient_assumptions_for_infeasibility())
            }
            if self.status == cp_model.INFEASIBLE
            else set()
        )
        return self.status in FOUND

    def smallest(self) -> list[Label]:
        """Shrink what collides until each rule left is needed. Empty where nothing collides."""
        if self.feasible(set(self.on)) or self.status != cp_model.INFEASIBLE:
            return []
        kept = set(self.core) or set(self.on)
        for label in sorted(kept, key=lambda r: (r[0] == "cover", str(r))):
            if label not in kept:
                continue
            if not self.feasible(kept - {label}) and self.status == cp_model.INFEASIBLE:
                kept = (set(self.core) or kept - {label}) & kept
        return sorted(kept, key=lambda r: (r[0] == "cover", str(r)))
