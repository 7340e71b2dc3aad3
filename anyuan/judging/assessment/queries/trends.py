"""How verdicts went: month by month, and the last thirty days against those before, by school and
by duty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.commands import Refused
from anyuan.obligations.plans import queries as plans
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit

from .cells import YIELDS, verdict_case

MONTHS = 6  # looked back; our own bound
MOST = 400  # schools reckoned for one page; our own bound
LISTED = 20  # schools and duties, those that changed most; our own bound
SPAN = timedelta(days=30)


@dataclass(frozen=True)
class Tally:
    """Measured windows that are over: how many there were, met, short, unknown."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def judged(self) -> int:
        return sum(n for word, n in self.counts.items() if word != "exempt")

    @property
    def short(self) -> int:
        return self.counts["short"] + self.counts["breached"]

    @property
    def rate(self) -> float | None:
        """Percent met, one digit; None where nothing was judged. Unknown is not met."""
        return round(100 * self.counts["met"] / self.judged, 1) if self.judged else None


@dataclass(frozen=True)
class Compared:
    """Something in the last thirty days, and in the thirty before."""

    name: str
    now: Tally
    before: Tally

    @property
    def change(self) -> float | None:
        """By how many points the rate rose; None where one of the two is not known."""
        if self.now.rate is None or self.before.rate is None:
            return None
        return round(self.now.rate - self.before.rate, 1)


@dataclass(frozen=True)
class Trends:
    """A unit and those below it. `months`: (first day, tally), the oldest first."""

    whole: Compared
    months: list[tuple[date, Tally]]
    schools: list[Compared]
    duties: list[Compared]

    @property
    def chart(self) -> dict[str, dict[str, list[object]]]:
        """What the charts draw; the tables beside them say the same."""
        return {
            "months": _drawn([f"{d.year}-{d.month:02d}" for d, _t in self.months], self.months),
            "schools": _pairs(self.schools),
            "duties": _pairs(self.duties),
        }


def _drawn(labels: list[str], months: list[tuple[date, Tally]]) -> dict[str, list[object]]:
    return {"labels": [*labels], "now": [t.rate for _d, t in months]}


def _pairs(rows: Sequence[Compared]) -> dict[str, list[object]]:
    return {
        "labels": [r.name for r in rows],
        "now": [r.now.rate for r in rows],
        "before": [r.before.rate for r in rows],
    }


def trends(unit: Unit, now: datetime) -> Trends:
    """Three queries, however many schools.

    :raises Refused: there are too many schools below to be reckoned for one page.
    """
    below = list(units.below(unit))
    if len(below) > MOST:
        raise Refused(
            _("There are %(n)d units below. Please choose a town or a school, of %(most)d at most.")
            % {"n": len(below), "most": MOST}
        )
    names = {u.pk: u.name for u in below}
    months: dict[date, Tally] = {}
    schools: dict[int, dict[bool, Tally]] = {}
    duties: dict[int, dict[bool, Tally]] = {}
    whole = {True: Tally(), False: Tally()}
    for month, unit_id, duty_id, recent, verdict, n in _counted(list(names), now):
        if month is not None:
            months.setdefault(month, Tally()).counts[verdict] += n
        elif recent is None:
            continue
        elif unit_id is not None:
            _of(schools, unit_id, recent).counts[verdict] += n
            whole[recent].counts[verdict] += n
        else:
            _of(duties, duty_id, recent).counts[verdict] += n
    known = plans.obligations(set(duties))
    campuses = {u.pk for u in below if u.is_campus}
    return Trends(
        Compared(unit.name, whole[True], whole[False]),
        sorted(months.items()),
        _most_changed([(names[pk], t) for pk, t in schools.items() if pk in campuses])
        if len(campuses) > 1
        else [],
        _most_changed([(known[pk].action, t) for pk, t in duties.items() if pk in known]),
    )


def _of(found: dict[int, dict[bool, Tally]], key: int, recent: bool) -> Tally:
    return found.setdefault(key, {True: Tally(), False: Tally()})[recent]


def _most_changed(rows: Sequence[tuple[str, dict[bool, Tally]]]) -> list[Compared]:
    """Those that fell most first, then those that stand lowest."""
    made = [Compared(name, t[True], t[False]) for name, t in rows if t[True].judged]
    far = 1000.0
    return sorted(
        made,
        key=lambda c: (c.change if c.change is not None else far, c.now.rate or 0, c.name),
    )[:LISTED]


def _counted(
    unit_ids: Sequence[int], now: datetime
) -> list[tuple[date | None, int | None, int, bool | None, str, int]]:
    """(month, unit, duty, whether recent, verdict, windows): by month, by unit, by duty."""
    today = local_day(now)
    first = date(today.year, today.month, 1)
    for _i in range(MONTHS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    since = midnight(today - 2 * SPAN)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month, unit_id, obligation_id, recent, verdict, count(*) FROM ("
            "SELECT date_trunc('month', t0.ends - 1)::date AS month, t0.unit_id,"
            " t0.obligation_id, CASE WHEN t0.closes_at > %(recent)s THEN true"
            " WHEN t0.closes_at > %(since)s THEN false END AS recent,"
            f" {verdict_case()} AS verdict FROM assessment_cell t0 JOIN plans_binding b"
            " ON b.unit_id = t0.unit_id AND b.obligation_id = t0.obligation_id"
            " WHERE t0.unit_id = ANY(%(units)s) AND t0.measure <> 'declared'"
            " AND t0.closes_at <= %(now)s AND t0.ends > %(first)s"
            f" AND (b.yields_to_id IS NULL OR NOT {YIELDS})) v"
            " GROUP BY GROUPING SETS ((month, verdict), (unit_id, recent, verdict),"
            " (obligation_id, recent, verdict))",
            {
                "units": list(unit_ids),
                "now": now,
                "first": first,
                "recent": midnight(today - SPAN),
                "since": since,
            },
        )
        return list(cursor.fetchall())
