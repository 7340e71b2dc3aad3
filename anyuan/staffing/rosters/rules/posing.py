"""A roster as a problem of the engine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from anyuan.staffing.engine.problem import Demand, Kind, Problem, Wish, Worker, apart
from anyuan.staffing.stations.rules import (
    PersonFacts,
    StationFacts,
    hindrance,
    manned,
    meets,
    span,
)

from .bounds import STAYS, WEIGHTS
from .fairness import fairs
from .resting import Standing, collides, days_beside, taken

Never = dict[tuple[int, int], str]  # (day, kind) → what is in the way


@dataclass(frozen=True)
class Asked:
    """What a roster is asked to be.

    `before` counts what each person served this year so far, by (person, "nights" | "days_off" |
    "holidays" | station kind); `keep` are shifts (person, day, station) that stand and should stay;
    `around` those before and after, which stay in any case; `begun` those that had begun at a
    `moment`, which stay too: of what had begun no more is asked for, but for whom is `away`, who
    cannot come on a day.
    """

    stations: Sequence[StationFacts]
    people: Sequence[PersonFacts]
    days: Sequence[date]
    school_days: Collection[date]
    weights: Mapping[str, int]
    before: Mapping[tuple[int, str], int]
    keep: Sequence[tuple[int, date, int]] = ()
    around: Sequence[Standing] = ()
    away: tuple[int, date] | None = None
    begun: Sequence[Standing] = ()
    moment: datetime | None = None
    holidays: Collection[date] = ()
    vacation: Collection[date] = ()

    @cached_property
    def told(self) -> dict[str, int]:
        """Every weight, the usual one where the unit says none."""
        return {**WEIGHTS, **self.weights}

    @cached_property
    def there(self) -> Counter[tuple[date, int]]:
        """How many had begun at each station of a day."""
        return Counter((s.day, s.station.id) for s in self.begun)


@dataclass(frozen=True)
class Posed:
    """The problem a roster is, and what its numbers stand for."""

    problem: Problem
    days: tuple[date, ...]
    stations: tuple[StationFacts, ...]
    people: tuple[PersonFacts, ...]

    def cell(self, person_id: int, day: date, station_id: int) -> tuple[int, int, int] | None:
        """The engine's numbers of one shift; None if it lies outside."""
        people = {p.id: i for i, p in enumerate(self.people)}
        stations = {s.id: i for i, s in enumerate(self.stations)}
        if person_id not in people or station_id not in stations or day not in self.days:
            return None
        return people[person_id], self.days.index(day), stations[station_id]


def problem_of(asked: Asked) -> Posed:
    """Say a roster as a problem of the engine."""
    demands = _demands(asked)
    kinds = tuple(Kind(s.name, *s.minutes, s.minutes[1] - s.minutes[0]) for s in asked.stations)
    same_day, next_day = apart(kinds, asked.told["rest_hours"] * 60)
    free = (asked.school_days, asked.holidays)
    problem = Problem(
        len(asked.days),
        kinds,
        tuple(_worker(asked, person, demands) for person in asked.people),
        demands,
        tuple(_wishes(asked, demands)),
        tuple(
            fairs(asked.stations, asked.people, asked.days, free, demands, asked.told, asked.before)
        ),
        _by_week(asked.days, lambda day: day.weekday() >= 5),
        _by_week(asked.days, lambda _day: True),
        same_day,
        next_day,
    )
    posed = Posed(problem, tuple(asked.days), tuple(asked.stations), tuple(asked.people))
    kept = _kept(asked, posed)
    if not kept:
        return posed
    return replace(posed, problem=replace(problem, wishes=(*problem.wishes, *kept)))


def _demands(asked: Asked) -> tuple[Demand, ...]:
    places = [(i, k) for i in range(len(asked.days)) for k in range(len(asked.stations))]
    counted = [(i, k, _wanted(asked, asked.stations[k], asked.days[i])) for i, k in places]
    return tuple(Demand(i, k, n) for i, k, n in counted if n)


def _wanted(asked: Asked, station: StationFacts, day: date) -> int:
    """How many are asked for at a station on a day; of what had begun no more than had come."""
    starts, ends = span(station, day)
    if asked.moment is None or starts > asked.moment:
        open_ = manned(station.when, day, asked.school_days, asked.holidays, asked.vacation)
        return station.people if open_ else 0
    there = asked.there[day, station.id]
    away = asked.away is not None and asked.away[1] == day
    missing = away and ends > asked.moment and there < station.people
    return there + missing


def _worker(asked: Asked, person: PersonFacts, demands: Sequence[Demand]) -> Worker:
    told, days = asked.told, asked.days
    mine = [s for s in asked.around if s.person_id == person.id]
    standing = {s.day for s in mine}
    return Worker(
        person.name,
        _kinds(asked, person.stations) | _kinds(asked, [s for _, s in _own_begun(asked, person)]),
        _never(asked, person, mine, demands),
        most_a_week=person.most_a_week,
        most_a_day=told["most_a_day"],
        most_in_a_row=told["most_in_a_row"] or None,
        row_before=days_beside(standing, days[0], -1),
        row_after=days_beside(standing, days[-1], 1),
        week_taken=taken(mine, days),
    )


def _kinds(asked: Asked, station_ids: Collection[int]) -> frozenset[int]:
    """The engine's numbers of stations."""
    return frozenset(k for k, s in enumerate(asked.stations) if s.id in station_ids)


def _own_begun(asked: Asked, person: PersonFacts) -> set[tuple[date, int]]:
    """The shifts (day, station) that somebody has begun."""
    return {(s.day, s.station.id) for s in asked.begun if s.person_id == person.id}


def _never(
    asked: Asked, person: PersonFacts, mine: Sequence[Standing], demands: Sequence[Demand]
) -> Never:
    """Where and when somebody cannot serve, and why."""
    own = _own_begun(asked, person)
    serves = _kinds(asked, person.stations)
    open_ = [d for d in demands if d.kind in serves]
    begun = [s for s in asked.begun if s.person_id == person.id]
    never = _hindered(asked, person, open_)
    never |= _beside(asked, [*mine, *begun], open_)
    never |= _begun_by_others(asked, own, open_)
    # What one has begun, one goes on with.
    never = {
        (day, kind): why
        for (day, kind), why in never.items()
        if (asked.days[day], asked.stations[kind].id) not in own
    }
    if asked.away and asked.away[0] == person.id:
        able = serves | _kinds(asked, [station for _, station in own])
        never |= _away(asked, asked.away[1], [d for d in demands if d.kind in able])
    return never


def _away(asked: Asked, day: date, demands: Sequence[Demand]) -> Never:
    return {(d.day, d.kind): "leave" for d in demands if asked.days[d.day] == day}


def _hindered(asked: Asked, person: PersonFacts, open_: Sequence[Demand]) -> Never:
    """Leave, lessons, a certificate: what hinders the person itself."""
    found = {
        (d.day, d.kind): hindrance(
            person, asked.stations[d.kind], asked.days[d.day], asked.school_days
        )
        for d in open_
    }
    return {cell: why for cell, why in found.items() if why}


def _beside(asked: Asked, standing: Sequence[Standing], open_: Sequence[Demand]) -> Never:
    """What would leave too little rest beside shifts that stand."""
    day = timedelta(days=1)
    near = {d for s in standing for d in (s.day - day, s.day, s.day + day)}
    close = [d for d in open_ if asked.days[d.day] in near]
    hours = asked.told["rest_hours"]
    return {
        (d.day, d.kind): "rest"
        for d in close
        if collides(asked.stations[d.kind], asked.days[d.day], standing, hours)
    }


def _begun_by_others(
    asked: Asked, own: Collection[tuple[date, int]], open_: Sequence[Demand]
) -> Never:
    """What others have begun, nobody else goes on with, unless somebody is looked for there."""
    never: Never = {}
    for d in open_:
        place = (asked.days[d.day], asked.stations[d.kind].id)
        if d.wanted == asked.there[place] and place not in own:
            never[d.day, d.kind] = "begun"
    return never


def _wishes(asked: Asked, demands: Sequence[Demand]) -> Iterable[Wish]:
    began = {(s.person_id, s.station.id) for s in asked.begun}
    for w, person in enumerate(asked.people):
        wished = [b for b in person.busy if b[0] != "lesson"]
        for d in demands if wished else ():
            station = asked.stations[d.kind]
            if station.id not in person.stations and (person.id, station.id) not in began:
                continue
            for busy in wished:
                if meets(busy[1:], asked.days[d.day], station):
                    yield Wish(w, d.day, d.kind, busy[0] == "gladly", asked.told["wishes"])


def _kept(asked: Asked, posed: Posed) -> list[Wish]:
    """What should stay, and what stays in any case, as wishes of their weight."""
    should = [posed.cell(*k) for k in asked.keep]
    stays = [posed.cell(s.person_id, s.day, s.station.id) for s in asked.begun]
    weight = asked.told["changes"]
    kept = [(c, weight) for c in should if c and posed.problem.may(*c)]
    kept += [(c, STAYS) for c in stays if c]
    return [Wish(w, d, k, True, n) for (w, d, k), n in kept]


def _by_week(days: Sequence[date], wanted: Callable[[date], bool]) -> tuple[tuple[int, ...], ...]:
    groups: dict[date, list[int]] = defaultdict(list)
    for i, day in enumerate(days):
        if wanted(day):
            groups[day - timedelta(days=day.weekday())].append(i)
    return tuple(tuple(g) for g in groups.values())
