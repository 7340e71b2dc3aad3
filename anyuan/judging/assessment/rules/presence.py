"""Measures of intervals and of somebody being there."""

from __future__ import annotations

from typing import Any

import ibis

from .counting import cells, facts, windows
from .schemas import DEC, FACT, PLANNED, SERVED, TS, WINDOW, null


def every() -> Any:
    """The longest gap in minutes so far between one fact and the next, the window's opening being
    the first.
    """
    owed = windows("every")
    f = facts("every")
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
    sums = gaps.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=gaps.gap.max().round(2),
        found_facts=gaps.count(),
        found_last=gaps.occurred_at.max(),
    )
    return cells(owed, sums)


def _at(moment: Any, minute: Any) -> Any:
    return (moment + minute.as_interval("m")).cast(TS)


def nightly() -> Any:
    """The longest gap in minutes between one fact and the next within the night that begins on a
    day; it may end on the next.
    """
    owed = windows("nightly")
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
    sums = gaps.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=gaps.gap.max().round(2),
        found_facts=gaps.count(),
        found_last=gaps.occurred_at.max(),
    )
    return cells(owed, sums)


def present() -> Any:
    """The longest time in minutes in which nobody was signed in at such a post, and until when
    somebody is.

    On a day for which no roster says who is to be there, nobody knows what is needed.
    """
    owed = windows("present")
    p = PLANNED.distinct().rename(unit_p="unit_id", post_p="post", day_p="day")
    owed = owed.left_join(
        p, [owed.unit_id == p.unit_p, owed.post == p.post_p, owed.starts == p.day_p]
    )
    owed = owed.mutate(needed=ibis.ifelse(owed.day_p.isnull(), null(DEC), owed.needed)).drop(
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
    sums = gaps.group_by("unit_id", "obligation_id", "starts").agg(
        found_value=gaps.gap.max().round(2), found_facts=gaps.count(), found_last=gaps.until.max()
    )
    return cells(owed, sums)
