"""The stages of a campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from anyuan.kernel.clock import local_day
from anyuan.obligations.plans import queries as plans
from anyuan.obligations.plans.models import Obligation, Phase, Plan
from anyuan.obligations.plans.rules.dates import in_stage

from .cells import ATTENTION, verdict_case


@dataclass(frozen=True)
class Task:
    """One duty of a stage over all units that owe it: `counts` units by their worst verdict so far;
    `behind` names some that are short.
    """

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
    """A stage of a campaign today.

    `passed` and `done` are percent: of its days, and of what its units owe in it.
    """

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
    """The stages of an adopted campaign with their tasks, progress and what lags.

    Three queries, however many units.
    """
    dated = [Dated(p, p.starts, p.ends) for p in plans.phases(plan) if p.starts and p.ends]
    duties = plans.in_force(plan)
    of = {d.phase.pk: [o for o in duties if d.holds(o)] for d in dated}
    tasks = _tasks({o.pk: o for owed in of.values() for o in owed}, now)
    today = local_day(now)
    return [
        Stage(d.phase, d.state(today), d.passed(today), [tasks[o.pk] for o in of[d.phase.pk]])
        for d in dated
    ]


@dataclass(frozen=True)
class Dated:
    """A phase over [starts, ends)."""

    phase: Phase
    starts: date
    ends: date

    def holds(self, duty: Obligation) -> bool:
        span = self.phase.raw.get("span", ())
        return in_stage(duty.start, duty.due_on, span, self.starts, self.ends)

    def state(self, today: date) -> str:
        """coming | running | over"""
        if today < self.starts:
            return "coming"
        return "running" if today < self.ends else "over"

    def passed(self, today: date) -> int:
        """Percent of its days."""
        part = (today - self.starts).days / (self.ends - self.starts).days
        return min(100, max(0, round(100 * part)))


NAMED = 6  # how many units that are short a task names


def _tasks(duties: Mapping[int, Obligation], now: datetime) -> dict[int, Task]:
    ranks = ", ".join(f"'{word}'" for word in ATTENTION)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.obligation_id, u.name, worst.rank FROM plans_binding b JOIN units_unit u ON"
            " u.id = b.unit_id LEFT JOIN (SELECT t0.unit_id, t0.obligation_id,"
            f" min(array_position(ARRAY[{ranks}]::text[], {verdict_case()}::text)) AS rank FROM"
            " assessment_cell t0  WHERE t0.obligation_id = ANY(%(ids)s) GROUP BY 1, 2) worst ON"
            " worst.unit_id = b.unit_id AND worst.obligation_id = b.obligation_id WHERE"
            " b.obligation_id = ANY(%(ids)s) AND b.measure <> 'share' ORDER BY u.path,"
            " b.obligation_id",
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
