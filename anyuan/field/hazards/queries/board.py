"""How open hazards stand by age, grade, place and school; how those of lately came and went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet
from django.db.models.functions import TruncMonth

from anyuan.kernel.clock import LOCAL, local_day, midnight
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from ..forms import OPEN
from ..models import Hazard, HazardState, Source
from . import COMPARED, Counts, by_state, counts_of, rows, summed

# Days since an open one was found; our own bounds.
AGES = ((0, 7), (8, 30), (31, 90), (91, None))
LATELY = timedelta(days=60)  # what came and went, and the month it begins in; our own bound
MOST_SCHOOLS, MOST_PLACES = 100, 12  # lines of a table; our own bounds


class Median(Aggregate):
    """The middle one of many values, by the database."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Median"


@dataclass(frozen=True)
class Share:
    """A line with a bar: how many, and what part of the largest in a hundred."""

    name: str
    count: int
    width: int
    code: str = ""  # of a choice, whose name depends on the language


@dataclass(frozen=True)
class Month:
    """How many were found in a month, and how many of those were closed since."""

    first: date
    found: int
    closed: int
    width: int
    closed_width: int


@dataclass(frozen=True)
class SchoolLine:
    unit: Unit
    counts: Counts
    oldest: int  # days


@dataclass(frozen=True)
class Flow:
    """What was found lately: from whom, how long fixing took, what came again."""

    found: int
    closed: int
    verified: int  # of the closed ones by another person; the others by a record alone
    reopened: int
    median_days: int | None
    by_source: list[Share]
    by_month: list[Month]


@dataclass(frozen=True)
class Board:
    unit: Unit
    units: list[Unit]
    counts: Counts
    ages: list[Share]
    places: list[Share]
    schools: list[SchoolLine]
    more_schools: int
    flow: Flow


def board(unit: Unit, shown: list[Unit], now: datetime) -> Board:
    """The open hazards of a unit and of those below it. Five queries, however many hazards."""
    today = local_day(now)
    below = list(units.below(unit).values_list("pk", flat=True))
    standing = _standing(below, today)
    worst = sorted(standing, key=lambda pk: _weight(standing[pk].counts))[:MOST_SCHOOLS]
    named = Unit.objects.in_bulk(worst)
    return Board(
        unit=unit,
        units=shown,
        counts=summed(one.counts for one in standing.values()),
        ages=_ages(standing.values()),
        places=_places(unit, today) if unit.is_inspected else [],
        schools=[]
        if unit.is_inspected
        else [SchoolLine(named[pk], standing[pk].counts, standing[pk].oldest) for pk in worst],
        more_schools=len(standing) - len(worst),
        flow=_flow(below, now),
    )


def _weight(counts: Counts) -> tuple[int, int, int]:
    """Which school stands first: what is late, then what is major, then what is open."""
    return -counts.late, -counts.major, -counts.open


def _shares(counted: Sequence[tuple[str, int]]) -> list[Share]:
    largest = max((n for _name, n in counted), default=0) or 1
    return [Share(name, n, round(100 * n / largest)) for name, n in counted]


@dataclass(frozen=True)
class _Standing:
    """What is open at one unit: how many, of which age, how many days the oldest is old."""

    counts: Counts
    ages: list[int]
    oldest: int


def _standing(unit_ids: list[int], today: date) -> dict[int, _Standing]:
    """One query, which an index answers alone."""
    aged = {
        f"a{i}": Count("unit_id", filter=_found_between(first, last, today))
        for i, (first, last) in enumerate(AGES)
    }
    groups = by_state(unit_ids, today).annotate(oldest=Min("found_at"), **aged)
    found: dict[int, list[dict[str, Any]]] = {}
    for group in groups:
        found.setdefault(group["unit_id"], []).append(group)
    return {
        pk: _Standing(
            summed(map(counts_of, parts)),
            [sum(part[name] for part in parts) for name in aged],
            (today - min(local_day(part["oldest"]) for part in parts)).days,
        )
        for pk, parts in found.items()
    }


def _ages(standing: Iterable[_Standing]) -> list[Share]:
    total = [sum(counted) for counted in zip(*(one.ages for one in standing), strict=True)]
    names = [f"{first}–{last}" if last else f"{first - 1}+" for first, last in AGES]
    return _shares(list(zip(names, total or [0] * len(names), strict=True)))


def _found_between(first: int, last: int | None, today: date) -> Q:
    newer = Q(found_at__lt=midnight(today - timedelta(days=first - 1)))
    if last is None:
        return newer
    return newer & Q(found_at__gte=midnight(today - timedelta(days=last)))


def _places(unit: Unit, today: date) -> list[Share]:
    """Where the open ones of a school are, those with most first. Two queries."""
    open_ = Hazard.objects.filter(unit=unit, state__in=OPEN).select_related("unit", "newest")
    newest = list(open_.order_by("-found_at", "-pk")[:COMPARED])
    counted = Counter(row.line.place or "—" for row in rows(newest, today))
    return _shares(counted.most_common(MOST_PLACES))


def _flow(unit_ids: list[int], now: datetime) -> Flow:
    """What was found within the last months, and what became of it. Two queries."""
    since = midnight((local_day(now) - LATELY).replace(day=1))
    lately: QuerySet[Any, Any] = (
        Hazard.objects.filter(unit__in=unit_ids, found_at__gte=since)
        .exclude(state__in=[HazardState.MERGED, HazardState.WITHDRAWN])
        .order_by()
    )
    closed = Q(state=HazardState.CLOSED)
    groups: list[dict[str, Any]] = list(
        lately.values("source", month=TruncMonth("found_at", tzinfo=LOCAL)).annotate(
            found=Count("unit_id"),
            closed=Count("unit_id", filter=closed),
            verified=Count("unit_id", filter=closed & Q(closed_by__isnull=False)),
            reopened=Count("unit_id", filter=Q(reopened__gt=0)),
        )
    )
    by_source: Counter[str] = Counter()
    by_month: dict[date, Counter[str]] = {}
    for group in groups:
        by_source[group["source"]] += group["found"]
        month = by_month.setdefault(group["month"].date(), Counter())
        month.update({name: group[name] for name in ("found", "closed")})
    total = {n: sum(g[n] for g in groups) for n in ("found", "closed", "verified", "reopened")}
    return Flow(
        **total,
        median_days=_median_days(lately.filter(closed, fixed_at__isnull=False)),
        by_source=_sources(by_source),
        by_month=_months(by_month),
    )


def _sources(counted: Counter[str]) -> list[Share]:
    found = _shares(counted.most_common())
    return [Share(Source(s.name).label, s.count, s.width, s.name) for s in found]


def _months(by_month: dict[date, Counter[str]]) -> list[Month]:
    largest = max((m["found"] for m in by_month.values()), default=0) or 1
    return [
        Month(
            first,
            month["found"],
            month["closed"],
            round(100 * month["found"] / largest),
            round(100 * month["closed"] / largest),
        )
        for first, month in sorted(by_month.items())
    ]


def _median_days(rows: Any) -> int | None:
    """Days from finding to fixing, the middle one."""
    took = ExpressionWrapper(F("fixed_at") - F("found_at"), output_field=DurationField())
    found = rows.aggregate(middle=Median(took))["middle"]
    return None if found is None else round(found / timedelta(days=1))
