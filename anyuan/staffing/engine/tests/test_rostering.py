"""Rosters made by the engine, judged by a checker that shares nothing with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyuan.staffing.engine.check import judge, shed
from anyuan.staffing.engine.conflicts import why
from anyuan.staffing.engine.model import FOUND, Model, solver
from anyuan.staffing.engine.problem import (
    Demand,
    Fair,
    Kind,
    Problem,
    Wish,
    Worker,
    apart,
    unfairness,
)
from anyuan.staffing.engine.search import Search, greedy
from bench.school_term import problem as school_term

EARLY, LATE, NIGHT = (
    Kind("早", 360, 840, 480),
    Kind("晚", 840, 1320, 480),
    Kind("夜", 1320, 1800, 480),
)
SAME, AFTER = apart((EARLY, LATE, NIGHT), 8 * 60)


def small(workers, *, days=7, wanted=(1, 1, 1), wishes=(), fairs=()):
    demands = tuple(Demand(d, k, n) for d in range(days) for k, n in enumerate(wanted) if n)
    return Problem(
        days,
        (EARLY, LATE, NIGHT),
        tuple(workers),
        demands,
        tuple(wishes),
        tuple(fairs),
        ((5, 6),),
        (tuple(range(days)),),
        SAME,
        AFTER,
    )


def test_what_one_person_cannot_serve_together():
    assert frozenset() == SAME
    assert (2, 0) in AFTER  # a night reaches into the next morning
    assert (1, 0) not in AFTER  # rest is asked for only after a night
    assert (2, 2) not in AFTER


@st.composite
def problems(draw):
    people = draw(st.integers(3, 7))
    days = draw(st.integers(3, 9))
    workers = []
    for w in range(people):
        able = frozenset(draw(st.sets(st.integers(0, 2), min_size=1)))
        never = {
            (d, k): "leave"
            for d in draw(st.sets(st.integers(0, days - 1), max_size=2))
            for k in able
        }
        workers.append(
            Worker(
                f"p{w}",
                able,
                never,
                most_a_week=draw(st.none() | st.integers(2, 6)),
                most_in_a_row=draw(st.none() | st.integers(2, 5)),
                most_a_day=draw(st.integers(1, 2)),
                row_before=draw(st.integers(0, 6)),
                row_after=draw(st.integers(0, 6)),
            )
        )
    wishes = [
        Wish(
            draw(st.integers(0, people - 1)),
            draw(st.integers(0, days - 1)),
            None,
            draw(st.booleans()),
            draw(st.integers(1, 9)),
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    found = small(
        workers, days=days, wanted=draw(st.tuples(*[st.integers(0, 2)] * 3)), wishes=wishes
    )
    cells = frozenset((d.day, d.kind) for d in found.demands)
    return replace(
        found,
        fairs=(
            Fair(
                "all",
                cells,
                tuple(range(people)),
                draw(st.integers(1, 20)),
                {0: draw(st.integers(0, 4))},
            ),
        ),
        weeks=tuple(tuple(range(d, min(d + 7, days))) for d in range(0, days, 7)),
    )


@settings(max_examples=25, deadline=None)
@given(problems())
def test_a_roster_breaks_no_rule_but_says_what_stays_empty(found):
    first = greedy(found)
    assert {b.rule for b in judge(found, first).breaches} <= {"cover"}
    outcome = Search(found, 2.0).run()
    assert {b.rule for b in outcome.score.breaches} <= {"cover"}
    asked = Search(found, 2.0)
    assert judge(asked.problem, outcome.solution).cost <= judge(asked.problem, first).cost
    if outcome.proven:
        assert outcome.bound == judge(asked.problem, outcome.solution).cost


@settings(max_examples=15, deadline=None)
@given(problems(), st.data())
def test_a_repair_moves_as_little_as_any_could(found, data):
    """Somebody falls ill: with a wish to keep each shift, no answer with as much cover changes
    fewer.
    """
    before = Search(found, 1.0).run().solution
    ill = data.draw(st.integers(0, len(found.workers) - 1))
    workers = tuple(
        (
            replace(
                w, never={**w.never, **{(d, k): "leave" for d in range(found.days) for k in w.able}}
            )
            if i == ill
            else w
        )
        for i, w in enumerate(found.workers)
    )
    keep = tuple(Wish(w, d, k, True, 40) for w, d, k in before if w != ill)
    sick = replace(found, workers=workers, wishes=keep, fairs=())
    outcome = Search(sick, 3.0).run(start=frozenset(c for c in before if c[0] != ill))
    assert {b.rule for b in outcome.score.breaches} <= {"cover"}
    moved = len({c for c in before if c[0] != ill} - outcome.solution)
    # An exact model of its own: the least that must move for the cover that was reached.
    built = Model(Search(sick, 1.0).problem)
    empty = sum(1 for b in outcome.score.breaches if b.rule == "cover")
    asked = solver(5.0)
    assert asked.solve(built.model) in FOUND
    best = built.read(asked.value, frozenset())
    least = len({c for c in before if c[0] != ill} - best)
    if outcome.proven and sum(1 for b in judge(sick, best).breaches if b.rule == "cover") == empty:
        assert moved <= least


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 6), st.integers(2, 12))
def test_equal_people_are_never_more_than_one_apart(people, days):
    """With nothing in the way an even share is possible, so it is found."""
    workers = [Worker(f"p{w}", frozenset({0})) for w in range(people)]
    cells = frozenset((d, 0) for d in range(days))
    found = replace(
        small(workers, days=days, wanted=(1, 0, 0)),
        fairs=(Fair("all", cells, tuple(range(people)), 10),),
    )
    served = Counter(w for w, _, _ in Search(found, 2.0).run().solution)
    counts = [served[w] for w in range(people)]
    assert max(counts) - min(counts) <= 1


def test_what_somebody_did_before_counts():
    workers = [Worker("a", frozenset({0})), Worker("b", frozenset({0}))]
    found = replace(
        small(workers, days=4, wanted=(1, 0, 0)),
        fairs=(Fair("all", frozenset((d, 0) for d in range(4)), (0, 1), 10, {0: 4}),),
    )
    served = Counter(w for w, _, _ in Search(found, 2.0).run().solution)
    assert served == {1: 4}


def test_unfairness_grows_with_each_shift_above_the_mean():
    assert [unfairness(n) for n in range(8)] == [0, 1, 3, 6, 10, 15, 21, 27]


def test_why_a_place_stays_empty_is_the_smallest_set_of_rules():
    workers = [Worker(n, frozenset({0, 2}), most_a_week=4) for n in "ab"] + [
        Worker("c", frozenset({0}), most_a_week=4)
    ]
    found = small(workers, wanted=(1, 0, 1))
    outcome = Search(found, 3.0).run()
    first, *_rest = [b for b in outcome.score.breaches if b.rule == "cover"]
    conflict = why(found, outcome.solution, first.day, first.kind)
    rules = {r[0] for r in conflict.rules}
    assert "too many a week" in rules
    assert ("too many a week",) in conflict.enough
    # Let go, it can be filled.
    freed = replace(found, workers=tuple(replace(w, most_a_week=None) for w in found.workers))
    assert not Search(freed, 3.0).run().score.breaches


def test_a_place_nobody_may_fill_says_so():
    found = small([Worker("a", frozenset({0}))], days=2, wanted=(1, 0, 1))
    conflict = why(found, greedy(found), 0, 2)
    assert (conflict.able, conflict.rules[0]) == (0, ("able",))


@pytest.mark.parametrize(
    "rule, worker",
    [
        ("too many a week", {"most_a_week": 1}),
        ("too many in a row", {"most_in_a_row": 1}),
        ("too many in a row", {"most_in_a_row": 2, "row_after": 1}),
        ("too many weekends", {"most_weekends": 0}),
        ("too many minutes", {"most_minutes": 480}),
        ("too few minutes", {"least_minutes": 9999}),
        ("too many of a kind", {"most": {0: 1}}),
        ("leave", {"never": {(5, 0): "leave"}}),
        ("too short a rest", {"least_off_in_a_row": 2}),
        ("too few in a row", {"least_in_a_row": 2}),
    ],
)
def test_the_checker_knows_each_rule(rule, worker):
    """Days 1, 3, 5 and 6 served: each rule alone is broken by it."""
    found = small([Worker("a", frozenset({0}), **worker)], wanted=(1, 0, 0))
    served = frozenset((0, d, 0) for d in (1, 3, 5, 6))
    assert rule in {b.rule for b in judge(found, served).breaches}
    assert not {
        b.rule
        for b in judge(small([Worker("a", frozenset({0}))], wanted=(1, 0, 0)), served).breaches
    } - {"cover"}


def test_a_term_for_a_school_of_120_has_its_first_answer_at_once_and_stops_when_told():
    asked = school_term(weeks=20)
    heard = []
    outcome = Search(
        asked, 30.0, tell=lambda progress, _: heard.append(progress), stop=lambda: len(heard) >= 1
    ).run()
    assert heard[0].empty == 0
    assert not outcome.score.breaches
    assert outcome.seconds < 30


def test_what_breaks_a_rule_is_left_out_and_stands_empty():
    """A start that breaks rest, leave and a week's limit, judged without whatever broke them."""
    kinds = (Kind("day", 480, 960, 480), Kind("night", 1320, 1800, 480))
    same, after = apart(kinds, 11 * 60)
    worker = Worker("a", frozenset({0, 1}), {(4, 0): "leave"}, most_a_week=3)
    demands = tuple(Demand(d, k, 1) for d in range(7) for k in range(2))
    problem = Problem(
        7, kinds, (worker,), demands, weeks=(tuple(range(7)),), same_day=same, next_day=after
    )
    broken = frozenset({(0, 0, 1), (0, 1, 0), (0, 3, 0), (0, 4, 0), (0, 5, 0), (0, 6, 0)})
    kept = shed(problem, broken)
    assert kept < broken and {b.rule for b in judge(problem, kept).breaches} == {"cover"}
    assert (0, 3, 0) in kept
