"""Why a verdict is what it is, held against plain Python."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anyuan.judging.assessment.rules import reasons
from anyuan.judging.assessment.rules.schemas import VERDICTS
from anyuan.judging.assessment.rules.verdicts import MEASURES, reason_sql, verdict_sql
from anyuan.judging.assessment.tests.oracle import NOW

HOUR = timedelta(hours=1)

TYPES = ["text", "text", *["timestamptz"] * 2, *["numeric"] * 3, "integer", "timestamptz"]
amounts = st.none() | st.integers(0, 6).map(Decimal)


@st.composite
def cells(draw):
    opens = NOW - draw(st.integers(0, 6)) * HOUR
    facts = draw(st.integers(0, 3))
    measure = draw(st.sampled_from([m.__name__ for m in MEASURES]))
    of_time = measure in {"every", "nightly", "present"}
    value = draw(amounts) if measure == "share" else draw(st.integers(0, 6).map(Decimal))
    if not facts:
        value = None if of_time or measure in {"level", "within"} else value * 0 if value else value
    needed = draw(amounts)
    return {
        "measure": measure,
        "comparator": draw(st.sampled_from([">=", "<="])),
        "opens_at": opens,
        "closes_at": opens + draw(st.integers(1, 6)) * HOUR,
        "needed": needed * 60 if of_time and needed else needed,
        "value": value,
        "possible": draw(amounts),
        "facts": facts,
        "last_at": opens + draw(st.integers(0, 90)) * HOUR / 60 if facts else None,
    }


def judged(cell):
    row = ", ".join(f"%({name})s::{kind} AS {name}" for name, kind in zip(cell, TYPES, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {verdict_sql()}, {reason_sql()} FROM (SELECT {row}) t0", {**cell, "now": NOW}
        )
        return cursor.fetchone()


def expected(c):
    """The reason, written apart from the expression."""
    closed, facts, value, needed = c["closes_at"] <= NOW, c["facts"], c["value"], c["needed"]
    open_or = lambda reason: reason if closed else "still_open"  # noqa: E731
    match c["measure"]:
        case "declared":
            return "person_said" if facts else open_or("nobody_said")
        case "never":
            return (
                "happened"
                if facts
                else "person_said"
                if c["possible"]
                else open_or("none_reported")
            )
    if needed is None:
        return "no_roster" if c["measure"] == "present" else "no_size"
    match c["measure"]:
        case "count" | "by" if c["comparator"] == "<=":
            if value > needed:
                return "too_many"
            return open_or("reached" if facts else "nothing_recorded")
        case "count" | "by":
            return "reached" if value >= needed else open_or(missing(facts, value, needed))
        case "level":
            if not facts:
                return "nothing_recorded"
            if c["comparator"] == "<=":
                return "reached" if value <= needed else "too_many"
            return "reached" if value >= needed else missing(facts, value, needed)
        case "share":
            if value is None:
                return "nobody_owes"
            if value >= needed:
                return "reached"
            known = c["possible"] is not None and c["possible"] < needed
            return "cannot_reach" if known else "parts_unknown"
        case "within":
            if facts:
                return "in_time" if value <= needed else "too_late"
            return open_or("no_answer")
    until = min(NOW, c["closes_at"])
    silent = (until - (c["last_at"] or c["opens_at"])).total_seconds() > float(needed) * 60
    if silent or (value is not None and value > needed):
        if not facts:
            return "nothing_recorded"
        return "left_empty" if c["measure"] == "present" else "gap_too_long"
    return open_or("reached" if facts else "nothing_recorded")


def missing(facts, value, needed):
    if not facts:
        return "nothing_recorded"
    return "one_short" if needed - value == 1 else "some_short"


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells())
def test_every_verdict_has_the_reason_that_plain_python_gives(db, cell):
    word, reason = judged(cell)
    assert reason == expected(cell)
    assert word in VERDICTS and reason in reasons.WORDS
    assert word != "unknown" or reason in reasons.MAKES_KNOWN


def test_only_what_may_be_unknown_says_what_would_make_it_known():
    assert set(reasons.MAKES_KNOWN) < set(reasons.WORDS)
