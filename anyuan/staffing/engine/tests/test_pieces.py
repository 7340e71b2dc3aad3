"""Years for many people are made four weeks at a time; no rule breaks where pieces meet."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyuan.staffing.engine import pieces
from anyuan.staffing.engine.check import judge
from anyuan.staffing.engine.problem import Demand, Kind, Problem, Wish, Worker


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


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    """The inner loop is compiled once, which takes longer than a roster."""
    heard = []
    pieces.run(long(0), time.monotonic() + 60.0, lambda: bool(heard), heard.append)
    assert heard


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([12, 13, 15]))
def test_every_rule_holds_over_the_whole_way(seed, weeks):
    found = long(seed, weeks=weeks)
    heard = []
    pieces.run(found, time.monotonic() + 4.0, lambda: False, heard.append)
    assert heard
    for roster in heard:
        assert not judge(found, roster).breaches
    assert judge(found, heard[0]).cost < judge(found, frozenset()).cost / 2


@pytest.mark.parametrize("seed", range(4))
def test_days_chosen_anew_in_a_piece_keep_what_lies_before_and_after_it(seed):
    """In the middle of a way, so that both its borders count; judged over all the days that are
    known by then.
    """
    found = long(seed, people=4)
    way = pieces._Way(found)
    for first, until in pieces._pieces(found.days)[:2]:
        columns = pieces._columns(way, first, until, time.monotonic() + 60.0, lambda: False, seed)
        columns.begin()
        for _ in range(8 if first else 0):
            columns.cost = float("inf")  # whatever is found is taken
            columns._days(10)
            so_far = [[*days, *columns.mine[w].kinds] for w, days in enumerate(way.served)]
            rows = [list(_rows(days)) for days in so_far]
            for worker, mine in zip(found.workers, rows, strict=True):
                assert all(n <= worker.most_in_a_row for served, n in mine if served)
                assert all(
                    n >= (worker.least_in_a_row if served else worker.least_off_in_a_row)
                    for served, n in mine[1:-1]
                )
                assert mine[-1][1] >= worker.least_in_a_row or not mine[-1][0]
            assert all(
                (a, b) not in found.next_day for days in so_far for a, b in itertools.pairwise(days)
            )
        for w, schedule in columns.mine.items():
            way.served[w] += schedule.kinds


def _rows(days):
    """Stretches of work and of rest: (whether served, how many days)."""
    return (
        (served, len(list(group)))
        for served, group in itertools.groupby(days, key=lambda k: k >= 0)
    )


def test_somebody_whose_rules_leave_no_way_is_no_error():
    found = long(1)
    impossible = tuple(
        (
            Worker(
                "x",
                frozenset({0}),
                {(d, 0): "day off" for d in range(found.days)},
                least_minutes=480,
            )
            if w == 0
            else worker
        )
        for w, worker in enumerate(found.workers)
    )
    heard = []
    pieces.run(
        Problem(**{**found.__dict__, "workers": impossible}),
        time.monotonic() + 2.0,
        lambda: False,
        heard.append,
    )
    assert not heard
