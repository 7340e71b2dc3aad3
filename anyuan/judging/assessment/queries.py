"""Reads of verdicts: what is due, a school's month, a district's board. The verdict is computed as it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from anyuan.kernel.clock import local_day, midnight
from anyuan.plans import queries as plans
from anyuan.plans.models import Obligation, Phase, Plan
from anyuan.plans.rules import in_stage
from anyuan.units.models import Unit

from .models import Week
from .rules import changes_sql, verdict_sql

# What needs attention first; the worst of several windows speaks for them.
ATTENTION = ("breached", "short", "unknown", "due", "declared", "met", "exempt")
RANK = {word: i for i, word in enumerate(ATTENTION)}


# A demand yields only in the windows that the stricter one covers; before and after, it counts itself.
_YIELDS = (
    "EXISTS (SELECT FROM plans_binding y WHERE y.unit_id = t0.unit_id AND y.obligation_id = b.yields_to_id"
    " AND y.starts <= t0.starts AND y.ends > t0.starts)"
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
    slot: int = 0

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


def _cells(where: str, params: dict[str, Any], now: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t0.unit_id, t0.obligation_id, t0.starts, t0.ends, t0.closes_at, t0.needed, t0.value, t0.facts,"
            f" {_verdict()} AS verdict, CASE WHEN {_YIELDS} THEN b.yields_to_id END, t0.slot FROM assessment_cell t0"
            " JOIN plans_binding b ON b.unit_id = t0.unit_id AND b.obligation_id = t0.obligation_id"
            f" WHERE {where} ORDER BY t0.unit_id, t0.obligation_id, t0.starts, t0.slot",
            {**params, "now": now},
        )
        return list(cursor.fetchall())


# What was granted covers a window whole, or not at all. The first line is one hashed look-up where nothing is exempt.
_EXEMPT = (
    "(t0.unit_id, t0.obligation_id) IN (SELECT e.unit_id, e.obligation_id FROM duties_exemption e WHERE e.state = 'granted')"
    " AND EXISTS (SELECT FROM duties_exemption e WHERE e.unit_id = t0.unit_id AND e.obligation_id = t0.obligation_id"
    " AND e.state = 'granted' AND e.starts <= t0.starts AND t0.ends <= e.ends AND t0.starts < e.ends)"
)


def _verdict() -> str:
    return f"CASE WHEN {_EXEMPT} THEN 'exempt' ELSE {verdict_sql()} END"


@dataclass(frozen=True)
class Task:
    """One duty of a stage over all units that owe it: `counts` units by their worst verdict so far; `behind` names some that are short."""

    obligation: Obligation
    counts: Counter[str]
    behind: list[str]

    @property
    def units(self) -> int:
        """Those held to it; the exempt are not."""
        return sum(self.counts.values()) - self.counts["exempt"]

    @property
    def done(self) -> int:
        return self.counts["met"] + self.counts["declared"]

    @property
    def short(self) -> int:
        return self.counts["short"] + self.counts["breached"] + self.counts["unknown"]


@dataclass(frozen=True)
class Stage:
    """A stage of a campaign today. `passed` and `done` are percent: of its days, and of what its units owe in it."""

    phase: Phase
    state: str  # coming | running | over
    passed: int
    tasks: list[Task]

    @property
    def owed(self) -> int:
        return sum(t.units for t in self.tasks)

    @property
    def done(self) -> int | None:
        """None where the plan says nothing for it that can be checked."""
        return round(100 * sum(t.done for t in self.tasks) / self.owed) if self.owed else None

    @property
    def behind(self) -> int:
        """Points that what is done lags behind the days that have passed; 0: none."""
        return max(0, self.passed - self.done) if self.done is not None else 0


def stages(plan: Plan, now: datetime) -> list[Stage]:
    """The stages of an adopted campaign with their tasks, progress and what lags. Three queries, however many units."""
    dated = [p for p in plans.phases(plan) if p.starts and p.ends]
    today = local_day(now)
    duties = plans.in_force(plan)
    tasks = {
        p.pk: [
            o
            for o in duties
            if in_stage(o.start, o.due_on, p.raw.get("span", ()), p.starts, p.ends)
        ]
        for p in dated
        if p.starts and p.ends
    }
    found = _tasks({o.pk: o for of in tasks.values() for o in of}, now)
    out = []
    for p in dated:
        assert p.starts and p.ends
        state = "coming" if today < p.starts else "running" if today < p.ends else "over"
        passed = min(100, max(0, round(100 * (today - p.starts).days / (p.ends - p.starts).days)))
        out.append(Stage(p, state, passed, [found[o.pk] for o in tasks[p.pk]]))
    return out


NAMED = 6  # how many units that are short a task names


def _tasks(duties: Mapping[int, Obligation], now: datetime) -> dict[int, Task]:
    ranks = ", ".join(f"'{word}'" for word in ATTENTION)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.obligation_id, u.name, worst.rank FROM plans_binding b JOIN units_unit u ON u.id = b.unit_id"
            " LEFT JOIN (SELECT t0.unit_id, t0.obligation_id,"
            f" min(array_position(ARRAY[{ranks}]::text[], {_verdict()}::text)) AS rank FROM assessment_cell t0"
            "  WHERE t0.obligation_id = ANY(%(ids)s) GROUP BY 1, 2) worst ON worst.unit_id = b.unit_id AND worst.obligation_id = b.obligation_id"
            " WHERE b.obligation_id = ANY(%(ids)s) AND b.measure <> 'share' ORDER BY u.path, b.obligation_id",
            {"ids": list(duties), "now": now},
        )
        rows = cursor.fetchall()
    found = {pk: Task(o, Counter(), []) for pk, o in duties.items()}
    for obligation_id, name, rank in rows:
        # A window that has not opened yet is owed all the same.
        word = ATTENTION[rank - 1] if rank else "due"
        task = found[obligation_id]
        task.counts[word] += 1
        if word in {"short", "breached", "unknown"} and len(task.behind) < NAMED:
            task.behind.append(name)
    return found


def _owed(rows: Sequence[tuple[Any, ...]]) -> list[Owed]:
    known = plans.obligations({r[1] for r in rows})
    return [Owed(r[0], known[r[1]], *r[2:]) for r in rows if r[1] in known]


def due_now(unit_ids: Sequence[int], now: datetime) -> list[Owed]:
    """What units owe in windows open now, and what closed short within a week; most urgent first."""
    rows = _cells(
        "t0.unit_id = ANY(%(units)s) AND t0.opens_at <= %(now)s AND t0.closes_at > %(since)s",
        {"units": list(unit_ids), "since": now - timedelta(days=7)},
        now,
    )
    items = [
        o for o in _owed(rows) if o.closes_at > now or o.verdict in {"short", "breached", "unknown"}
    ]
    return sorted(items, key=lambda o: (RANK[o.verdict], o.closes_at, o.obligation.pk))


def month(unit_id: int, first: date, now: datetime) -> list[tuple[Obligation, list[Owed]]]:
    """A school's obligations, each with its windows that touch the month beginning on `first`."""
    until = (first + timedelta(days=32)).replace(day=1)
    rows = _cells(
        "t0.unit_id = %(unit)s AND t0.starts < %(until)s AND t0.ends >= %(first)s AND t0.opens_at <= %(now)s",
        {"unit": unit_id, "first": first, "until": until},
        now,
    )
    grouped: dict[int, list[Owed]] = {}
    for item in _owed(rows):
        if item.ends > first or item.slot:
            grouped.setdefault(item.obligation.pk, []).append(item)
    return [(items[0].obligation, items) for items in grouped.values()]


def one(unit_id: int, obligation_id: int, starts: date, now: datetime) -> list[Owed]:
    """The cells of one obligation of a unit that start on a day."""
    return _owed(
        _cells(
            "t0.unit_id = %(unit)s AND t0.obligation_id = %(obligation)s AND t0.starts = %(starts)s",
            {"unit": unit_id, "obligation": obligation_id, "starts": starts},
            now,
        )
    )


@dataclass
class BoardRow:
    """One unit over a week: how many of its obligations stand where, each by its worst window; `squares` once they are asked for."""

    unit: Unit
    counts: Counter[str] = field(default_factory=Counter)
    squares: dict[int, str] = field(default_factory=dict)

    @property
    def attention(self) -> int:
        return sum(n for word, n in self.counts.items() if RANK[word] <= RANK["unknown"])


@dataclass
class Board:
    rows: list[BoardRow]
    totals: Counter[str]
    first: date
    last: date


# The worst of an obligation's windows over the week, by unit; demands that yield to a stricter one left out.
_WORST = (
    "SELECT t0.unit_id, t0.obligation_id, min(array_position(%(ranks)s::text[], {verdict}::text)) AS worst, min({changes}) AS changes FROM assessment_cell t0"
    " JOIN plans_binding b ON b.unit_id = t0.unit_id AND b.obligation_id = t0.obligation_id"
    " WHERE t0.unit_id = ANY(%(units)s) AND t0.starts <= %(today)s AND t0.ends > %(first)s"
    " AND (b.yields_to_id IS NULL OR NOT " + _YIELDS + ") GROUP BY 1, 2"
)


def _worst(
    columns: str, unit_ids: Sequence[int], now: datetime, *, changes: bool = False
) -> list[tuple[Any, ...]]:
    today = local_day(now)
    with connection.cursor() as cursor:
        cursor.execute(
            columns.format(
                worst=_WORST.format(
                    verdict=_verdict(), changes=changes_sql() if changes else "NULL"
                )
            ),
            {
                "units": list(unit_ids),
                "now": now,
                "today": today,
                "first": today - timedelta(days=6),
                "ranks": list(ATTENTION),
            },
        )
        return list(cursor.fetchall())


def weeks(unit_ids: Sequence[int], now: datetime) -> list[Week]:
    """The week of each unit counted from its cells, with how long that stays true."""
    found = {
        pk: Week(
            unit_id=pk,
            last=local_day(now),
            since=now,
            until=midnight(local_day(now) + timedelta(days=1)),
            counts={},
        )
        for pk in unit_ids
    }
    for pk, worst, n, changes in _worst(
        "SELECT unit_id, worst, count(*), min(changes) FROM ({worst}) w GROUP BY 1, 2",
        unit_ids,
        now,
        changes=True,
    ):
        found[pk].counts[ATTENTION[worst - 1]] = n
        found[pk].until = min(found[pk].until, changes or found[pk].until)
    return list(found.values())


def uncounted(now: datetime, most: int) -> list[int]:
    """Units that owe something and whose counted week is not true now; so many at most."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT b.unit_id FROM plans_binding b WHERE NOT EXISTS (SELECT FROM assessment_week w"
            " WHERE w.unit_id = b.unit_id AND w.last = %s AND w.since <= %s AND w.until > %s) LIMIT %s",
            [local_day(now), now, now, most],
        )
        return [pk for (pk,) in cursor.fetchall()]


def board(units_: Sequence[Unit], now: datetime) -> Board:
    """Units over the seven days up to `now`; the ones that need attention first.

    Two queries: what was counted ahead and is still true, and the rest from their cells.
    """
    today = local_day(now)
    rows = {u.pk: BoardRow(u) for u in units_}
    counted = dict(
        Week.objects.filter(unit__in=list(rows), last=today, since__lte=now, until__gt=now)
        .order_by()
        .values_list("unit_id", "counts")
    )
    for unit_id, counts in counted.items():
        rows[unit_id].counts.update(counts)
    rest = [pk for pk in rows if pk not in counted]
    for unit_id, worst, n in (
        _worst("SELECT unit_id, worst, count(*) FROM ({worst}) w GROUP BY 1, 2", rest, now)
        if rest
        else ()
    ):
        rows[unit_id].counts[ATTENTION[worst - 1]] += n
    totals: Counter[str] = Counter()
    for row in rows.values():
        totals.update(row.counts)
    return Board(
        sorted(rows.values(), key=lambda r: (-r.attention, r.unit.path)),
        totals,
        today - timedelta(days=6),
        today,
    )


def fill(rows: Sequence[BoardRow], now: datetime) -> list[Obligation]:
    """Give the rows of one page their squares; returns the obligations in them, in the order of the plans. Two queries."""
    by_unit = {r.unit.pk: r for r in rows}
    for unit_id, obligation_id, worst in _worst(
        "SELECT unit_id, obligation_id, worst FROM ({worst}) w", list(by_unit), now
    ):
        by_unit[unit_id].squares[obligation_id] = ATTENTION[worst - 1]
    known = plans.obligations({o for r in rows for o in r.squares})
    return sorted(known.values(), key=lambda o: (o.plan_id, o.start, o.order))


@dataclass(frozen=True)
class Standing:
    """How an obligation stood over a stretch of time: closed windows by verdict."""

    obligation: Obligation
    counts: Counter[str]
    value: Decimal

    @property
    def windows(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Record:
    """How units stood over a stretch of time: by obligation, and how many windows each unit left short or breached."""

    standings: list[Standing]
    short: Counter[int]


def over(unit_ids: Sequence[int], first: date, until: date, now: datetime) -> Record:
    """Some units over the windows that began in [first, until). Two queries; every cell is looked at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obligation_id, unit_id, verdict, count(*), COALESCE(sum(value), 0) FROM ("
            f"SELECT t0.obligation_id, t0.unit_id, t0.value, {_verdict()} AS verdict FROM assessment_cell t0"
            " JOIN plans_binding b ON b.unit_id = t0.unit_id AND b.obligation_id = t0.obligation_id"
            " WHERE t0.unit_id = ANY(%(units)s) AND t0.starts >= %(first)s AND t0.starts < %(until)s"
            f" AND (b.yields_to_id IS NULL OR NOT {_YIELDS})) v GROUP BY GROUPING SETS ((obligation_id, verdict), (unit_id, verdict))",
            {"units": list(unit_ids), "first": first, "until": until, "now": now},
        )
        rows = cursor.fetchall()
    counts: dict[int, Counter[str]] = {}
    values: dict[int, Decimal] = {}
    short: Counter[int] = Counter()
    for obligation_id, unit_id, verdict, n, value in rows:
        if obligation_id is not None:
            counts.setdefault(obligation_id, Counter())[verdict] += n
            values[obligation_id] = values.get(obligation_id, Decimal(0)) + value
        elif verdict in {"short", "breached"}:
            short[unit_id] += n
    known = plans.obligations(set(counts))
    found = [Standing(known[o], counts[o], values[o]) for o in counts if o in known]
    return Record(
        sorted(found, key=lambda s: (s.obligation.plan_id, s.obligation.start, s.obligation.order)),
        short,
    )


def windows_of(
    unit_ids: Sequence[int], obligation_id: int | None, first: date, until: date, now: datetime
) -> list[Owed]:
    """The windows behind one figure of a summary; of every obligation if none is named."""
    return _owed(
        _cells(
            "t0.unit_id = ANY(%(units)s) AND (%(obligation)s::bigint IS NULL OR t0.obligation_id = %(obligation)s) AND t0.starts >= %(first)s AND t0.starts < %(until)s",
            {"units": list(unit_ids), "obligation": obligation_id, "first": first, "until": until},
            now,
        )
    )


def shares(unit_id: int, now: datetime) -> list[Owed]:
    """The shares over the units below that stand open now (城市校园达标率 …)."""
    rows = _cells(
        "t0.unit_id = %(unit)s AND t0.measure = 'share' AND t0.opens_at <= %(now)s AND t0.closes_at > %(now)s",
        {"unit": unit_id},
        now,
    )
    return _owed(rows)
