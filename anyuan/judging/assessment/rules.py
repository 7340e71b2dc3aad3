"""The verdict: one Ibis expression per measure, from bindings, windows and facts to cells, from cells and now to a word.

The same expressions run on PostgreSQL for live boards and on DuckDB over Parquet for a province's years.
Nothing here casts time zones: facts carry their unit's local day, windows the UTC moments they open and close.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import ibis

VERDICTS = ("met", "due", "short", "breached", "exempt", "declared", "unknown")
KEY = ["unit_id", "obligation_id", "starts", "slot"]
COLUMNS = [
    "unit_id", "obligation_id", "measure", "comparator", "starts", "ends", "slot", "opens_at", "closes_at", "needed",
    "value", "possible", "facts", "last_at",
]  # fmt: skip
TS, DEC = "timestamp('UTC', 6)", "decimal(12, 2)"

BINDING = ibis.table(
    {
        "unit_id": "int64", "obligation_id": "int64", "calendar_id": "int64", "activity": "string", "trigger": "string",
        "measure": "string", "comparator": "string", "window": "string", "needed": DEC, "cap": DEC, "minutes": "int64", "post": "string",
        "from_minute": "int64", "to_minute": "int64", "starts": "date", "ends": "date", "opens_at": TS, "closes_at": TS,
    },
    name="owed",
)  # fmt: skip
WINDOW = ibis.table(
    {
        "calendar_id": "int64",
        "kind": "string",
        "starts": "date",
        "ends": "date",
        "opens_at": TS,
        "closes_at": TS,
    },
    name="opened",
)
# Each day of each opened window: facts find their window by equality, which every engine hashes.
DAY = ibis.table(
    {"calendar_id": "int64", "kind": "string", "day": "date", "starts": "date"}, name="days"
)
FACT = ibis.table(
    {
        "id": "int64", "unit_id": "int64", "activity": "string", "quantity": DEC, "slot": "string", "day": "date",
        "occurred_at": TS, "answers_id": "int64", "obligation_id": "int64",
    },
    name="counted",
)  # fmt: skip
# Who was at their place from when to when, for each local day that touches; once under the kind of their station, once under none.
SERVED = ibis.table(
    {"unit_id": "int64", "post": "string", "day": "date", "starts_at": TS, "ends_at": TS},
    name="served",
)
# The local days on which a roster says that somebody is to be at such a post.
PLANNED = ibis.table({"unit_id": "int64", "post": "string", "day": "date"}, name="planned")
# What was granted: over [starts, ends) this unit is not held to this obligation.
EXCUSED = ibis.table(
    {"unit_id": "int64", "obligation_id": "int64", "starts": "date", "ends": "date"}, name="excused"
)
CELL = ibis.table(
    {
        "unit_id": "int64", "obligation_id": "int64", "measure": "string", "comparator": "string", "starts": "date",
        "ends": "date", "slot": "int64", "opens_at": TS, "closes_at": TS, "needed": DEC, "value": DEC, "possible": DEC,
        "facts": "int64", "last_at": TS,
    },
    name="assessment_cell",
)  # fmt: skip


def _null(kind: str) -> Any:
    return ibis.null().cast(kind)


def _windows(measure: str) -> Any:
    """Every (binding, window) that has opened: what is owed, window by window."""
    b = BINDING.filter(BINDING.measure == measure)
    w = WINDOW.rename(
        kind_w="kind",
        calendar_w="calendar_id",
        starts_w="starts",
        ends_w="ends",
        opens_w="opens_at",
        closes_w="closes_at",
    )
    joined = b.inner_join(
        w,
        [
            b.calendar_id == w.calendar_w,
            b.window == w.kind_w,
            w.starts_w < b.ends,
            w.ends_w > b.starts,
        ],
    )
    return joined.select(
        "unit_id", "obligation_id", "activity", "measure", "comparator", "needed", "cap", "minutes", "post", "calendar_id", "from_minute", "to_minute",
        starts="starts_w", ends="ends_w", opens_at="opens_w", closes_at="closes_w",
        slot=ibis.literal(0, "int64"),
    )  # fmt: skip


def _facts(measure: str) -> Any:
    """The facts that fall in the windows of what is owed, each with its window's start."""
    b = BINDING.filter(BINDING.measure == measure).rename(
        since="starts", until="ends", from_at="opens_at", to_at="closes_at"
    )
    f = FACT.rename(
        unit_f="unit_id", activity_f="activity", slot_f="slot", obligation_f="obligation_id"
    )
    d = DAY.rename(calendar_d="calendar_id", day_d="day")
    return b.inner_join(f, [b.unit_id == f.unit_f, b.activity == f.activity_f]).inner_join(
        d, [b.calendar_id == d.calendar_d, b.window == d.kind, f.day == d.day_d]
    )


def _facts_until(owed: Any) -> Any:
    """The facts up to the end of each window, but not those said for another obligation."""
    f = FACT.rename(
        unit_f="unit_id", activity_f="activity", slot_f="slot", obligation_f="obligation_id"
    )
    return owed.inner_join(
        f,
        [
            owed.unit_id == f.unit_f,
            owed.activity == f.activity_f,
            f.day < owed.ends,
            f.obligation_f.isnull() | (f.obligation_f == owed.obligation_id),
        ],
    )


def _cells(owed: Any, found: Any, *, value: Any = None, possible: Any = None) -> Any:
    """Give every window its cell, with what was found or with nothing."""
    g = found.rename(u="unit_id", o="obligation_id", s="starts")
    cells = owed.left_join(g, [owed.unit_id == g.u, owed.obligation_id == g.o, owed.starts == g.s])
    return cells.select(
        "unit_id", "obligation_id", "measure", "comparator", "starts", "ends", "slot", "opens_at", "closes_at", "needed",
        value=(cells.found_value if value is None else value(cells)).cast(DEC),
        possible=_null(DEC) if possible is None else possible(cells),
        facts=cells.found_facts.fill_null(0).cast("int64"),
        last_at=cells.found_last.cast(TS),
    )  # fmt: skip


def count() -> Any:
    """Sum of quantities in the window; where a demand is per shift or class, each slot counts at most its own."""
    owed = _windows("count")
    f = _facts("count")
    slots = f.group_by("unit_id", "obligation_id", "starts", "slot_f", "cap").agg(
        n=f.quantity.sum(), found_facts=f.count(), found_last=f.occurred_at.max()
    )
    slots = slots.mutate(n=ibis.ifelse(slots.cap.isnull(), slots.n, ibis.least(slots.n, slots.cap)))
    found = slots.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=slots.n.sum(),
        found_facts=slots.found_facts.sum(),
        found_last=slots.found_last.max(),
    )
    return _cells(owed, found, value=lambda c: c.found_value.fill_null(0))


def level() -> Any:
    """What was last declared by the end of the window; it holds until declared anew, per slot."""
    owed = _windows("level")
    f = _facts_until(owed)
    latest = f.mutate(
        rank=ibis.row_number().over(
            ibis.window(
                group_by=["unit_id", "obligation_id", "starts", "slot_f"],
                order_by=[ibis.desc("occurred_at"), ibis.desc("id")],
            )
        )
    )
    latest = latest.filter(latest["rank"] == 0)
    found = latest.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=latest.quantity.sum(),
        found_facts=latest.count(),
        found_last=latest.occurred_at.max(),
    )
    return _cells(owed, found)


def share() -> Any:
    """Percent of the units below that meet their part of the same obligation, those exempt left out; `possible` if all unknown ones did."""
    owed = _windows("share")
    parts = level()
    e = EXCUSED.rename(
        unit_e="unit_id", obligation_e="obligation_id", starts_e="starts", ends_e="ends"
    )
    parts = parts.anti_join(
        e,
        [
            parts.unit_id == e.unit_e,
            parts.obligation_id == e.obligation_e,
            e.starts_e <= parts.starts,
            parts.ends <= e.ends_e,
            parts.starts < e.ends_e,
        ],
    )
    parts = parts.mutate(
        ok=ibis.ifelse((parts.facts > 0) & (parts.value >= parts.needed), 1, 0),
        maybe=ibis.ifelse((parts.facts == 0) | (parts.value >= parts.needed), 1, 0),
    )
    found = (
        parts.group_by(["obligation_id", "starts"])
        .agg(
            found_value=(parts.ok.sum() * 100.0 / parts.count()).round(2),
            found_possible=(parts.maybe.sum() * 100.0 / parts.count()).round(2),
            found_facts=parts.facts.sum(),
            found_last=parts.last_at.max(),
        )
        .rename(o="obligation_id", s="starts")
    )
    cells = owed.left_join(found, [owed.obligation_id == found.o, owed.starts == found.s])
    return cells.select(
        "unit_id", "obligation_id", "measure", "comparator", "starts", "ends", "slot", "opens_at", "closes_at", "needed",
        value=cells.found_value.cast(DEC), possible=cells.found_possible.cast(DEC),
        facts=cells.found_facts.fill_null(0).cast("int64"), last_at=cells.found_last.cast(TS),
    )  # fmt: skip


def every() -> Any:
    """The longest gap in minutes so far between one fact and the next, the window's opening being the first."""
    owed = _windows("every")
    f = _facts("every")
    opens = WINDOW.rename(calendar_w="calendar_id", kind_w="kind", starts_w="starts")
    f = f.inner_join(
        opens.select("calendar_w", "kind_w", "starts_w", "opens_at"),
        [f.calendar_id == opens.calendar_w, f.kind == opens.kind_w, f.starts == opens.starts_w],
    )
    previous = f.occurred_at.lag().over(
        ibis.window(group_by=["unit_id", "obligation_id", "starts"], order_by=["occurred_at", "id"])
    )
    gaps = f.mutate(
        gap=(f.occurred_at.epoch_seconds() - ibis.coalesce(previous, f.opens_at).epoch_seconds())
        / 60.0
    )
    found = gaps.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=gaps.gap.max().round(2),
        found_facts=gaps.count(),
        found_last=gaps.occurred_at.max(),
    )
    return _cells(owed, found)


def _at(moment: Any, minute: Any) -> Any:
    return (moment + minute.as_interval("m")).cast(TS)


def nightly() -> Any:
    """The longest gap in minutes between one fact and the next within the night that begins on a day; it may end on the next."""
    owed = _windows("nightly")
    owed = owed.mutate(
        opens_at=_at(owed.opens_at, owed.from_minute), closes_at=_at(owed.opens_at, owed.to_minute)
    )
    f = FACT.rename(
        unit_f="unit_id", activity_f="activity", slot_f="slot", obligation_f="obligation_id"
    )
    f = ibis.union(
        f.mutate(night=f.day), f.mutate(night=(f.day - ibis.interval(days=1)).cast("date"))
    )
    f = owed.inner_join(
        f, [owed.unit_id == f.unit_f, owed.activity == f.activity_f, owed.starts == f.night]
    )
    f = f.filter((f.occurred_at >= f.opens_at) & (f.occurred_at < f.closes_at))
    previous = f.occurred_at.lag().over(
        ibis.window(group_by=["unit_id", "obligation_id", "starts"], order_by=["occurred_at", "id"])
    )
    gaps = f.mutate(
        gap=(f.occurred_at.epoch_seconds() - ibis.coalesce(previous, f.opens_at).epoch_seconds())
        / 60.0
    )
    found = gaps.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=gaps.gap.max().round(2),
        found_facts=gaps.count(),
        found_last=gaps.occurred_at.max(),
    )
    return _cells(owed, found)


def present() -> Any:
    """The longest time in minutes in which nobody was signed in at such a post, and until when somebody is.

    On a day for which no roster says who is to be there, nobody knows what is needed.
    """
    owed = _windows("present")
    p = PLANNED.distinct().rename(unit_p="unit_id", post_p="post", day_p="day")
    owed = owed.left_join(
        p, [owed.unit_id == p.unit_p, owed.post == p.post_p, owed.starts == p.day_p]
    )
    owed = owed.mutate(needed=ibis.ifelse(owed.day_p.isnull(), _null(DEC), owed.needed)).drop(
        "unit_p", "post_p", "day_p"
    )
    s = SERVED.rename(unit_s="unit_id", post_s="post", day_s="day")
    j = owed.inner_join(
        s, [owed.unit_id == s.unit_s, owed.post == s.post_s, owed.starts == s.day_s]
    )
    j = j.mutate(
        since=ibis.greatest(j.starts_at, j.opens_at), until=ibis.least(j.ends_at, j.closes_at)
    )
    j = j.filter(j.until > j.since)
    before = j.until.max().over(
        ibis.window(
            group_by=["unit_id", "obligation_id", "starts"],
            order_by=["since", "until"],
            preceding=(None, 1),
            following=None,
        )
    )
    gaps = j.mutate(
        gap=ibis.greatest(
            j.since.epoch_seconds() - ibis.coalesce(before, j.opens_at).epoch_seconds(), 0
        )
        / 60.0
    )
    found = gaps.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=gaps.gap.max().round(2), found_facts=gaps.count(), found_last=gaps.until.max()
    )
    return _cells(owed, found)


def by() -> Any:
    """How much was done in the time that ends at the date."""
    b = BINDING.filter(BINDING.measure == "by")
    owed = b.select(
        "unit_id", "obligation_id", "activity", "measure", "comparator", "needed", "starts", "ends", "opens_at", "closes_at",
        slot=ibis.literal(0, "int64"),
    )  # fmt: skip
    f = _facts_until(owed)
    f = f.filter(f.day >= f.starts)
    found = f.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=f.quantity.sum(), found_facts=f.count(), found_last=f.occurred_at.max()
    )
    return _cells(owed, found, value=lambda c: c.found_value.fill_null(0))


def within() -> Any:
    """One cell for each fact that starts the clock; `value` is the minutes until the first that answers it."""
    b = BINDING.filter(BINDING.measure == "within").rename(
        b_activity="activity",
        b_starts="starts",
        b_ends="ends",
        b_opens="opens_at",
        b_closes="closes_at",
    )
    t = FACT.rename(unit_t="unit_id", obligation_t="obligation_id", slot_t="slot")
    started = b.inner_join(
        t, [b.unit_id == t.unit_t, b.trigger == t.activity, t.day >= b.b_starts, t.day < b.b_ends]
    )
    a = FACT.filter(FACT.answers_id.notnull()).rename(activity_a="activity", unit_a="unit_id")
    answers = a.group_by(["answers_id", "activity_a", "unit_a"]).agg(
        first_at=a.occurred_at.min(), answered=a.count()
    )
    joined = started.left_join(
        answers,
        [
            started.id == answers.answers_id,
            started.unit_t == answers.unit_a,
            started.b_activity == answers.activity_a,
        ],
    )
    minutes = (joined.first_at.epoch_seconds() - joined.occurred_at.epoch_seconds()) / 60.0
    return joined.select(
        "unit_id", "obligation_id", "measure", "comparator",
        starts=joined.day, ends=joined.day, slot=joined.id,
        opens_at=joined.occurred_at,
        closes_at=(joined.occurred_at + joined.minutes.as_interval("m")).cast(TS),
        needed=joined.minutes.cast(DEC), value=minutes.round(2).cast(DEC), possible=_null(DEC),
        facts=joined.answered.fill_null(0).cast("int64"), last_at=joined.first_at.cast(TS),
    )  # fmt: skip


def never() -> Any:
    """How often it happened all the same."""
    owed = _windows("never")
    f = _facts("never")
    found = f.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=f.quantity.sum(), found_facts=f.count(), found_last=f.occurred_at.max()
    )
    return _cells(owed, found, value=lambda c: c.found_value.fill_null(0))


def declared() -> Any:
    """Whether a person declared it in the window, for this very obligation."""
    owed = _windows("declared")
    f = FACT.filter(FACT.obligation_id.notnull()).rename(
        unit_f="unit_id", obligation_f="obligation_id", activity_f="activity", slot_f="slot"
    )
    j = owed.inner_join(
        f,
        [
            owed.unit_id == f.unit_f,
            owed.obligation_id == f.obligation_f,
            (f.activity_f == owed.activity) | (f.activity_f == "declaration"),
            f.day >= owed.starts,
            f.day < owed.ends,
        ],
    )
    found = j.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=j.quantity.sum(), found_facts=j.count(), found_last=j.occurred_at.max()
    )
    return _cells(owed, found)


MEASURES = (count, level, share, every, nightly, present, by, within, never, declared)


def verdict(c: Any, now: Any) -> Any:
    """The word for a cell at a moment. Unknown is never shown as done."""
    closed = c.closes_at <= now
    at_most = c.comparator == "<="
    open_or = lambda word: ibis.ifelse(closed, word, "due")  # noqa: E731
    enough = ibis.ifelse(at_most, c.value <= c.needed, c.value >= c.needed)
    silence = (
        ibis.ifelse(closed, c.closes_at, now).epoch_seconds()
        - ibis.coalesce(c.last_at, c.opens_at).epoch_seconds()
    )
    late = (c.value > c.needed) | (silence > c.needed * 60)
    return ibis.cases(
        (c.measure == "declared", ibis.ifelse(c.facts > 0, "declared", open_or("unknown"))),
        (c.measure == "never", ibis.ifelse(c.facts > 0, "breached", open_or("unknown"))),
        (c.needed.isnull(), "unknown"),
        (c.measure.isin(["count", "by"]) & at_most, ibis.ifelse(c.value > c.needed, "breached", open_or(ibis.ifelse(c.facts > 0, "met", "unknown")))),
        (c.measure.isin(["count", "by"]), ibis.ifelse(c.value >= c.needed, "met", open_or("short"))),
        (c.measure == "level", ibis.ifelse(c.facts == 0, "unknown", ibis.ifelse(enough, "met", "short"))),
        (c.measure == "share", ibis.ifelse(c.value.isnull(), "unknown", ibis.ifelse(c.value >= c.needed, "met", ibis.ifelse(c.possible < c.needed, "short", "unknown")))),
        (c.measure.isin(["every", "nightly", "present"]), ibis.ifelse(late.fill_null(False), "short", open_or(ibis.ifelse(c.facts > 0, "met", "short")))),
        (c.measure == "within", ibis.ifelse(c.facts > 0, ibis.ifelse(c.value <= c.needed, "met", "short"), open_or("short"))),
        else_="unknown",
    )  # fmt: skip


def changes(c: Any, now: Any) -> Any:
    """The next moment after which a cell's word may be another by the clock alone; null: never. A second early, as verdicts count whole seconds."""
    second = ibis.interval(seconds=1)
    silent = ibis.coalesce(c.last_at, c.opens_at) + c.needed.cast("int64").as_interval("m")
    moments = (
        c.closes_at,
        ibis.ifelse(c.measure.isin(["every", "nightly", "present"]), silent.cast(TS), _null(TS)),
    )
    return ibis.least(*[ibis.ifelse(m > now - second, m - second, _null(TS)) for m in moments])


@cache
def cells_sql(dialect: str = "postgres") -> tuple[str, ...]:
    """One SELECT per measure over the tables `owed`, `opened`, `days`, `counted`, `excused`, `served` and `planned`, in the order of COLUMNS."""
    return tuple(
        str(ibis.to_sql(measure().select(*COLUMNS), dialect=dialect)) for measure in MEASURES
    )


_NOW = "2000-01-01 00:00:00.123456"


def verdict_sql(dialect: str = "postgres") -> str:
    """The verdict as a SQL expression over columns of a table `t0`, with %(now)s for the moment."""
    return _of_a_cell(verdict, dialect)


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
