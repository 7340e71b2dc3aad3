"""Whole schedules: one person's best against every schedule there is, and the choice among them
against CP-SAT's proof.
"""

from __future__ import annotations

import random
import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyuan.staffing.engine.check import _people, judge
from anyuan.staffing.engine.columns import Columns, suits
from anyuan.staffing.engine.model import Model, solver
from anyuan.staffing.engine.problem import Demand, Kind, Problem, Wish, Worker
from anyuan.staffing.engine.schedules import Pricer
from bench.instances import BEST, FOLDER, numbered

KINDS = (Kind("E", 0, 0, 480), Kind("L", 0, 0, 480), Kind("N", 0, 0, 600))
DAYS = 7


@st.composite
def workers(draw):
    able = frozenset(draw(st.sets(st.integers(0, 2), min_size=1)))
    return Worker(
        "a",
        able,
        {(draw(st.integers(0, DAYS - 1)), k): "off" for k in able},
        {k: draw(st.integers(1, 5)) for k in able if draw(st.booleans())},
        draw(st.none() | st.integers(0, 1500)),
        draw(st.none() | st.integers(1500, 3400)),
        draw(st.integers(1, 3)),
        draw(st.integers(2, 5)),
        draw(st.integers(1, 3)),
        draw(st.none() | st.integers(0, 1)),
    )


def problem(people, wishes=(), wanted=1):
    demands = tuple(Demand(d, k, wanted, 100, 1) for d in range(DAYS) for k in range(3))
    return Problem(
        DAYS,
        KINDS,
        tuple(people),
        demands,
        tuple(wishes),
        (),
        ((5, 6),),
        (tuple(range(DAYS)),),
        frozenset(),
        frozenset({(1, 0), (2, 0), (2, 1)}),
    )


def every_schedule(found):
    """All there are that break no rule of the one person, by the checker."""
    for kinds in product((-1, 0, 1, 2), repeat=DAYS):
        solution = frozenset((0, d, k) for d, k in enumerate(kinds) if k >= 0)
        if next(_people(found, solution), None) is None:
            yield kinds


@settings(max_examples=12, deadline=None)
@given(
    workers(),
    st.lists(st.integers(-30, 30), min_size=21, max_size=21),
    st.lists(
        st.tuples(st.integers(0, DAYS - 1), st.integers(0, 2), st.booleans(), st.integers(1, 9)),
        max_size=3,
    ),
)
def test_the_best_schedule_is_the_best_of_all(worker, prices, wishes):
    found = problem([worker], [Wish(0, *w) for w in wishes])
    grid = np.array(prices, np.float64).reshape(DAYS, 3)
    pricer = Pricer(found, 0)
    low, best = pricer.best(grid, 4)
    costs = {
        kinds: (
            pricer.constant
            + sum(pricer.base[d, k] + grid[d, k] for d, k in enumerate(kinds) if k >= 0)
        )
        for kinds in every_schedule(found)
    }
    for schedule in best:
        assert schedule.kinds in costs  # it breaks no rule
        assert (
            judge(
                found, frozenset((0, d, k) for d, k in enumerate(schedule.kinds) if k >= 0)
            ).wishes
            == schedule.cost
        )
    if costs:
        assert low <= min(costs.values()) + 1e-6  # a bound
        if not pricer.priced and best:
            assert abs(low - min(costs.values())) < 1e-6
    else:
        assert not best


@settings(max_examples=8, deadline=None)
@given(st.lists(workers(), min_size=3, max_size=4))
def test_a_choice_of_schedules_is_never_below_its_bound_and_meets_the_proof_where_it_says_so(
    people,
):
    found = problem(people)
    columns = Columns(found, time.monotonic() + 4, lambda: False, lambda _: None)
    columns.run()
    exact = solver(10.0)
    if (
        exact.solve(Model(found).model) != 4
    ):  # not proven in time, or nothing fits: nothing to compare with
        return
    best = round(exact.objective_value)
    if columns.mine:
        score = judge(found, columns.solution())
        assert not score.breaches
        assert score.cost == round(columns.cost) >= best
    if columns.bound is not None:
        assert columns.bound <= best
        assert columns.cost > columns.bound + 1e-6 or score.cost == best


def test_what_is_shared_evenly_is_not_a_matter_of_whole_schedules():
    from bench.school_term import problem as term

    assert not suits(term(weeks=1))


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the public instances are not here")
def test_a_public_instance_is_proven():
    found = numbered(4)
    columns = Columns(found, time.monotonic() + 30, lambda: False, lambda _: None)
    columns.run()
    score = judge(found, columns.solution())
    assert (score.cost, score.breaches, columns.bound) == (BEST[4], (), BEST[4])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_every_schedule_within_a_cost_is_found_and_no_other(seed):
    draw = random.Random(seed)
    days = 7
    kinds = (Kind("a", 0, 0, 480), Kind("b", 0, 0, 600))
    worker = Worker(
        "x",
        frozenset({0, 1}),
        {(draw.randrange(days), draw.randrange(2)): "day off" for _ in range(2)},
        most={1: draw.randint(1, 4)},
        least_minutes=draw.choice([0, 900, 1500]),
        most_minutes=draw.choice([1800, 2600]),
        least_in_a_row=draw.randint(1, 2),
        most_in_a_row=draw.randint(2, 4),
        least_off_in_a_row=draw.randint(1, 3),
        most_weekends=draw.choice([0, 1]),
    )
    demands = tuple(Demand(d, k, 1, 100, 1) for d in range(days) for k in range(2))
    wishes = tuple(
        Wish(0, draw.randrange(days), draw.randrange(2), draw.random() < 0.5, draw.randint(1, 3))
        for _ in range(3)
    )
    problem = Problem(
        days,
        kinds,
        (worker,),
        demands,
        wishes,
        weekends=((2, 3),),
        next_day=frozenset({(1, 0)} if draw.random() < 0.7 else ()),
    )
    prices = np.array([[float(draw.randint(-5, 5)) for _k in range(2)] for _d in range(days)])
    pricer = Pricer(problem, 0)
    expected = set()
    for way in product((-1, 0, 1), repeat=days):
        solution = frozenset((0, d, k) for d, k in enumerate(way) if k >= 0)
        if (
            not judge(problem, solution).breaches
            and pricer.schedule(way).cost + sum(prices[d, k] for d, k in enumerate(way) if k >= 0)
            <= 2.0
        ):
            expected.add(way)
    found = pricer.within(prices, 2.0 + 1e-9, 3000)
    assert found is not None
    assert {s.kinds for s in found} == expected
    assert len(found) == len(expected)
    if expected:
        assert pricer.within(prices, 2.0 + 1e-9, len(expected) - 1) is None or len(expected) == 1
