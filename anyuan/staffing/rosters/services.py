"""Writes of rosters, shifts, leave and substitutes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from anyuan.audit import services as audit
from anyuan.evidence import services as evidence
from anyuan.kernel import clock, live
from anyuan.kernel.clock import LOCAL, local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Viewer, acting
from anyuan.kernel.templatetags.words import in_the_way
from anyuan.people.models import Person
from anyuan.people.services import KEEPERS, Belonging
from anyuan.reach import services as reach
from anyuan.rostering.problem import Solution
from anyuan.stations import queries as station_queries
from anyuan.stations import services as stations
from anyuan.stations.models import Station
from anyuan.stations.rules import span
from anyuan.units.models import Unit

from . import queries, rules
from .models import (
    Leave,
    LeaveState,
    Request,
    Roster,
    RosterState,
    Shift,
    Swap,
    SwapState,
)

if TYPE_CHECKING:
    from anyuan.rostering.search import Progress


@transaction.atomic
def close_station(*, station_id: int, by: Viewer, at: datetime) -> Station:
    """Man a station no longer; shifts to come there are dropped from the roster."""
    row = stations.close_station(station_id=station_id, by=by, at=at)
    Shift.objects.filter(station=row, starts_at__gt=at, holds=True).update(holds=False)
    return row


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
    if not 1 <= (ends - starts).days <= rules.LONGEST:
        raise Refused(_("A roster spans from one day to %(n)d days.") % {"n": rules.LONGEST})
    if not local_day(at) - timedelta(days=31) <= starts <= local_day(at) + timedelta(days=366):
        raise Refused(_("The time lies too far away. Please check the date."))
    manned = station_queries.stations(unit)
    if not manned:
        raise Refused(_("Enter the stations first: where somebody must be, when, and how many."))
    if not any(s.people_here for s in manned):  # type: ignore[attr-defined]
        raise Refused(_("Say first who may serve at the stations."))
    known = {k: v for k, v in weights.items() if k in rules.WEIGHTS and 0 <= v <= rules.MOST_WEIGHT}
    found, new = Roster.objects.get_or_create(
        unit=unit, starts=starts, ends=ends, state__in=[RosterState.ASKED, RosterState.MAKING],
        defaults={"title": title, "weights": known, "asked_by": by.name, "asked_at": at, "state": RosterState.ASKED},
    )  # fmt: skip
    if new:
        audit.record("roster.asked", by=by, at=at, unit_id=unit.pk, subject=title, roster=found.pk)
        live.notify("rosters", unit=unit.pk)
    return found


@transaction.atomic
def repair(*, shift_id: int, by: Viewer, at: datetime) -> Roster:
    """Ask for a roster around a shift whose person cannot come, in which as little else moves as can be. It is a draft like others. :raises Refused:"""
    shift = queries.shift(shift_id)
    by.require("roster.make", shift.unit.path)
    if not shift.holds or shift.person is None or shift.came_at or shift.ends_at <= at:
        raise Refused(
            _("Only a shift in force that is still to come, and has somebody, can be repaired.")
        )
    starts = min(shift.day, max(local_day(at), shift.day - timedelta(days=1)))
    ends = max(shift.day, starts) + timedelta(days=7)
    title = _("%(day)s without %(name)s") % {"day": f"{shift.day:%m-%d}", "name": shift.person.name}
    found, new = Roster.objects.get_or_create(
        unit=shift.unit, starts=starts, ends=ends, state__in=[RosterState.ASKED, RosterState.MAKING],
        defaults={"title": title[:60], "weights": {k: v for k, v in queries.bounds(shift.unit).items() if k in rules.HARD} | rules.REPAIR, "asked_by": by.name, "asked_at": at, "state": RosterState.ASKED, "away": shift.person, "away_on": shift.day},
    )  # fmt: skip
    if new:
        audit.record(
            "roster.asked",
            by=by,
            at=at,
            unit_id=shift.unit_id,
            subject=found.title,
            roster=found.pk,
        )
        live.notify("rosters", unit=shift.unit_id)
    elif (found.away_id, found.away_on) != (shift.person_id, shift.day):
        raise Refused(
            _("Another roster for these days is being made. Please wait until it is there.")
        )
    return found


@transaction.atomic
def stop(*, roster_id: int, by: Viewer, at: datetime) -> Roster:
    """Let the making end with the best roster found so far."""
    found = queries.roster(roster_id)
    by.require("roster.make", found.unit.path)
    Roster.objects.filter(pk=found.pk, state__in=[RosterState.ASKED, RosterState.MAKING]).update(
        stop=True
    )
    return found


def make(roster_id: int) -> bool:
    """Make a roster, telling in its row where the search stands; false if somebody else is at it. In a process of its own: it computes for half a minute."""
    with acting(SYSTEM):
        moment = clock.now()
        claimed = Roster.objects.filter(
            pk=roster_id, state=RosterState.ASKED
        ) | Roster.objects.filter(
            pk=roster_id, state=RosterState.MAKING, heard_at__lt=moment - rules.SILENT
        )
        if not claimed.update(state=RosterState.MAKING, heard_at=moment):
            return False
        found = queries.roster(roster_id)
        drawn = queries.drawn(found)
    from anyuan.rostering.search import Search  # loads the solvers, which no page needs

    teller = _Teller(found, drawn)
    try:
        outcome = Search(
            drawn.problem, rules.SECONDS, teller.hear, teller.asked_to_stop, patience=rules.PATIENCE
        ).run()
    finally:
        teller.end()
    conflicts = rules.conflicts(
        drawn,
        outcome.solution,
        [
            (b.day, b.kind)
            for b in outcome.score.breaches
            if b.rule == "cover" and b.day is not None and b.kind is not None
        ],
    )
    with acting(SYSTEM):
        _write(found, drawn, outcome.solution)
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
        live.notify("verdicts", units=[found.unit_id])
    return True


def fail(roster_id: int, words: str) -> None:
    """Say that a roster could not be made, and why."""
    with acting(SYSTEM):
        Roster.objects.filter(
            pk=roster_id, state__in=[RosterState.ASKED, RosterState.MAKING]
        ).update(state=RosterState.FAILED, progress={"error": words[:300]})


class _Teller:
    """Carries what the search says into the roster's row, from a thread of its own: the search must not wait for the database."""

    def __init__(self, found: Roster, drawn: rules.Drawn) -> None:
        self.found, self.drawn = found, drawn
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
                        # The first answer can be looked at, and taken, while better ones are sought.
                        _write(self.found, self.drawn, solution)
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


def _write(found: Roster, drawn: rules.Drawn, solution: Solution) -> None:
    """Put the shifts of a roster in place of those it had; a place nobody fills is a shift of nobody."""
    Shift.objects.filter(roster=found).delete()
    there: Counter[tuple[int, int]] = Counter()
    rows: list[tuple[int | None, int, int]] = []
    for w, d, k in sorted(solution, key=lambda c: (c[1], c[2], c[0])):
        there[d, k] += 1
        rows.append((drawn.people[w].id, d, k))
    for demand in drawn.problem.demands:
        rows += [(None, demand.day, demand.kind)] * max(
            0, demand.wanted - there[demand.day, demand.kind]
        )
    shifts = []
    for person_id, d, k in rows:
        starts_at, ends_at = span(drawn.stations[k], drawn.days[d])
        shifts.append(
            Shift(
                unit=found.unit,
                roster=found,
                station_id=drawn.stations[k].id,
                person_id=person_id,
                day=drawn.days[d],
                starts_at=starts_at,
                ends_at=ends_at,
            )
        )
    Shift.objects.bulk_create(shifts, batch_size=2000)


@transaction.atomic
def publish(*, roster_id: int, by: Viewer, at: datetime) -> Roster:
    """Put a roster in force from now on; what it replaces ends where it has not begun. :raises Refused:"""
    found = queries.roster(roster_id)
    by.require("roster.make", found.unit.path)
    if not Roster.objects.filter(pk=found.pk, state=RosterState.MADE).update(
        state=RosterState.PUBLISHED, published_at=at
    ):
        raise Refused(_("This roster is not ready, or somebody published it a moment ago."))
    _merge(found, by, at)
    Roster.objects.filter(unit=found.unit, state=RosterState.PUBLISHED).exclude(
        pk=found.pk
    ).exclude(shifts__holds=True).update(state=RosterState.REPLACED)
    for activity in (
        Shift.objects.filter(roster=found)
        .values_list("station__activity", flat=True)
        .distinct()
        .order_by()
    ):
        for day in (found.starts, found.ends):
            evidence.look_again(unit_id=found.unit_id, activity=activity, since=day)
    _tell_guests(found, at)
    audit.record(
        "roster.published",
        by=by,
        at=at,
        unit_id=found.unit_id,
        subject=found.title,
        roster=found.pk,
    )
    live.notify("verdicts", units=[found.unit_id])
    found.refresh_from_db()
    return found


def _merge(found: Roster, by: Viewer, at: datetime) -> None:
    """Put a draft's shifts in force, around what happened since it was asked for."""
    known = {p.id: p for p in queries.people_facts(found.unit, found.starts, found.ends)}

    def able(person: int, station: int, starts: datetime, ends: datetime) -> bool:
        facts = known.get(person)
        return (
            facts is not None
            and station in facts.stations
            and not any(a < ends and starts < b for a, b in facts.leaves)
        )

    old = Shift.objects.filter(
        unit=found.unit, holds=True, starts_at__gt=at, day__gte=found.starts, day__lt=found.ends
    )
    new = Shift.objects.filter(roster=found, holds=False)
    standing = Shift.objects.filter(
        unit=found.unit,
        holds=True,
        person__isnull=False,
        ends_at__gt=at,
        day__gte=found.starts - timedelta(days=1),
        day__lte=found.ends,
    )
    beside = standing.exclude(pk__in=old.values("pk"))
    stay, yields, nobodys = rules.merged(
        queries.placed(old),
        queries.placed(new.filter(starts_at__gt=at, station__closed_on=None)),
        found.asked_at,
        able,
        queries.placed(beside),
    )
    old.exclude(pk__in=stay).update(holds=False)
    new.filter(pk__in=nobodys).update(person=None)
    _in_force(
        new.filter(starts_at__gt=at, station__closed_on=None).exclude(pk__in=yields), holds=True
    )
    if found.away is not None and found.away_on is not None:
        _relieve(found, found.away, found.away_on, by, at)


def _relieve(found: Roster, away: Person, day: date, by: Viewer, at: datetime) -> None:
    """A repair of what has begun: whoever was found takes over the shift that runs."""
    running = Shift.objects.filter(
        unit=found.unit,
        holds=True,
        person=away,
        day=day,
        came_at=None,
        starts_at__lte=at,
        ends_at__gt=at,
    )
    for shift in running.order_by("pk"):
        there = Shift.objects.filter(
            holds=True, station=shift.station_id, day=shift.day, person__isnull=False
        ).values("person")
        mate = (
            Shift.objects.filter(
                roster=found,
                holds=False,
                station=shift.station_id,
                day=shift.day,
                person__isnull=False,
            )
            .exclude(person__in=there)
            .order_by("pk")
            .first()
        )
        if mate is not None:
            _in_force(
                Shift.objects.filter(pk=shift.pk),
                person=mate.person,
                changed_at=at,
                changed_by=by.name[:40],
            )


def _tell_guests(found: Roster, at: datetime) -> None:
    """Whoever is on a new roster and has no account is sent their link (R-B8); all others see it when they open the program."""
    if not settings.ADDRESS:
        return
    for card in station_queries.guests(
        found.unit, Shift.objects.filter(roster=found, holds=True).values("person")
    ):
        reach.tell(
            unit=found.unit, persons=[card.person], key=f"roster-{found.pk}", subject="值勤表", body=f"{found.unit.name}：{found.title}已发布，点开查看您的班次、签到。此链接只给您本人，请勿转发。",
            path=f"/d/#{card.feed}", at=at, until=at + timedelta(days=1),
        )  # fmt: skip


def _in_force(rows: Any, **values: object) -> None:
    """Change shifts; what would put somebody in two places is refused by name."""
    try:
        with transaction.atomic():
            rows.update(**values)
    except IntegrityError as error:
        if "nobody_in_two_places" not in str(error):
            raise
        raise Refused(
            _(
                "Somebody would be in two places at once. Nothing was changed; please look at the hours around it."
            )
        ) from error


@transaction.atomic
def discard(*, roster_id: int, by: Viewer, at: datetime) -> Roster:
    """Throw a roster away that is not in force. :raises Refused:"""
    found = queries.roster(roster_id)
    by.require("roster.make", found.unit.path)
    if found.state == RosterState.PUBLISHED:
        raise Refused(
            _("This roster is in force. Make and publish another one; it takes its place.")
        )
    Roster.objects.filter(pk=found.pk).exclude(state=RosterState.PUBLISHED).delete()
    audit.record("roster.discarded", by=by, at=at, unit_id=found.unit_id, subject=found.title)
    return found


# -- changing shifts ----------------------------------------------------------------
@transaction.atomic
def assign(*, shift_id: int, person: Person | None, by: Viewer, at: datetime) -> Shift:
    """Give a shift to somebody else, or to nobody; checked at once. :raises Refused:"""
    found = queries.shift(shift_id)
    by.require("roster.make", found.unit.path)
    _give(found, person, by, at)
    found.refresh_from_db()
    return found


def _give(found: Shift, person: Person | None, by: Viewer, at: datetime) -> None:
    if not found.holds and found.roster.state != RosterState.MADE:
        raise Refused(
            _(
                "This roster is still being made, or has been replaced; its shifts cannot be changed."
            )
        )
    if found.came_at is not None:
        raise Refused(
            _("%(name)s has already signed in there.")
            % {"name": found.person.name if found.person else ""}
        )
    if found.ends_at <= at:
        raise Refused(_("This shift is over."))
    if person is not None and person.pk != found.person_id:
        _require_able(found, person)
    _in_force(
        Shift.objects.filter(pk=found.pk), person=person, changed_at=at, changed_by=by.name[:40]
    )
    Request.objects.filter(shift=found, answer="").update(answer="late", answered_at=at)
    audit.record(
        "shift.given",
        by=by,
        at=at,
        unit_id=found.unit_id,
        subject=f"{found.day} {found.station.name}",
        shift=found.pk,
        person=person.pk if person else None,
    )
    live.notify("verdicts", units=[found.unit_id])


def _require_able(found: Shift, person: Person, without: Shift | None = None) -> None:
    """:raises Refused: somebody does not serve there, or something is in the way."""
    mine = next((s for s in queries.substitutes(found, without) if s.person.pk == person.pk), None)
    if mine is None:
        raise Refused(
            _("%(name)s is not among those who serve at %(station)s.")
            % {"name": person.name, "station": found.station.name}
        )
    if mine.why_not:
        raise Refused(
            _("%(name)s cannot: %(why)s.") % {"name": person.name, "why": in_the_way(mine.why_not)}
        )


@transaction.atomic
def ask_for_leave(
    *,
    person: Person,
    starts_at: datetime,
    ends_at: datetime,
    errand: bool,
    by: Viewer,
    at: datetime,
) -> Leave:
    """Ask not to serve for a time; until it is approved one must come. The same twice is once. :raises Refused:"""
    if by.person_id != person.pk:
        by.require("roster.make", person.unit.path)
    if ends_at <= starts_at:
        raise Refused(_("The end lies before the start. Please check the times."))
    if (
        ends_at <= at
        or starts_at > at + timedelta(days=366)
        or ends_at - starts_at > timedelta(days=rules.LONGEST)
    ):
        raise Refused(
            _("Leave lies within the coming year and lasts at most %(n)d days.")
            % {"n": rules.LONGEST}
        )
    if (
        Leave.objects.filter(person=person, state=LeaveState.ASKED)
        .exclude(starts_at=starts_at, ends_at=ends_at)
        .count()
        >= rules.MOST_LEAVES
    ):
        raise Refused(
            _("At most %(n)d leaves can wait for an answer. Please take one back first.")
            % {"n": rules.MOST_LEAVES}
        )
    row, new = Leave.objects.get_or_create(
        person=person,
        starts_at=starts_at,
        ends_at=ends_at,
        state=LeaveState.ASKED,
        defaults={"unit": person.unit, "errand": errand, "asked_at": at},
    )
    if new:
        audit.record(
            "leave.asked", by=by, at=at, unit_id=person.unit_id, subject=person.name, leave=row.pk
        )
        live.notify("verdicts", units=[person.unit_id])
    return row


@transaction.atomic
def decide_leave(*, leave_id: int, grant: bool, by: Viewer, at: datetime) -> Leave:
    """Approve or refuse; approved only when somebody stands in for each shift (R-B2). :raises Refused:"""
    row = queries.leave(leave_id)
    by.require("roster.make", row.unit.path)
    open_ = [s for s in queries.shifts_within(row) if s.ends_at > at]
    if grant and open_:
        raise Refused(
            _("First find somebody for: %(what)s.")
            % {"what": "、".join(f"{s.day:%m-%d} {s.station.name}" for s in open_[:5])}
        )
    state = LeaveState.APPROVED if grant else LeaveState.REFUSED
    if not Leave.objects.filter(pk=row.pk, state=LeaveState.ASKED).update(
        state=state, decided_at=at, decided_by=by.name[:40]
    ):
        raise Refused(_("This was decided a moment ago, or withdrawn."))
    audit.record(
        f"leave.{state}", by=by, at=at, unit_id=row.unit_id, subject=row.person.name, leave=row.pk
    )
    row.refresh_from_db()
    return row


@transaction.atomic
def withdraw_leave(*, leave_id: int, by: Viewer, at: datetime) -> Leave:
    """Take a leave back, also an approved one: its person, or who makes the roster. What others took over stays theirs."""
    row = queries.leave(leave_id)
    if row.person_id != by.person_id:
        by.require("roster.make", row.unit.path)
    Leave.objects.filter(pk=row.pk, state__in=[LeaveState.ASKED, LeaveState.APPROVED]).update(
        state=LeaveState.WITHDRAWN, decided_at=at, decided_by=by.name[:40]
    )
    return row


@transaction.atomic
def ask_to_stand_in(*, shift_id: int, persons: Sequence[Person], by: Viewer, at: datetime) -> int:
    """Ask one or several to stand in; the first yes takes the shift. Returns how many were asked anew."""
    found = queries.shift(shift_id)
    if found.person_id != by.person_id:
        by.require("roster.make", found.unit.path)
    can = {s.person.pk for s in queries.substitutes(found) if s.why_not is None}
    if not persons:
        raise Refused(_("Please tick whom to ask."))
    asked = 0
    for person in persons:
        # Whoever said no, or came too late, may be asked again: the day is another.
        if (
            person.pk in can
            and not Request.objects.filter(shift=found, person=person, answer="").exists()
        ):
            Request.objects.update_or_create(
                shift=found,
                person=person,
                defaults={
                    "unit": found.unit,
                    "asked_by": by.name[:40],
                    "asked_at": at,
                    "answer": "",
                    "answered_at": None,
                },
            )
            asked += 1
            _tell_asked(found, person, at)
    if asked:
        audit.record(
            "shift.asked",
            by=by,
            at=at,
            unit_id=found.unit_id,
            subject=f"{found.day} {found.station.name}",
            shift=found.pk,
            people=asked,
        )
        live.notify("verdicts", units=[found.unit_id])
    return asked


def _tell_asked(found: Shift, person: Person, at: datetime) -> None:
    """A request also leaves the pages; whoever has no account answers on their own link."""
    when = f"{found.day:%m-%d} {found.starts_at.astimezone(LOCAL):%H:%M}–{found.ends_at.astimezone(LOCAL):%H:%M}"
    reach.tell(
        unit=found.unit, persons=[person], key=f"stand-in-{found.pk}-{at:%m%d%H%M}", subject=f"请顶班：{when}", body=f"{found.unit.name} {found.station.name} {when} 需要有人顶班，请回复能否前去。",
        path="/" if person.username else f"/d/#{stations.card_of(person).feed}", at=at, until=found.ends_at,
    )  # fmt: skip


@transaction.atomic
def answer_request(*, request_id: int, yes: bool, by: Viewer, at: datetime) -> Request:
    """Say whether one stands in; who says yes after another did is told so. :raises Refused:"""
    row = queries.request(request_id)
    if row.person_id != by.person_id:
        raise Denied("not asked of you")
    Shift.objects.select_for_update().get(pk=row.shift_id)
    row.refresh_from_db()
    if row.answer == "late":
        raise Refused(_("Somebody else has taken this shift already. Thank you."))
    if row.answer:
        return row
    if yes:
        _give(queries.shift(row.shift_id), row.person, by, at)
    Request.objects.filter(pk=row.pk).update(answer="yes" if yes else "no", answered_at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def ask_to_swap(*, mine_id: int, theirs_id: int, by: Viewer, at: datetime) -> Swap:
    """Offer one's own shift for somebody else's. The same twice is once. :raises Denied, Refused:"""
    mine, theirs = queries.shift(mine_id), queries.shift(theirs_id)
    if mine.person_id != by.person_id:
        raise Denied("not your shift")
    if (
        theirs.person_id in {None, mine.person_id}
        or theirs.unit_id != mine.unit_id
        or min(mine.starts_at, theirs.starts_at) <= at
        or not (mine.holds and theirs.holds)
    ):
        raise Refused(_("These two shifts cannot be swapped."))
    for shift, given in ((theirs, mine), (mine, theirs)):
        if given.person is not None:
            _require_able(shift, given.person, given)
    new = {"unit": mine.unit, "asked_at": at, "state": SwapState.ASKED}
    row, is_new = Swap.objects.get_or_create(
        mine=mine,
        theirs=theirs,
        one_id=mine.person_id,
        other_id=theirs.person_id,
        state__in=[SwapState.ASKED, SwapState.AGREED],
        defaults=new,
    )
    if is_new and theirs.person is not None:
        text = f"{mine.unit.name} {by.name} 想用 {mine.day:%m-%d} {mine.station.name} 换您 {theirs.day:%m-%d} {theirs.station.name}，请答复。"
        reach.tell(
            unit=mine.unit,
            persons=[theirs.person],
            key=f"swap-{row.pk}",
            subject="有人想换班",
            body=text,
            path="/",
            at=at,
            until=min(mine.starts_at, theirs.starts_at),
        )
    live.notify("verdicts", units=[mine.unit_id])
    return row


def _exchange(one: Shift, other: Shift, by: Viewer, at: datetime) -> None:
    """Let two people change places; nobody's for a moment, so that neither is in two places on the way."""
    if one.came_at or other.came_at:
        raise Refused(
            _("%(name)s has already signed in there.")
            % {"name": (one if one.came_at else other).person or ""}
        )
    Shift.objects.filter(pk__in=[one.pk, other.pk]).update(person=None)
    for shift, person in ((one, other.person), (other, one.person)):
        _give(queries.shift(shift.pk), person, by, at)


@transaction.atomic
def exchange(*, shift_id: int, other_id: int, by: Viewer, at: datetime) -> Shift:
    """Change the places of two people, as when one is dragged onto the other; checked at once, done whole or not at all. :raises Refused:"""
    one, other = queries.shift(shift_id), queries.shift(other_id)
    by.require("roster.make", one.unit.path)
    if (
        one.unit_id != other.unit_id
        or one.pk == other.pk
        or one.holds != other.holds
        or (not one.holds and one.roster_id != other.roster_id)
    ):
        raise Refused(_("These two shifts cannot be swapped."))
    _exchange(one, other, by, at)
    return one


@transaction.atomic
def answer_swap(*, swap_id: int, yes: bool, by: Viewer, at: datetime) -> Swap:
    """The other agrees, or not; whoever asked may take it back. :raises Denied:"""
    row = queries.swap(swap_id)
    if by.person_id not in (
        {row.theirs.person_id} if yes else {row.theirs.person_id, row.mine.person_id}
    ):
        raise Denied("not asked of you")
    Swap.objects.filter(
        pk=row.pk, state__in=[SwapState.ASKED] if yes else [SwapState.ASKED, SwapState.AGREED]
    ).update(state=SwapState.AGREED if yes else SwapState.REFUSED)
    row.refresh_from_db()
    return row


@transaction.atomic
def decide_swap(*, swap_id: int, grant: bool, by: Viewer, at: datetime) -> Swap:
    """One approval changes both places, or none. :raises Refused:"""
    row = queries.swap(swap_id)
    by.require("roster.make", row.unit.path)
    if not Swap.objects.filter(pk=row.pk, state=SwapState.AGREED).update(
        state=SwapState.APPROVED if grant else SwapState.REFUSED, decided_by=by.name[:40]
    ):
        raise Refused(_("This was decided a moment ago, or withdrawn."))
    if grant:
        _exchange(row.mine, row.theirs, by, at)
    audit.record("swap.decided", by=by, at=at, unit_id=row.unit_id, subject=str(row), granted=grant)
    row.refresh_from_db()
    return row


class _Shifts:
    """What somebody who leaves had still to come for: one thing to hand over, however many shifts. What the heir cannot take stays open."""

    def held(self, person: Person) -> list[Belonging]:
        count = Shift.objects.filter(person=person, holds=True, starts_at__gt=clock.now()).count()
        return (
            [Belonging("shift", person.pk, _("%(n)d shifts to come") % {"n": count})]
            if count
            else []
        )

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        for row in Shift.objects.filter(
            person_id=pk, holds=True, starts_at__gt=clock.now()
        ).order_by("pk"):
            free = to is not None and any(
                s.person.pk == to.pk and s.why_not is None
                for s in queries.substitutes(queries.shift(row.pk))
            )
            _in_force(Shift.objects.filter(pk=row.pk), person=to if free else None)


KEEPERS.update(shift=_Shifts())
