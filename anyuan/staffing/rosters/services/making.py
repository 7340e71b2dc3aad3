"""Rosters are asked for, made, stopped and discarded."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from anyuan.kernel import clock, live, manifest
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.kernel.states import origins
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Unit
from anyuan.staffing.engine.problem import Solution
from anyuan.staffing.rosters.queries import making, posing
from anyuan.staffing.rosters.rules import bounds, explaining
from anyuan.staffing.rosters.rules import posing as posing_rules
from anyuan.staffing.stations import queries as station_queries
from anyuan.staffing.stations.rules import span

from ..models import (
    Roster,
    RosterState,
    Shift,
)
from ..rules.bounds import TRANSITIONS

if TYPE_CHECKING:
    from anyuan.staffing.engine.search import Progress


# -- making a roster ----------------------------------------------------------------
@transaction.atomic
def ask(
    *,
    unit: Unit,
    title: str,
    starts: date,
    ends: date,
    weights: dict[str, int],
    by: Viewer,
    at: datetime,
) -> Roster:
    """Ask for a roster over [starts, ends); the worker makes it. :raises Refused:"""
    by.require("roster.make", unit.path)
    if not 1 <= (ends - starts).days <= bounds.LONGEST_ROSTER:
        raise Refused(
            _("A roster spans from one day to %(n)d days.") % {"n": bounds.LONGEST_ROSTER}
        )
    if not local_day(at) - timedelta(days=31) <= starts <= local_day(at) + timedelta(days=366):
        raise Refused(_("The time lies too far away. Please check the date."))
    manned = station_queries.stations(unit)
    if not manned:
        raise Refused(_("Enter the stations first: where somebody must be, when, and how many."))
    if not any(s.people_here for s in manned):
        raise Refused(_("Say first who may serve at the stations."))
    known = {
        k: v for k, v in weights.items() if k in bounds.WEIGHTS and 0 <= v <= bounds.MOST_WEIGHT
    }
    found, new = Roster.objects.get_or_create(
        unit=unit,
        starts=starts,
        ends=ends,
        state__in=[RosterState.ASKED, RosterState.MAKING],
        defaults={
            "title": title,
            "weights": known,
            "asked_by": by.name,
            "asked_at": at,
            "state": RosterState.ASKED,
        },
    )
    if new:
        audit.record("roster.asked", by=by, at=at, unit_id=unit.pk, subject=title, roster=found.pk)
        live.notify("rosters", unit=unit.pk)
    return found


@transaction.atomic
def stop(*, roster_id: int, by: Viewer, at: datetime) -> Roster:
    """Let the making end with the best roster found so far."""
    roster = making.roster(roster_id)
    by.require("roster.make", roster.unit.path)
    Roster.objects.filter(pk=roster.pk, state__in=[RosterState.ASKED, RosterState.MAKING]).update(
        stop=True
    )
    return roster


def make(roster_id: int) -> bool:
    """Make a roster, telling in its row where the search stands; false if somebody else is at it.

    In a process of its own: it computes for half a minute.
    """
    with acting(SYSTEM):
        moment = clock.now()
        claimed = Roster.objects.filter(
            pk=roster_id, state=RosterState.ASKED
        ) | Roster.objects.filter(
            pk=roster_id, state=RosterState.MAKING, heard_at__lt=moment - bounds.SILENT
        )
        if not claimed.update(state=RosterState.MAKING, heard_at=moment):
            return False
        roster = making.roster(roster_id)
        posed = posing.posed(roster)
    from anyuan.staffing.engine.search import Search  # loads the solvers, which no page needs

    teller = _Teller(roster, posed)
    try:
        outcome = Search(
            posed.problem,
            bounds.SOLVER_SECONDS,
            teller.hear,
            teller.asked_to_stop,
            patience=bounds.PATIENCE,
        ).run()
    finally:
        teller.end()
    if not outcome.whole:
        stuck = explaining.who_cannot(posed, outcome.score.breaches)
        fail(roster_id, "；".join(f"{n}：{manifest.label('hindrance', r)}" for n, r in stuck))
        return True
    conflicts = explaining.conflicts(
        posed,
        outcome.solution,
        [
            (b.day, b.kind)
            for b in outcome.score.breaches
            if b.rule == "cover" and b.day is not None and b.kind is not None
        ],
    )
    with acting(SYSTEM):
        _write(roster, posed, outcome.solution)
        progress = {
            "seconds": round(outcome.seconds, 1),
            "cost": outcome.score.cost,
            "empty": len([b for b in outcome.score.breaches if b.rule == "cover"]),
            "bound": outcome.bound,
            "proven": outcome.proven,
        }
        Roster.objects.filter(pk=roster_id).update(
            state=RosterState.MADE, progress=progress, conflicts=conflicts, heard_at=clock.now()
        )
        live.notify("verdicts", units=[roster.unit_id])
    return True


def fail(roster_id: int, words: str) -> None:
    """Say that a roster could not be made, and why."""
    with acting(SYSTEM):
        Roster.objects.filter(
            pk=roster_id, state__in=origins(TRANSITIONS, RosterState.FAILED)
        ).update(state=RosterState.FAILED, progress={"error": words[:300]})


class _Teller:
    """Carries what the search says into the roster's row, from a thread of its own: the search must
    not wait for the database.
    """

    def __init__(self, roster: Roster, posed: posing_rules.Posed) -> None:
        self.found, self.posed = roster, posed
        self.latest: tuple[Progress, Solution] | None = None
        self.stopped, self.over = False, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def hear(self, progress: Progress, solution: Solution) -> None:
        self.latest = progress, solution

    def asked_to_stop(self) -> bool:
        return self.stopped

    def end(self) -> None:
        self.over.set()
        self.thread.join(10)

    def _run(self) -> None:
        written: Solution | None = None
        try:
            while not self.over.wait(0.3):
                latest = self.latest
                with acting(SYSTEM):
                    row = Roster.objects.filter(pk=self.found.pk)
                    self.stopped = bool(row.values_list("stop", flat=True).first())
                    if latest is None:
                        row.update(heard_at=clock.now())
                        continue
                    progress, solution = latest
                    if written is None:
                        # The first answer can be looked at, and taken, while better ones are
                        # sought.
                        _write(self.found, self.posed, solution)
                        written = solution
                    row.update(
                        heard_at=clock.now(),
                        progress={
                            "seconds": round(progress.seconds, 1),
                            "cost": progress.cost,
                            "empty": progress.empty,
                            "bound": progress.bound,
                            "steps": progress.steps,
                        },
                    )
        finally:
            connection.close()


def _write(roster: Roster, posed: posing_rules.Posed, solution: Solution) -> None:
    """Put the shifts of a roster in place of those it had; a place nobody fills is a shift of
    nobody.
    """
    Shift.objects.filter(roster=roster).delete()
    there: Counter[tuple[int, int]] = Counter()
    rows: list[tuple[int | None, int, int]] = []
    for w, d, k in sorted(solution, key=lambda c: (c[1], c[2], c[0])):
        there[d, k] += 1
        rows.append((posed.people[w].id, d, k))
    for demand in posed.problem.demands:
        rows += [(None, demand.day, demand.kind)] * max(
            0, demand.wanted - there[demand.day, demand.kind]
        )
    shifts = []
    for person_id, d, k in rows:
        starts_at, ends_at = span(posed.stations[k], posed.days[d])
        shifts.append(
            Shift(
                unit=roster.unit,
                roster=roster,
                station_id=posed.stations[k].id,
                person_id=person_id,
                day=posed.days[d],
                starts_at=starts_at,
                ends_at=ends_at,
            )
        )
    Shift.objects.bulk_create(shifts, batch_size=2000)


@transaction.atomic
def discard(*, roster_id: int, by: Viewer, at: datetime) -> Roster:
    """Throw a roster away that is not in force. :raises Refused:"""
    roster = making.roster(roster_id)
    by.require("roster.make", roster.unit.path)
    if roster.state == RosterState.PUBLISHED:
        raise Refused(
            _("This roster is in force. Make and publish another one; it takes its place.")
        )
    Roster.objects.filter(pk=roster.pk).exclude(state=RosterState.PUBLISHED).delete()
    audit.record("roster.discarded", by=by, at=at, unit_id=roster.unit_id, subject=roster.title)
    return roster
