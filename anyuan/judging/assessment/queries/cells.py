"""Verdicts of duties and windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import remembered
from anyuan.obligations.plans import queries as plans
from anyuan.obligations.plans.models import Obligation

from ..rules.verdicts import reason_sql, verdict_sql

# What needs attention first; the worst of several windows speaks for them.
ATTENTION = ("breached", "short", "unknown", "due", "declared", "met", "exempt")


DECLARED = "declared"  # the measure of what is only said to be so


RANK = {word: i for i, word in enumerate(ATTENTION)}


# A demand yields only in the windows that the stricter one covers; before and after, it counts
# itself.
YIELDS = (
    "EXISTS (SELECT FROM plans_binding y WHERE y.unit_id = t0.unit_id AND y.obligation_id ="
    " b.yields_to_id AND y.starts <= t0.starts AND y.ends > t0.starts)"
)


@dataclass(frozen=True)
class Owed:
    """One obligation of one unit in one window, with its verdict now."""

    unit_id: int
    obligation: Obligation
    starts: date
    ends: date
    closes_at: datetime
    needed: Decimal | None
    value: Decimal | None
    facts: int
    verdict: str
    yields_to: int | None
    slot: int
    reason: str  # a code of rules.reasons
    measure: str

    @property
    def is_declared(self) -> bool:
        """Whether nothing is counted: people say once in its window that it is so."""
        return self.measure == DECLARED

    @property
    def left(self) -> Decimal | None:
        """How much is still missing, None where that is no number."""
        if (
            self.needed is None
            or self.value is None
            or self.obligation.measure not in {"count", "by", "level"}
        ):
            return None
        return max(self.needed - self.value, Decimal(0))


def rows_where(where: str, params: dict[str, Any], now: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t0.unit_id, t0.obligation_id, t0.starts, t0.ends, t0.closes_at, t0.needed,"
            f" t0.value, t0.facts, {verdict_case()} AS verdict,"
            f" CASE WHEN {YIELDS} THEN b.yields_to_id END, t0.slot, {reason_case()} AS reason,"
            " t0.measure"
            " FROM assessment_cell t0 JOIN plans_binding b ON b.unit_id = t0.unit_id"
            f" AND b.obligation_id = t0.obligation_id WHERE {where} ORDER BY t0.unit_id,"
            " t0.obligation_id, t0.starts, t0.slot",
            {**params, "now": now},
        )
        return list(cursor.fetchall())


# What was granted covers a window whole, or not at all. The first line is one hashed look-up where
# nothing is exempt.
_EXEMPT = (
    "(t0.unit_id, t0.obligation_id) IN (SELECT e.unit_id, e.obligation_id FROM duties_exemption e"
    " WHERE e.state = 'granted') AND EXISTS (SELECT FROM duties_exemption e WHERE e.unit_id ="
    " t0.unit_id AND e.obligation_id = t0.obligation_id AND e.state = 'granted' AND e.starts <="
    " t0.starts AND t0.ends <= e.ends AND t0.starts < e.ends)"
)


def verdict_case() -> str:
    return f"CASE WHEN {_EXEMPT} THEN 'exempt' ELSE {verdict_sql()} END"


def reason_case() -> str:
    return f"CASE WHEN {_EXEMPT} THEN 'granted' ELSE {reason_sql()} END"


def owed(rows: Sequence[tuple[Any, ...]]) -> list[Owed]:
    known = plans.obligations({r[1] for r in rows})
    return [Owed(r[0], known[r[1]], *r[2:]) for r in rows if r[1] in known]


def due_now(unit_ids: Sequence[int], now: datetime) -> list[Owed]:
    """What units owe in open windows, and what closed short within a week; most urgent first."""
    key = ("due_now", tuple(unit_ids), now)
    return remembered(key, lambda: _due_now(unit_ids, now))


def _due_now(unit_ids: Sequence[int], now: datetime) -> list[Owed]:
    rows = rows_where(
        "t0.unit_id = ANY(%(units)s) AND t0.opens_at <= %(now)s AND t0.closes_at > %(since)s",
        {"units": list(unit_ids), "since": now - timedelta(days=7)},
        now,
    )
    items = [
        o for o in owed(rows) if o.closes_at > now or o.verdict in {"short", "breached", "unknown"}
    ]
    return sorted(items, key=lambda o: (RANK[o.verdict], o.closes_at, o.obligation.pk))


@dataclass(frozen=True)
class DayStrip:
    """A day of the week: its windows that end then, by verdict, and the worst of them."""

    day: date
    counts: Counter[str]

    @property
    def worst(self) -> str:
        return next((word for word in ATTENTION if self.counts[word]), "")

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """How many are not met."""
        return sum(self.counts[word] for word in ("breached", "short", "unknown", "due"))


def week_of(unit_ids: Sequence[int], now: datetime) -> list[DayStrip]:
    """The measured windows of the seven days of this week, by the day they end on. One query."""
    today = local_day(now)
    days = [today + timedelta(days=i - today.weekday()) for i in range(7)]
    rows = rows_where(
        "t0.unit_id = ANY(%(units)s) AND t0.measure <> 'declared' AND t0.ends > %(first)s"
        " AND t0.ends <= %(until)s AND t0.opens_at <= %(now)s",
        {"units": list(unit_ids), "first": days[0], "until": days[-1] + timedelta(days=1)},
        now,
    )
    counts: dict[date, Counter[str]] = {day: Counter() for day in days}
    for item in owed(rows):
        if item.yields_to is None:
            counts[item.ends - timedelta(days=1)][item.verdict] += 1
    return [DayStrip(day, counts[day]) for day in days]


def one(unit_id: int, obligation_id: int, starts: date, now: datetime) -> list[Owed]:
    """The cells of one obligation of a unit that start on a day."""
    return owed(
        rows_where(
            "t0.unit_id = %(unit)s AND t0.obligation_id = %(obligation)s AND t0.starts ="
            " %(starts)s",
            {"unit": unit_id, "obligation": obligation_id, "starts": starts},
            now,
        )
    )


@dataclass(frozen=True)
class Standing:
    """How an obligation stood over a stretch of time: closed windows by verdict."""

    obligation: Obligation
    counts: Counter[str]
    reasons: Counter[tuple[str, str]]  # verdict and its reason
    value: Decimal

    @property
    def windows(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Record:
    """How units stood over a stretch of time: by obligation, and how many measured windows each
    unit left short or breached.
    """

    standings: list[Standing]
    short: Counter[int]


def over(unit_ids: Sequence[int], first: date, until: date, now: datetime) -> Record:
    """Some units over the windows that began in [first, until).

    Two queries; every cell is looked at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obligation_id, unit_id, verdict, reason, count(*), COALESCE(sum(value), 0),"
            " count(*) FILTER (WHERE measure <> 'declared') FROM (SELECT t0.obligation_id,"
            f" t0.unit_id, t0.value, t0.measure, {verdict_case()} AS verdict,"
            f" {reason_case()} AS reason FROM assessment_cell t0"
            " JOIN plans_binding b ON b.unit_id = t0.unit_id AND"
            " b.obligation_id = t0.obligation_id WHERE t0.unit_id = ANY(%(units)s) AND t0.starts"
            " >= %(first)s AND t0.starts < %(until)s AND (b.yields_to_id IS NULL OR NOT"
            f" {YIELDS})) v GROUP BY GROUPING SETS ((obligation_id, verdict, reason), (unit_id,"
            " verdict))",
            {"units": list(unit_ids), "first": first, "until": until, "now": now},
        )
        rows = cursor.fetchall()
    counts: dict[int, Counter[str]] = {}
    reasons: dict[int, Counter[tuple[str, str]]] = {}
    values: dict[int, Decimal] = {}
    short: Counter[int] = Counter()
    for obligation_id, unit_id, verdict, reason, n, value, measured in rows:
        if obligation_id is not None:
            counts.setdefault(obligation_id, Counter())[verdict] += n
            reasons.setdefault(obligation_id, Counter())[verdict, reason] += n
            values[obligation_id] = values.get(obligation_id, Decimal(0)) + value
        elif verdict in {"short", "breached"}:
            short[unit_id] += measured
    known = plans.obligations(set(counts))
    found = [Standing(known[o], counts[o], reasons[o], values[o]) for o in counts if o in known]
    return Record(
        sorted(found, key=lambda s: (s.obligation.plan_id, s.obligation.start, s.obligation.order)),
        short,
    )


def where_short(
    unit_ids: Sequence[int], obligation_ids: Sequence[int], first: date, until: date, now: datetime
) -> list[tuple[int, int, int]]:
    """Of some obligations, which units left how many windows short or breached, the most first:
    (obligation, unit, windows).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obligation_id, unit_id, count(*) FROM (SELECT t0.obligation_id, t0.unit_id,"
            f" {verdict_case()} AS verdict FROM assessment_cell t0"
            " JOIN plans_binding b ON b.unit_id = t0.unit_id AND"
            " b.obligation_id = t0.obligation_id WHERE t0.unit_id = ANY(%(units)s) AND"
            " t0.obligation_id = ANY(%(duties)s) AND t0.starts >= %(first)s AND"
            f" t0.starts < %(until)s AND (b.yields_to_id IS NULL OR NOT {YIELDS})) v"
            " WHERE verdict IN ('short', 'breached') GROUP BY 1, 2 ORDER BY 3 DESC, 2",
            {
                "units": list(unit_ids),
                "duties": list(obligation_ids),
                "first": first,
                "until": until,
                "now": now,
            },
        )
        return list(cursor.fetchall())


def worst_of_week(unit_id: int, obligation_id: int, now: datetime) -> Owed | None:
    """The window that a square of the board speaks of: the worst of seven days, the latest of
    several; None if there is none.
    """
    today = local_day(now)
    rows = rows_where(
        "t0.unit_id = %(unit)s AND t0.obligation_id = %(duty)s AND t0.starts <= %(today)s"
        " AND t0.ends > %(first)s",
        {
            "unit": unit_id,
            "duty": obligation_id,
            "today": today,
            "first": today - timedelta(days=6),
        },
        now,
    )
    found = sorted(owed(rows), key=lambda o: (RANK[o.verdict], -o.starts.toordinal()))
    return found[0] if found else None


def windows_of(
    unit_ids: Sequence[int], obligation_id: int | None, first: date, until: date, now: datetime
) -> list[Owed]:
    """The windows behind one figure of a summary; of every obligation if none is named."""
    return owed(
        rows_where(
            "t0.unit_id = ANY(%(units)s) AND (%(obligation)s::bigint IS NULL OR t0.obligation_id ="
            " %(obligation)s) AND t0.starts >= %(first)s AND t0.starts < %(until)s",
            {"units": list(unit_ids), "obligation": obligation_id, "first": first, "until": until},
            now,
        )
    )


def shares(unit_id: int, now: datetime) -> list[Owed]:
    """The shares over the units below that stand open now (城市校园达标率 …)."""
    rows = rows_where(
        "t0.unit_id = %(unit)s AND t0.measure = 'share' AND t0.opens_at <= %(now)s AND t0.closes_at"
        " > %(now)s",
        {"unit": unit_id},
        now,
    )
    return owed(rows)
