"""Half a year of evidence for the sample district."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from anyuan.kernel.clock import LOCAL, local_day
from anyuan.kernel.scoping import Viewer
from anyuan.obligations.plans.models import Binding
from anyuan.org.units import queries as units_queries
from anyuan.org.units.models import Unit
from anyuan.record.activities import rules as activities
from anyuan.record.evidence.models import How
from anyuan.record.evidence.services import recording


# -- evidence -----------------------------------------------------------------
def _evidence(unit: Unit, diligence: float, first: date, last: date, moment: datetime) -> None:
    """Half a year of plausible, imperfect records for what one unit owes."""
    bindings = list(
        Binding.objects.filter(unit=unit, yields_to=None)
        .select_related("obligation")
        .order_by("obligation_id")
    )
    if not bindings:
        return
    rng = random.Random(zlib.crc32(unit.name.encode()))
    calendar = units_queries.calendar_unit(unit)
    from anyuan.org.units import rules as calendar_rules

    days = calendar_rules.school_days(
        first, last + timedelta(days=1), units_queries.terms(calendar), {}
    )
    facts: list[tuple[datetime, recording.NewFact]] = []
    for binding in bindings:
        for occurred, fact in _for_binding(binding, unit, days, diligence, rng):
            if first <= local_day(occurred) <= last:
                facts.append((occurred, fact))
    facts.sort(key=lambda f: f[0])
    _record(unit, [f for _, f in facts], rng, moment)


def _record(
    unit: Unit, facts: list[recording.NewFact], rng: random.Random, moment: datetime
) -> None:
    """Record day by day, as it would have come in; a few come a day late and say so."""
    recorder = Viewer(None, f"{unit.name}值班员", system=True)
    by_day: dict[datetime, list[recording.NewFact]] = {}
    for fact in facts:
        late = timedelta(days=1) if rng.random() < 0.03 else timedelta(0)
        at = datetime.combine(local_day(fact.occurred_at), time(22), LOCAL) + late
        by_day.setdefault(min(at, moment), []).append(fact)
    for at in sorted(by_day):
        recording.record_many(unit=unit, facts=by_day[at], by=recorder, at=at.astimezone(UTC))


Happened = tuple[datetime, recording.NewFact]


def _for_binding(
    b: Binding, unit: Unit, days: list[date], diligence: float, rng: random.Random
) -> Iterator[Happened]:
    """What a school of some diligence (0–1) did toward one thing it owes."""
    if not days:
        return
    if b.measure == "count" and b.needed:
        for group in _grouped(days, b.window):
            yield from _counted(b, unit, group, diligence, rng)
    elif b.measure == "level" and b.needed is not None:
        yield from _level(b, days, diligence, rng)
    elif b.measure == "by":
        due = b.ends - timedelta(days=rng.randint(2, 6))
        if rng.random() < diligence:
            yield _fact(b, due, rng, quantity=b.needed or Decimal(1), own=True)
    elif b.measure == "declared":
        for group in _grouped(days, "month"):
            if rng.random() < diligence - 0.1:
                yield _fact(b, rng.choice(group), rng, own=True)


def _level(
    b: Binding, days: list[date], diligence: float, rng: random.Random
) -> Iterator[Happened]:
    reached = rng.random() < diligence + 0.1
    needed = b.needed or Decimal(0)
    if activities.get(b.activity).field("holds"):
        quantity = Decimal(reached)
    else:
        quantity = needed if reached else max(needed - 1, Decimal(0))
    if rng.random() < 0.95:
        yield _fact(b, days[0], rng, quantity=quantity, own=True)


def _counted(
    b: Binding, unit: Unit, group: list[date], diligence: float, rng: random.Random
) -> Iterator[tuple[datetime, recording.NewFact]]:
    wanted = int(b.needed or 0)
    if b.cap and b.cap > 0:
        for slot in range(int(wanted / b.cap)):
            done = int(b.cap) if rng.random() < diligence + 0.02 else rng.randint(0, int(b.cap))
            for _ in range(done):
                yield _fact(
                    b,
                    rng.choice(group),
                    rng,
                    slot=_slot(b, slot),
                    hour=8 + 11 * slot if b.window == "day" else None,
                )
        return
    done = wanted if rng.random() < diligence else rng.randint(0, max(0, wanted - 1))
    if rng.random() < 0.1:
        done += 1
    for _ in range(done):
        yield _fact(b, rng.choice(group), rng)


def _slot(b: Binding, n: int) -> str:
    if b.obligation.period == "shift":
        return ("白班", "夜班", "晚班")[n % 3]
    return f"{n % 6 + 1}年级{n // 6 + 1}班"


def _grouped(days: list[date], window: str) -> Iterator[list[date]]:
    keys: dict[str, Callable[[date], Any]] = {
        "day": lambda d: d,
        "week": lambda d: d - timedelta(days=d.weekday()),
        "month": lambda d: (d.year, d.month),
        "quarter": lambda d: (d.year, (d.month - 1) // 3),
        "term": lambda d: (d.year, d.month < 8),
        "half_year": lambda d: (d.year, d.month < 7),
        "year": lambda d: d.year,
    }
    groups: dict[Any, list[date]] = {}
    for day in days:
        groups.setdefault(keys[window](day), []).append(day)
    yield from groups.values()


PLACES = ("东大门", "教学楼", "操场", "食堂", "实验楼", "围墙东段", "停车场", "宿舍楼")


FOUND = ("情况正常", "情况正常", "一处灯不亮，已报修", "门禁反应慢", "通道有杂物，已清", "情况正常")


def _fact(
    b: Binding,
    day: date,
    rng: random.Random,
    *,
    quantity: Decimal = Decimal(1),
    slot: str = "",
    hour: int | None = None,
    own: bool = False,
) -> tuple[datetime, recording.NewFact]:
    at = datetime.combine(
        day,
        time((hour if hour is not None else rng.randint(7, 17)) % 24, rng.randint(0, 59)),
        LOCAL,
    )
    samples: dict[str, Any] = {
        "place": rng.choice(PLACES),
        "found": rng.choice((0, 0, 0, 1, 2)),
        "result": rng.choice(FOUND),
        "people": rng.randint(20, 300),
        "theme": b.obligation.action[:30],
        "chair": "陈主任",
        "decisions": "下周复查",
        "seconds": rng.randint(80, 190),
        "recipient": "区教育局安全办",
        "subject": "本校",
        "holds": quantity >= 1,
        "quantity": float(quantity),
    }
    payload = {
        f.name: samples[f.name] for f in activities.get(b.activity).fields if f.name in samples
    }
    return at, recording.NewFact(
        activity=b.activity,
        occurred_at=at,
        quantity=quantity,
        slot=slot,
        how=rng.choice((How.SCANNED, How.PHOTOGRAPHED, How.TYPED)),
        payload=payload,
        obligation_id=b.obligation_id if own else None,
    )
