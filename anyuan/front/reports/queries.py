"""Reads what a summary says, and the rows behind each of its figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.translation import override

from anyuan.judging.assessment.queries import cells
from anyuan.kernel.clock import local_day
from anyuan.kernel.manifest import label
from anyuan.kernel.text import in_chinese
from anyuan.obligations.plans import queries as plans
from anyuan.obligations.plans.models import Obligation
from anyuan.org.units import queries as units
from anyuan.org.units.queries import Unit
from anyuan.record.activities import rules as activities
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.queries import Fact
from anyuan.record.proof import queries as proof
from anyuan.steering.governance import queries as governance

from .rules import gaps, parts, works, writing


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


def summary(unit: Unit, first: date, until: date, now: datetime) -> parts.Summary:
    """Return the stage summary of a unit and those below it."""
    below = list(units.below(unit))
    ids = [u.pk for u in below]
    names = {u.pk: u.name for u in below}
    record = cells.over(ids, first, until, now)
    duties = [_duty(s) for s in record.standings]
    duties = _placed(duties, ids, names, (first, until), now)
    campuses = [u for u in below if u.is_campus]
    facts, late, corrected = _facts(ids, first, until)
    titles = [in_chinese(p.title) for p in plans.adopted()]
    of_plans = {d.plan for d in duties}
    short = ((u.pk, u.name, record.short[u.pk]) for u in campuses) if len(campuses) > 1 else ()
    made = writing.summary(
        writing.Counted(
            unit=unit.name,
            campuses=len(campuses),
            plans=list(dict.fromkeys(t for t in titles if t in of_plans)),
            duties=duties,
            facts=facts,
            late=late,
            corrected=corrected,
            weakest=sorted(short, key=lambda found: -found[2]),
            first=first,
            until=until,
            made_on=local_day(now),
            works=_works(ids, first, until),
            ahead=_ahead(unit, record.standings, local_day(now)),
        )
    )
    made.code = proof.code()
    return made


def _duty(standing: cells.Standing) -> gaps.Duty:
    # A summary is written in Chinese, whoever asks for it.
    with override("zh-hans"):
        why = tuple(
            gaps.Why(
                verdict,
                reason,
                label("reason", reason),
                n,
                label("makes_known", reason) if verdict == "unknown" else "",
            )
            for (verdict, reason), n in standing.reasons.most_common()
        )
    duty = standing.obligation
    action = in_chinese(duty.action)
    return gaps.Duty(
        duty.pk, action, duty.measure, in_chinese(duty.plan.title), standing.counts, why
    )


def _placed(
    duties: list[gaps.Duty],
    unit_ids: list[int],
    names: dict[int, str],
    span: tuple[date, date],
    now: datetime,
) -> list[gaps.Duty]:
    """The worst of them with the units that left them short; none where there is but one."""
    if len(unit_ids) < 2:
        return duties
    measured = [d for d in duties if d.measure in writing.MEASURED]
    named = [d.obligation_id for d in gaps.worst(measured)]
    where: dict[int, list[gaps.Where]] = {}
    for duty, unit, n in cells.where_short(unit_ids, named, *span, now) if named else ():
        where.setdefault(duty, []).append(gaps.Where(unit, names[unit], n))
    return [replace(d, where=tuple(where.get(d.obligation_id, ()))) for d in duties]


def _works(unit_ids: list[int], first: date, until: date) -> list[works.Work]:
    known = activities.catalogue()
    return [
        works.Work(
            d.activity,
            known[d.activity].zh,
            known[d.activity].family,
            d.times,
            d.people,
            d.found,
            d.seconds,
        )
        for d in evidence.done(unit_ids, first, until)
        if d.activity in known and d.activity != "declaration"
    ]


def _ahead(unit: Unit, standings: list[cells.Standing], today: date) -> list[writing.Ahead]:
    """What falls due within half a year, and what meetings of the unit decided and nobody did."""
    until = today + timedelta(days=183)
    duties = (s.obligation for s in standings)
    falling = [
        writing.Ahead(in_chinese(d.action), d.due_on)
        for d in duties
        if d.due_on and today < d.due_on <= until
    ]
    decided = [
        writing.Ahead(in_chinese(d.text), d.due, d.person.name)
        for d in governance.open_decisions(unit)
        if d.due > today
    ]
    return falling + decided


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


def annex(summary: parts.Summary) -> list[Row]:
    known = plans.obligations({f.obligation_id for f in summary.figures if f.obligation_id})
    rows = []
    for f in summary.figures:
        duty = known.get(f.obligation_id or 0)
        rows.append(Row(f.key, f.value, f.counts, _source(f, duty)))
    return rows


def _source(figure: parts.Figure, duty: Obligation | None) -> str:
    if duty is not None:
        return f"{in_chinese(duty.plan.title)} {duty.section}"
    return "工作记录" if figure.activity or figure.counts in parts.OF_RECORDS else "全部职责"


@dataclass(frozen=True)
class Behind:
    """What one figure counts: windows, records, or things by their names."""

    windows: list[cells.Owed]
    records: list[Fact]
    names: list[str]

    @property
    def count(self) -> int:
        return len(self.windows) or len(self.records) or len(self.names)


def behind(unit: Unit, figure: parts.Figure, first: date, until: date, now: datetime) -> Behind:
    """What stands behind a figure; no figure is a dead end."""
    if figure.counts == parts.OF_UNITS:
        names = [u.name for u in units.below(unit) if u.is_campus]
        return Behind([], [], names)
    if figure.counts == parts.OF_DUTIES:
        return Behind([], [], _duties(unit, figure, first, until, now))
    if figure.activity or figure.counts in parts.OF_RECORDS:
        return Behind([], records(unit, figure, first, until), [])
    return Behind(_windows(unit, figure, first, until, now), [], [])


def _duties(unit: Unit, figure: parts.Figure, first: date, until: date, now: datetime) -> list[str]:
    record = cells.over([u.pk for u in units.below(unit)], first, until, now)
    return [
        in_chinese(s.obligation.action)
        for s in record.standings
        if not figure.verdict
        or (s.counts[figure.verdict] and s.obligation.measure in writing.MEASURED)
    ]


def _windows(
    unit: Unit, figure: parts.Figure, first: date, until: date, now: datetime
) -> list[cells.Owed]:
    ids = [figure.unit_id] if figure.unit_id else [u.pk for u in units.below(unit)]
    rows = cells.windows_of(ids, figure.obligation_id, first, until, now)
    return [r for r in rows if r.yields_to is None and _is_counted(figure, r)]


def _is_counted(figure: parts.Figure, row: cells.Owed) -> bool:
    wanted = {
        "": row.verdict not in {"due", "exempt"},
        "missed": row.verdict in {"short", "breached"},
    }.get(figure.verdict, row.verdict == figure.verdict)
    if not wanted or (figure.reason and row.reason != figure.reason):
        return False
    measured = row.obligation.measure in writing.MEASURED
    if figure.counts == "到期未报告的事项":
        return not measured
    return measured or figure.obligation_id is not None


def records(unit: Unit, figure: parts.Figure, first: date, until: date) -> list[Fact]:
    """The records one figure counts, newest first; at most 20,000."""
    rows = evidence.ledger(unit).filter(day__gte=first, day__lt=until)
    if figure.activity:
        counted = rows.filter(activity=figure.activity, withdrawn=False, corrections=None)
        return list(counted[:20_000])
    found = list(rows[:20_000])
    if figure.counts == "补录的记录":
        return [f for f in found if f.late]
    if figure.counts == "更正的记录":
        return [f for f in found if f.corrects_id is not None]
    return found


def last_day(until: date) -> date:
    return until - timedelta(days=1)
