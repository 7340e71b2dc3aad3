"""From a cell and now to a word; the SQL of it all."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import ibis

from .counting import by, count, declared, level, never, share, within
from .presence import every, nightly, present
from .schemas import CELL, COLUMNS, TS, null

MEASURES = (count, level, share, every, nightly, present, by, within, never, declared)


# What of a judgement is asked for: its word or its reason.
Pick = Callable[[str, str], str]


def verdict(c: Any, now: Any) -> Any:
    """The word for a cell at a moment. Unknown is never shown as done."""
    return _judged(c, now, lambda word, reason: word)


def reason(c: Any, now: Any) -> Any:
    """Why it is that word: a code of `reasons.WORDS`."""
    return _judged(c, now, lambda word, reason: reason)


def _judged(c: Any, now: Any, pick: Pick) -> Any:
    closed = c.closes_at <= now
    still_open = pick("due", "still_open")
    asks_for_time = c.measure.isin(["every", "nightly", "present"])
    counts = c.measure.isin(["count", "by"])
    return ibis.cases(
        (c.measure == "declared", _declared(c, closed, pick)),
        (c.measure == "never", _never(c, closed, pick)),
        ((c.measure == "present") & c.needed.isnull(), pick("unknown", "no_roster")),
        (c.needed.isnull(), pick("unknown", "no_size")),
        (counts & (c.comparator == "<="), _at_most(c, closed, pick)),
        (
            counts,
            ibis.cases(
                (c.value >= c.needed, pick("met", "reached")),
                (closed, _short(c, pick)),
                else_=still_open,
            ),
        ),
        (c.measure == "level", _level(c, pick)),
        (c.measure == "share", _share(c, pick)),
        (asks_for_time, _of_time(c, closed, now, pick)),
        (
            c.measure == "within",
            ibis.cases(
                ((c.facts > 0) & (c.value <= c.needed), pick("met", "in_time")),
                (c.facts > 0, pick("short", "too_late")),
                (closed, pick("short", "no_answer")),
                else_=still_open,
            ),
        ),
        else_=pick("unknown", "no_size"),
    )


def _declared(c: Any, closed: Any, pick: Pick) -> Any:
    return ibis.cases(
        (c.facts > 0, pick("declared", "person_said")),
        (closed, pick("unknown", "nobody_said")),
        else_=pick("due", "still_open"),
    )


def _never(c: Any, closed: Any, pick: Pick) -> Any:
    """No record proves that nothing happened; a person may say so (`possible`: how often)."""
    return ibis.cases(
        (c.facts > 0, pick("breached", "happened")),
        (c.possible > 0, pick("declared", "person_said")),
        (closed, pick("unknown", "none_reported")),
        else_=pick("due", "still_open"),
    )


def _at_most(c: Any, closed: Any, pick: Pick) -> Any:
    return ibis.cases(
        (c.value > c.needed, pick("breached", "too_many")),
        (~closed, pick("due", "still_open")),
        (c.facts > 0, pick("met", "reached")),
        else_=pick("unknown", "nothing_recorded"),
    )


def _short(c: Any, pick: Pick) -> Any:
    return ibis.cases(
        (c.facts == 0, pick("short", "nothing_recorded")),
        (c.needed - c.value == 1, pick("short", "one_short")),
        else_=pick("short", "some_short"),
    )


def _level(c: Any, pick: Pick) -> Any:
    at_most = c.comparator == "<="
    return ibis.cases(
        (c.facts == 0, pick("unknown", "nothing_recorded")),
        (at_most & (c.value <= c.needed), pick("met", "reached")),
        (at_most, pick("short", "too_many")),
        (c.value >= c.needed, pick("met", "reached")),
        else_=_short(c, pick),
    )


def _share(c: Any, pick: Pick) -> Any:
    return ibis.cases(
        (c.value.isnull(), pick("unknown", "nobody_owes")),
        (c.value >= c.needed, pick("met", "reached")),
        (c.possible < c.needed, pick("short", "cannot_reach")),
        else_=pick("unknown", "parts_unknown"),
    )


def _of_time(c: Any, closed: Any, now: Any, pick: Pick) -> Any:
    """Somebody there, or something done again and again: no gap may be longer than needed."""
    last = ibis.coalesce(c.last_at, c.opens_at)
    silence = ibis.ifelse(closed, c.closes_at, now).epoch_seconds() - last.epoch_seconds()
    late = ((c.value > c.needed) | (silence > c.needed * 60)).fill_null(False)
    return ibis.cases(
        (late & (c.facts == 0), pick("short", "nothing_recorded")),
        (late & (c.measure == "present"), pick("short", "left_empty")),
        (late, pick("short", "gap_too_long")),
        (~closed, pick("due", "still_open")),
        (c.facts > 0, pick("met", "reached")),
        else_=pick("short", "nothing_recorded"),
    )


def changes(c: Any, now: Any) -> Any:
    """The next moment after which a cell's word may be another by the clock alone; null: never.

    A second early, as verdicts count whole seconds.
    """
    second = ibis.interval(seconds=1)
    silent = ibis.coalesce(c.last_at, c.opens_at) + c.needed.cast("int64").as_interval("m")
    moments = (
        c.closes_at,
        ibis.ifelse(c.measure.isin(["every", "nightly", "present"]), silent.cast(TS), null(TS)),
    )
    return ibis.least(*[ibis.ifelse(m > now - second, m - second, null(TS)) for m in moments])


@cache
def cells_sql(dialect: str = "postgres") -> tuple[str, ...]:
    """One SELECT per measure over the tables `owed`, `opened`, `days`, `counted`, `excused`,
    `served` and `planned`, in the order of COLUMNS.
    """
    return tuple(
        str(ibis.to_sql(measure().select(*COLUMNS), dialect=dialect)) for measure in MEASURES
    )


_NOW = "2000-01-01 00:00:00.123456"


def verdict_sql(dialect: str = "postgres") -> str:
    """The verdict as a SQL expression over columns of a table `t0`, with %(now)s for the moment."""
    return _of_a_cell(verdict, dialect)


def reason_sql(dialect: str = "postgres") -> str:
    """The verdict's reason, in the same way."""
    return _of_a_cell(reason, dialect)


def changes_sql(dialect: str = "postgres") -> str:
    """When the verdict may change, in the same way."""
    return _of_a_cell(changes, dialect)


@cache
def _of_a_cell(build: Callable[[Any, Any], Any], dialect: str) -> str:
    import sqlglot

    now = ibis.literal(_NOW).cast("timestamp('UTC')")
    query = ibis.to_sql(CELL.select(found=build(CELL, now)), dialect=dialect)
    tree = sqlglot.parse_one(str(query), read=dialect)
    expression = str(tree.expressions[0].this.sql(dialect=dialect))
    return expression.replace("%", "%%").replace(
        f"CAST('{_NOW}' AS TIMESTAMPTZ)", "%(now)s::timestamptz"
    )
