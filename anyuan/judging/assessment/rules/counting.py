"""Measures that count facts in windows."""

from __future__ import annotations

from typing import Any

import ibis

from .schemas import BINDING, DAY, DEC, EXCUSED, FACT, TS, WINDOW, null


def windows(measure: str) -> Any:
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
        "unit_id",
        "obligation_id",
        "activity",
        "measure",
        "comparator",
        "needed",
        "cap",
        "minutes",
        "post",
        "calendar_id",
        "from_minute",
        "to_minute",
        starts="starts_w",
        ends="ends_w",
        opens_at="opens_w",
        closes_at="closes_w",
        slot=ibis.literal(0, "int64"),
    )


def facts(measure: str) -> Any:
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


def cells(owed: Any, found: Any, *, value: Any = None, possible: Any = None) -> Any:
    """Give every window its cell, with what was found or with nothing."""
    g = found.rename(u="unit_id", o="obligation_id", s="starts")
    cells = owed.left_join(g, [owed.unit_id == g.u, owed.obligation_id == g.o, owed.starts == g.s])
    return cells.select(
        "unit_id",
        "obligation_id",
        "measure",
        "comparator",
        "starts",
        "ends",
        "slot",
        "opens_at",
        "closes_at",
        "needed",
        value=(cells.found_value if value is None else value(cells)).cast(DEC),
        possible=null(DEC) if possible is None else possible(cells),
        facts=cells.found_facts.fill_null(0).cast("int64"),
        last_at=cells.found_last.cast(TS),
    )


def count() -> Any:
    """Sum of quantities in the window; where a demand is per shift or class, each slot counts at
    most its own.
    """
    owed = windows("count")
    sums = _capped(facts("count"))
    return cells(owed, sums, value=lambda c: c.found_value.fill_null(0))


def _capped(f: Any) -> Any:
    """What was found in each window; a shift or class counts at most what is asked of it."""
    slots = f.group_by("unit_id", "obligation_id", "starts", "slot_f", "cap").agg(
        n=f.quantity.sum(), found_facts=f.count(), found_last=f.occurred_at.max()
    )
    slots = slots.mutate(n=ibis.ifelse(slots.cap.isnull(), slots.n, ibis.least(slots.n, slots.cap)))
    return slots.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=slots.n.sum(),
        found_facts=slots.found_facts.sum(),
        found_last=slots.found_last.max(),
    )


def level() -> Any:
    """What was last declared by the end of the window; it holds until declared anew, per slot."""
    owed = windows("level")
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
    sums = latest.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=latest.quantity.sum(),
        found_facts=latest.count(),
        found_last=latest.occurred_at.max(),
    )
    return cells(owed, sums)


def share() -> Any:
    """Percent of the units below that meet their part of the same obligation, those exempt left
    out; `possible` if all unknown ones did.
    """
    owed = windows("share")
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
    sums = (
        parts.group_by(["obligation_id", "starts"])
        .agg(
            found_value=(parts.ok.sum() * 100.0 / parts.count()).round(2),
            found_possible=(parts.maybe.sum() * 100.0 / parts.count()).round(2),
            found_facts=parts.facts.sum(),
            found_last=parts.last_at.max(),
        )
        .rename(o="obligation_id", s="starts")
    )
    cells = owed.left_join(sums, [owed.obligation_id == sums.o, owed.starts == sums.s])
    return cells.select(
        "unit_id",
        "obligation_id",
        "measure",
        "comparator",
        "starts",
        "ends",
        "slot",
        "opens_at",
        "closes_at",
        "needed",
        value=cells.found_value.cast(DEC),
        possible=cells.found_possible.cast(DEC),
        facts=cells.found_facts.fill_null(0).cast("int64"),
        last_at=cells.found_last.cast(TS),
    )


def by() -> Any:
    """How much was done in the time that ends at the date."""
    b = BINDING.filter(BINDING.measure == "by")
    owed = b.select(
        "unit_id",
        "obligation_id",
        "activity",
        "measure",
        "comparator",
        "needed",
        "cap",
        "starts",
        "ends",
        "opens_at",
        "closes_at",
        slot=ibis.literal(0, "int64"),
    )
    f = _facts_until(owed)
    sums = _capped(f.filter(f.day >= f.starts))
    return cells(owed, sums, value=lambda c: c.found_value.fill_null(0))


def within() -> Any:
    """One cell for each fact that starts the clock; `value` is the minutes until the first that
    answers it.
    """
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
        "unit_id",
        "obligation_id",
        "measure",
        "comparator",
        starts=joined.day,
        ends=joined.day,
        slot=joined.id,
        opens_at=joined.occurred_at,
        closes_at=(joined.occurred_at + joined.minutes.as_interval("m")).cast(TS),
        needed=joined.minutes.cast(DEC),
        value=minutes.round(2).cast(DEC),
        possible=null(DEC),
        facts=joined.answered.fill_null(0).cast("int64"),
        last_at=joined.first_at.cast(TS),
    )


def never() -> Any:
    """How often it happened all the same; `possible`: how often a person said that it did not."""
    owed = windows("never")
    f = facts("never")
    sums = f.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=f.quantity.sum(), found_facts=f.count(), found_last=f.occurred_at.max()
    )
    s = _said(owed, ["declaration"])
    said = s.group_by("unit_id", "obligation_id", "starts").agg(found_said=s.count())
    said = said.rename(u_said="unit_id", o_said="obligation_id", s_said="starts")
    owed = owed.left_join(
        said,
        [
            owed.unit_id == said.u_said,
            owed.obligation_id == said.o_said,
            owed.starts == said.s_said,
        ],
    ).drop("u_said", "o_said", "s_said")
    return cells(
        owed,
        sums,
        value=lambda c: c.found_value.fill_null(0),
        possible=lambda c: c.found_said.fill_null(0).cast(DEC),
    )


def _said(owed: Any, activities: list[str], *, own: bool = False) -> Any:
    """The facts in each window that a person recorded for this very obligation: those of
    `activities`, and with `own` those of the obligation's own activity.
    """
    f = FACT.filter(FACT.obligation_id.notnull()).rename(
        unit_f="unit_id", obligation_f="obligation_id", activity_f="activity", slot_f="slot"
    )
    said = f.activity_f.isin(activities)
    return owed.inner_join(
        f,
        [
            owed.unit_id == f.unit_f,
            owed.obligation_id == f.obligation_f,
            (said | (f.activity_f == owed.activity)) if own else said,
            f.day >= owed.starts,
            f.day < owed.ends,
        ],
    )


def declared() -> Any:
    """Whether a person declared it in the window, for this very obligation."""
    owed = windows("declared")
    j = _said(owed, ["declaration"], own=True)
    sums = j.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=j.quantity.sum(), found_facts=j.count(), found_last=j.occurred_at.max()
    )
    return cells(owed, sums)
