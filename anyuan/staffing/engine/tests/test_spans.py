"""Years for many people are bettered four weeks at a time; no rule breaks where spans meet."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyuan.staffing.engine import search, spans
from anyuan.staffing.engine.check import judge
from anyuan.staffing.engine.columns import Columns
from anyuan.staffing.engine.problem import Demand, Kind, Problem, Wish, Worker, by_person
from anyuan.staffing.engine.schedules import CELLS, Pricer
from anyuan.staffing.engine.search import Search


def long(seed, people=6, weeks=12):
    draw = random.Random(seed)
    days = 7 * weeks
    kinds = (Kind("a", 0, 0, 480), Kind("b", 0, 0, 480), Kind("n", 0, 0, 480))
    workers = []
    for w in range(people):
        off = draw.sample(range(days), weeks // 2)
        workers.append(
            Worker(
                f"{w}",
                frozenset({0, 1, 2}),
                {(d, k): "day off" for d in off for k in range(3)},
                most={2: 2 * weeks},
                least_minutes=480 * 2 * weeks,
                most_minutes=480 * 5 * weeks,
                most_in_a_row=draw.choice([5, 6]),
                least_in_a_row=2,
                least_off_in_a_row=draw.choice([1, 2]),
                most_weekends=3 * weeks // 4,
            )
        )
    demands = tuple(Demand(d, k, draw.randint(1, 2), 100, 1) for d in range(days) for k in range(3))
    wishes = tuple(
        Wish(
            draw.randrange(people),
            draw.randrange(days),
            draw.randrange(3),
            draw.random() < 0.5,
            draw.randint(1, 3),
        )
        for _ in range(60)
    )
    return Problem(
        days,
        kinds,
        tuple(workers),
        demands,
        wishes,
        weekends=tuple((d, d + 1) for d in range(5, days, 7)),
        weeks=tuple(tuple(range(d, d + 7)) for d in range(0, days, 7)),
        next_day=frozenset({(2, 0), (2, 1), (1, 0)}),
    )


def first(found, seed=0):
    """A first roster, person after person over all the days."""
    heard = []
    columns = Columns(found, time.monotonic() + 60.0, lambda: False, heard.append, seed)
    columns.begin()
    return columns.solution()


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    """The inner loop is compiled once, which takes longer than a roster."""
    assert first(long(0, people=2, weeks=3))


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([15, 16, 19]))
def test_every_roster_told_is_whole_and_the_last_is_the_best(seed, weeks):
    found = long(seed, weeks=weeks)
    heard = []
    outcome = Search(found, 6.0, lambda progress, roster: heard.append(roster)).run()
    assert found.days > search.LONG and heard
    for roster in heard:
        assert not judge(found, roster).breaches
    costs = [judge(found, roster).cost for roster in heard]
    assert costs == sorted(costs, reverse=True) and outcome.score.cost == costs[-1]
    assert costs[-1] < judge(found, frozenset()).cost / 2


@pytest.mark.parametrize("seed", range(4))
def test_a_window_chosen_anew_keeps_every_rule_with_what_stands_around_it(seed):
    """In the beginning, in the middle and at the end; judged over all the days."""
    found = long(seed, people=4)
    roster = first(found, seed)
    assert not judge(found, roster).breaches
    rows = by_person(roster, len(found.workers))
    served = [tuple(mine[d][0] if d in mine else -1 for d in range(found.days)) for mine in rows]
    for begins in (0, 21, found.days - 28):
        span = spans.Span(found, served, begins, begins + 28)
        chosen = spans._chosen(
            span, time.monotonic() + 1.5, lambda: False, seed, at_once=bool(seed % 2)
        )
        for w, kinds in chosen.items():
            served[w] = served[w][:begins] + kinds + served[w][begins + 28 :]
        now = frozenset(
            (w, d, k) for w, days in enumerate(served) for d, k in enumerate(days) if k >= 0
        )
        assert not judge(found, now).breaches
        assert judge(found, now).cost <= judge(found, roster).cost
        roster = now


def test_a_price_for_minutes_finds_what_a_table_of_all_minutes_finds():
    """Never better than the exact answer, whole always, and its bound never above it."""
    found = long(3, people=6, weeks=8)
    found = replace(found, workers=tuple(replace(w, most={}) for w in found.workers))
    for w in range(len(found.workers)):
        draw = np.random.default_rng(w)
        for _ in range(4):
            grid = draw.uniform(-120, 20, (found.days, 3)).round()
            exact = Pricer(found, w, most_states=CELLS)
            loose = Pricer(found, w, most_states=0)
            assert loose.loose and not exact.loose
            _, best = exact.best(grid)
            bound, answers = loose.best(grid, 3)
            assert answers and bound <= best[0].at(grid) + 1e-6
            assert best[0].at(grid) <= answers[0].at(grid) + 1e-6
            for answer in answers:
                mine = frozenset((w, d, k) for d, k in enumerate(answer.kinds) if k >= 0)
                assert not [b for b in judge(found, mine).breaches if b.worker == w]


def test_whoever_has_no_way_is_named_and_the_others_have_theirs():
    found = long(1, weeks=16)
    never = {(d, 0): "day off" for d in range(found.days)}
    stuck = Worker("x", frozenset({0}), never, least_minutes=480)
    found = replace(found, workers=(stuck, *found.workers[1:]))
    heard = []
    outcome = Search(found, 5.0, lambda progress, roster: heard.append(roster)).run()
    assert not heard  # what breaks a rule is told to nobody
    assert {(b.rule, b.worker) for b in outcome.score.breaches} == {("too few minutes", 0)}
    assert not outcome.whole
