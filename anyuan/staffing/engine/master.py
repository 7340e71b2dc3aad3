"""The choice among whole schedules, as a linear programme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from .schedules import Schedule

if TYPE_CHECKING:
    from .choice import Choice

DUAL = 1  # simplex after bounds became tighter
PRIMAL = 4  # simplex from where the last one ended: columns that join leave the old answer feasible
NEAR = 40  # schedules of each that go along to the next step
ROUNDING = 1e-6
THREADS = 2


class Master:
    """The linear program over the schedules of some people: each takes one, cells cost what is
    missing or too many.
    """

    def __init__(
        self, columns: Choice, people: Sequence[int], residual: np.ndarray[Any, Any]
    ) -> None:
        self.columns, self.residual = columns, residual
        self.h = highspy.Highs()
        for option, value in (
            ("log_to_console", False),
            ("output_flag", False),
            ("threads", THREADS),
            ("random_seed", 1),
            ("simplex_strategy", PRIMAL),
        ):
            self.h.setOptionValue(option, value)
        self.people = list(people)
        self.row_of_person = {w: i for i, w in enumerate(people)}
        self.offset = len(people)
        for _ in people:
            self.h.addRow(1.0, 1.0, 0, np.empty(0, np.int32), np.empty(0))
        for r in residual:
            self.h.addRow(float(r), float(r), 0, np.empty(0, np.int32), np.empty(0))
        one = np.ones(1)
        for i in range(len(residual)):
            row = np.array([self.offset + i], np.int32)
            self.h.addCol(float(columns.under[i]), 0.0, highspy.kHighsInf, 1, row, one)
            self.h.addCol(float(columns.over[i]), 0.0, highspy.kHighsInf, 1, row, -one)
        self.held: list[tuple[int, Schedule]] = []
        self.known: set[tuple[int, tuple[int, ...]]] = set()
        self.proven = False
        self.settled: dict[int, Schedule] = {}
        self.first = 2 * len(residual)

    def add(self, w: int, found: Iterable[Schedule]) -> int:
        added = 0
        for s in found:
            if (w, s.kinds) in self.known:
                continue
            self.known.add((w, s.kinds))
            rows = np.array(
                [self.row_of_person[w], *(self.offset + i for i in self.columns.rows(s))], np.int32
            )
            self.h.addCol(s.cost, 0.0, highspy.kHighsInf, len(rows), rows, np.ones(len(rows)))
            self.held.append((w, s))
            added += 1
        return added

    def settle(self, chosen: dict[int, Schedule]) -> None:
        """These people take these schedules; what is left to choose stands in what they leave."""
        for i, (w, s) in enumerate(self.held):
            if w in chosen:
                share = float(s.kinds == chosen[w].kinds)
                self.h.changeColBounds(self.first + i, share, share)
        self.settled |= chosen
        self.residual = self.residual - self.columns.there(chosen.values())
        self.h.setOptionValue("simplex_strategy", DUAL)
        self.h.run()
        self.h.setOptionValue("simplex_strategy", PRIMAL)

    def solve(self) -> tuple[float, np.ndarray[Any, Any], dict[int, float]]:
        """Its value without those who are settled, the prices of the cells, and of each person."""
        self.h.run()
        dual = np.array(self.h.getSolution().row_dual)
        settled = sum(s.cost for s in self.settled.values())
        return (
            float(self.h.getInfo().objective_function_value) - settled,
            dual[self.offset :],
            {w: float(dual[i]) for w, i in self.row_of_person.items()},
        )

    def shares(self) -> list[tuple[float, int, Schedule]]:
        """How much of each schedule the linear program takes, the surest first."""
        self.solve()
        value = self.h.getSolution().col_value
        if len(value) < self.first + len(self.held):
            return []
        out = [
            (value[self.first + i], w, s)
            for i, (w, s) in enumerate(self.held)
            if value[self.first + i] > 1e-6 and w not in self.settled
        ]
        return sorted(out, key=lambda v: -v[0])

    def nearest(self, people: Sequence[int]) -> dict[int, list[Schedule]]:
        """The schedules of these people that the program is nearest to taking, a few dozen each."""
        dear = self.h.getSolution().col_dual
        out: dict[int, list[tuple[float, Schedule]]] = {w: [] for w in people}
        for i, (w, s) in enumerate(self.held):
            if w in out:
                out[w].append((dear[self.first + i], s))
        return {
            w: [s for _, s in sorted(found, key=lambda f: f[0])[:NEAR]] for w, found in out.items()
        }

    def within(self, gap: float) -> dict[int, list[Schedule]]:
        """The schedules whose reduced cost is at most a gap."""
        dear = self.h.getSolution().col_dual
        out: dict[int, list[Schedule]] = {w: [] for w in self.people}
        for i, (w, s) in enumerate(self.held):
            if dear[self.first + i] <= gap + ROUNDING:
                out[w].append(s)
        return out

    def worth(self, prices: np.ndarray[Any, Any]) -> float:
        """What prices within their bounds are worth for the cells: the rest of the bound they
        prove.
        """
        held = np.clip(prices, -self.columns.over, self.columns.under)
        return (
            float((held * self.residual).sum())
            if np.allclose(held, prices, atol=1e-7)
            else -float("inf")
        )

    def whole(self, seconds: float, start: dict[int, Schedule]) -> dict[int, Schedule]:
        """Choose one schedule for each person, in whole numbers; better than `start` or `start`
        itself.
        """
        count = len(self.held)
        if not count:
            return start
        self.h.setOptionValue("time_limit", self.h.getRunTime() + seconds)
        self.h.setOptionValue("mip_rel_gap", 0.0)
        self.h.setOptionValue("mip_abs_gap", 0.99)
        indices = np.arange(self.first, self.first + count, dtype=np.int32)
        self.h.changeColsIntegrality(
            count, indices, np.array([highspy.HighsVarType.kInteger] * count)
        )
        if len(start) == len(self.people):
            mine = {(w, s.kinds) for w, s in start.items()}
            values = np.zeros(self.first + count)
            for i, (w, s) in enumerate(self.held):
                values[self.first + i] = float((w, s.kinds) in mine)
            short = self.residual - self.columns.there(start.values())
            values[0 : self.first : 2], values[1 : self.first : 2] = (
                np.maximum(short, 0),
                np.maximum(-short, 0),
            )
            known = highspy.HighsSolution()
            known.col_value = values.tolist()
            self.h.setSolution(known)
        self.h.run()
        self.proven = self.h.getModelStatus() == highspy.HighsModelStatus.kOptimal
        value = np.array(self.h.getSolution().col_value)
        if len(value) < self.first + count:
            return start
        chosen = {w: s for i, (w, s) in enumerate(self.held) if value[self.first + i] > 0.5}
        return chosen if len(chosen) == len(self.people) else start
