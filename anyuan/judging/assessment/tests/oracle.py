"""The verdicts once more, in plain Python: what the expressions are held against."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from anyuan.kernel.clock import midnight
from anyuan.kernel.scoping import Viewer

START = date(2026, 5, 4)  # a Monday
NOW = midnight(START) + timedelta(days=21)


ASKS = Viewer(6, "赵校长", system=True)
DECIDES = Viewer(7, "何局长", system=True)


# -- the oracle: plain Python, written apart from the expressions -----------------
def oracle(bindings, facts, windows, now, granted=(), shifts=()):
    gone = {f.corrects_id for f in facts}
    counting = [f for f in facts if f.pk not in gone and not f.withdrawn]
    out = {}
    for b in bindings:
        if b.measure == "share":
            continue
        for key, verdict, _ in _judge(b, counting, windows, now, shifts):
            w = next((w for w in _windows_of(b, windows, now) if w.starts == key[2]), None)
            out[key] = (
                "exempt"
                if _excused(
                    granted, b, key[2], key[2] if b.measure == "within" else w.ends if w else b.ends
                )
                else verdict
            )
    for b in bindings:
        if b.measure == "share":
            parts = [
                p for p in bindings if p.obligation_id == b.obligation_id and p.measure == "level"
            ]
            by_start = defaultdict(list)
            for p in parts:
                for (_, _, start, _), _, (known, value) in _judge(p, counting, windows, now):
                    if _excused(
                        granted,
                        p,
                        start,
                        next(w.ends for w in _windows_of(p, windows, now) if w.starts == start),
                    ):
                        continue
                    by_start[start].append((known, known and value >= p.needed))
            for w in _windows_of(b, windows, now):
                states = by_start.get(w.starts, [])
                sure = 100 * sum(ok for _, ok in states) / len(states) if states else None
                best = (
                    100 * sum(ok or not known for known, ok in states) / len(states)
                    if states
                    else None
                )
                verdict = (
                    "unknown"
                    if sure is None
                    else (
                        "met"
                        if round(sure, 2) >= b.needed
                        else "short"
                        if round(best, 2) < b.needed
                        else "unknown"
                    )
                )
                out[(b.unit_id, b.obligation_id, w.starts, 0)] = verdict
    return out


def _excused(granted, b, starts, ends):
    return any(
        e.unit_id == b.unit_id
        and e.obligation_id == b.obligation_id
        and e.starts <= starts
        and ends <= e.ends
        and starts < e.ends
        for e in granted
    )


def _windows_of(b, windows, now):
    return [
        w
        for w in windows
        if w.kind == b.window and w.opens_at <= now and w.starts < b.ends and w.ends > b.starts
    ]


def _judge(b, facts, windows, now, shifts=()):
    mine = [f for f in facts if f.unit_id == b.unit_id]
    if b.measure == "within":
        for t in mine:
            if t.activity == b.trigger and b.starts <= t.day < b.ends:
                first = t.root_id or t.pk
                answers = [
                    f.occurred_at
                    for f in facts
                    if f.answers_id == first and f.activity == b.activity and f.unit_id == t.unit_id
                ]
                limit = t.occurred_at + timedelta(minutes=b.minutes)
                verdict = (
                    ("met" if min(answers) <= limit else "short")
                    if answers
                    else "short"
                    if limit <= now
                    else "due"
                )
                yield (b.unit_id, b.obligation_id, t.day, first), verdict, None
        return
    if b.measure == "by":
        spans = [(b.starts, b.ends, b.opens_at, b.closes_at)]
    else:
        spans = [(w.starts, w.ends, w.opens_at, w.closes_at) for w in _windows_of(b, windows, now)]
    for starts, ends, opens, closes in spans:
        key = (b.unit_id, b.obligation_id, starts, 0)
        closed = closes <= now
        same = [f for f in mine if f.activity == b.activity and starts <= f.day < ends]
        not_others = [f for f in same if f.obligation_id in {None, b.obligation_id}]
        if b.measure == "declared":
            said = [
                f
                for f in mine
                if f.obligation_id == b.obligation_id
                and f.activity in {b.activity, "declaration"}
                and starts <= f.day < ends
            ]
            yield key, "declared" if said else "unknown" if closed else "due", None
        elif b.measure == "never":
            said = [
                f
                for f in mine
                if f.obligation_id == b.obligation_id
                and f.activity == "declaration"
                and starts <= f.day < ends
            ]
            silent = "declared" if said else "unknown" if closed else "due"
            yield key, "breached" if same else silent, None
        elif b.measure == "level":
            before = [
                f
                for f in mine
                if f.activity == b.activity
                and f.day < ends
                and f.obligation_id in {None, b.obligation_id}
            ]
            latest = {}
            for f in sorted(before, key=lambda f: (f.occurred_at, f.pk)):
                latest[f.slot] = f.quantity
            value = sum(latest.values())
            known = bool(before)
            if b.needed is None or not known:
                verdict = "unknown"
            else:
                verdict = (
                    "met"
                    if (value <= b.needed if b.comparator == "<=" else value >= b.needed)
                    else "short"
                )
            yield key, verdict, (known, value)
        elif b.needed is None:
            yield key, "unknown", None
        elif b.measure == "present":
            day, fitting = (
                opens + timedelta(days=1),
                [s for s in shifts if s.unit_id == b.unit_id and b.post in {"", s.station.kind}],
            )
            if not any(s.starts_at < day and s.ends_at > opens for s in fitting):
                yield key, "unknown", None
                continue
            there = [
                m
                for m in range(1440)
                if any(
                    s.came_at
                    and s.came_at
                    <= opens + timedelta(minutes=m)
                    < (min(s.left_at or s.ends_at, s.ends_at))
                    for s in fitting
                )
            ]
            until = 1440 if closed else max(0, min(1440, int((now - opens).total_seconds() // 60)))
            edges = [
                -1,
                *(m for m in there),
                max(until, *(m + 1 for m in there), 0) if there else until,
            ]
            longest = max(b_ - a_ - 1 for a_, b_ in itertools.pairwise(edges)) if there else until
            yield (
                key,
                (
                    "short"
                    if longest > b.minutes
                    else ("met" if there else "short")
                    if closed
                    else "due"
                ),
                None,
            )
        elif b.measure == "nightly":
            since, to = (
                opens + timedelta(minutes=b.from_minute),
                opens + timedelta(minutes=b.to_minute),
            )
            over = to <= now
            walked = sorted(
                f.occurred_at
                for f in mine
                if f.activity == b.activity and since <= f.occurred_at < to
            )
            times = [since, *walked, max(since, to if over else now)]
            late = any(
                round((b_ - a_).total_seconds() / 60, 2) > b.minutes
                for a_, b_ in itertools.pairwise(times)
            )
            yield key, "short" if late else ("met" if walked else "short") if over else "due", None
        elif b.measure == "every":
            times = [opens, *sorted(f.occurred_at for f in same), closes if closed else now]
            gaps = [(b_ - a_).total_seconds() / 60 for a_, b_ in itertools.pairwise(times)]
            if any(round(g, 2) > b.minutes for g in gaps):
                verdict = "short"
            else:
                verdict = ("met" if same else "short") if closed else "due"
            yield key, verdict, None
        else:
            pool = not_others if b.measure == "by" else same
            slots = defaultdict(Decimal)
            for f in pool:
                slots[f.slot] += f.quantity
            value = sum(min(n, b.cap) if b.cap is not None else n for n in slots.values())
            if b.comparator == "<=" and b.measure == "count":
                verdict = (
                    "breached"
                    if value > b.needed
                    else "due"
                    if not closed
                    else "met"
                    if pool
                    else "unknown"
                )
            else:
                verdict = "met" if value >= b.needed else "short" if closed else "due"
            yield key, verdict, None
