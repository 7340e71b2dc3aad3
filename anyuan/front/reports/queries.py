"""Reads what a summary says, and the rows behind each of its figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.translation import override

from anyuan.judging.assessment.queries import cells
from anyuan.kernel.clock import local_day
from anyuan.kernel.manifest import label
from anyuan.obligations.plans import queries as plans
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.queries import Fact
from anyuan.record.proof import queries as proof

from . import rules


@dataclass(frozen=True)
class Row:
    """One line of the annex: a figure, what it counts, and where it comes from."""

    key: str
    value: str
    counts: str
    source: str


def half_year(day: date) -> tuple[date, date]:
    """The half-year a summary made on this day is about: the one that just ended, or the running
    one near its end.
    """
    first = date(day.year, 1, 1) if day.month <= 7 else date(day.year, 7, 1)
    return first, date(day.year, 7, 1) if day.month <= 7 else date(day.year + 1, 1, 1)


def summary(unit: Unit, first: date, until: date, now: datetime) -> rules.Summary:
    """Return the stage summary of a unit and those below it."""
    below = list(units.below(unit))
    ids = [u.pk for u in below]
    record = cells.over(ids, first, until, now)
    duties = [_duty(s) for s in record.standings]
    campuses = [u for u in below if u.is_campus]
    facts, late, corrected = _facts(ids, first, until)
    titles = [p.title for p in plans.adopted()]
    of_plans = {d.plan for d in duties}
    short = ((u.name, record.short[u.pk]) for u in campuses) if len(campuses) > 1 else ()
    made = rules.summary(
        rules.Counted(
            unit=unit.name,
            campuses=len(campuses),
            plans=list(dict.fromkeys(t for t in titles if t in of_plans)),
            duties=duties,
            facts=facts,
            late=late,
            corrected=corrected,
            weakest=sorted(short, key=lambda pair: -pair[1]),
            first=first,
            until=until,
            made_on=local_day(now),
        )
    )
    made.code = proof.code()
    return made


def _duty(standing: cells.Standing) -> rules.Duty:
    # A summary is written in Chinese, whoever asks for it.
    with override("zh-hans"):
        why = tuple(
            rules.Why(verdict, reason, label("reason", reason), n)
            for (verdict, reason), n in standing.reasons.most_common()
        )
    duty = standing.obligation
    return rules.Duty(duty.pk, duty.action, duty.measure, duty.plan.title, standing.counts, why)


def _facts(unit_ids: list[int], first: date, until: date) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE (recorded_at AT TIME ZONE"
            " 'Asia/Shanghai')::date > day), count(*) FILTER (WHERE corrects_id IS NOT NULL) FROM"
            " evidence_fact WHERE unit_id = ANY(%s) AND day >= %s AND day < %s",
            [unit_ids, first, until],
        )
        facts, late, corrected = cursor.fetchone()
    return facts, late, corrected


def annex(summary: rules.Summary) -> list[Row]:
    known = plans.obligations({f.obligation_id for f in summary.figures if f.obligation_id})
    rows = []
    for f in summary.figures:
        duty = known.get(f.obligation_id or 0)
        source = f"{duty.plan.title} {duty.section}" if duty else "全部职责"
        rows.append(Row(f.key, f.value, f.counts, source))
    return rows


def behind(
    unit: Unit, figure: rules.Figure, first: date, until: date, now: datetime
) -> list[cells.Owed]:
    """The windows one figure counts; none for figures that count records, units or duties."""
    if figure.obligation_id is None and figure.counts not in rules.OF_WINDOWS:
        return []
    ids = [u.pk for u in units.below(unit)]
    rows = cells.windows_of(ids, figure.obligation_id, first, until, now)
    if figure.obligation_id is None and figure.verdict != "unknown":
        rows = [r for r in rows if r.obligation.measure in rules.MEASURED]
    return [
        r
        for r in rows
        if (r.verdict == figure.verdict if figure.verdict else r.verdict not in {"due", "exempt"})
        and (not figure.reason or r.reason == figure.reason)
        and r.yields_to is None
    ]


def records(unit: Unit, figure: rules.Figure, first: date, until: date) -> list[Fact]:
    """The records one figure counts, newest first; none for figures that count windows."""
    if figure.counts not in rules.OF_RECORDS:
        return []
    rows = evidence.ledger(unit).filter(day__gte=first, day__lt=until)
    found = list(rows[:20_000])
    if figure.counts == "补录的记录":
        return [f for f in found if f.late]
    return (
        [f for f in found if f.corrects_id is not None] if figure.counts == "更正的记录" else found
    )


def last_day(until: date) -> date:
    return until - timedelta(days=1)
