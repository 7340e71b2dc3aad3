"""The problem a roster is. Pure values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from anyuan.kernel.clock import local_day
from anyuan.rostering.problem import Demand, Fair, Kind, Problem, Wish, Worker, apart
from anyuan.stations.rules import PersonFacts, StationFacts, hindrance, manned, meets, span

TRANSITIONS = {
    ("asked", "making"): "worker", ("making", "made"): "worker", ("making", "failed"): "worker", ("made", "published"): "roster.make",
    ("failed", "published"): "roster.make", ("published", "replaced"): "roster.make",
}  # fmt: skip
# Our own bounds, from no standard; a unit sets the weights and the rest itself.
WEIGHTS = {"nights": 30, "days_off": 20, "all": 10, "wishes": 10, "changes": 40, "rest_hours": 8, "most_a_day": 1, "most_in_a_row": 6}
MOST_WEIGHT = 1000
SECONDS = 30.0  # a roster is made in
PATIENCE = 5.0  # seconds without a better one, and it is good enough
EARLY = timedelta(minutes=30)  # one may sign in before the start
EXPLAINED = 5  # empty places whose reasons are looked for; more would only repeat them
SILENT = timedelta(seconds=60)  # after which a roster whose maker said nothing is made by another
LONGEST_ROW = 13  # days in a row at most that a unit may set; so far one looks beyond a roster
LONGEST = 200  # days a roster may span: a term and its holidays


REPAIR = {"changes": MOST_WEIGHT, "wishes": 1, "nights": 1, "days_off": 1, "all": 1}  # a repair moves as little as it can, and only then is fair


@dataclass(frozen=True)
class Standing:
    """A shift that stands whatever is made."""

    person_id: int
    starts_at: datetime
    ends_at: datetime
    by_night: bool


@dataclass(frozen=True)
class Drawn:
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


def draw(
    stations: Sequence[StationFacts], people: Sequence[PersonFacts], days: Sequence[date], school_days: Collection[date],
    weights: Mapping[str, int], before: Mapping[tuple[int, str], int], keep: Iterable[tuple[int, date, int]] = (),
    around: Iterable[Standing] = (), away: tuple[int, date] | None = None,
) -> Drawn:  # fmt: skip
    """Say a roster as a problem of the engine.

    `before` counts what each person served this year so far, by (person, "nights" | "days_off" | station kind);
    `keep` are shifts (person, day, station) that stand and should stay; `around` those before and after, which stay in any case;
    `away` somebody who cannot come on a day.
    """
    told = {**WEIGHTS, **weights}
    kinds = tuple(Kind(s.name, *s.minutes, s.minutes[1] - s.minutes[0]) for s in stations)
    demands = tuple(Demand(i, k, s.people) for i, day in enumerate(days) for k, s in enumerate(stations) if manned(s.when, day, school_days))
    workers, wishes = [], []
    for w, person in enumerate(people):
        able = frozenset(k for k, s in enumerate(stations) if s.id in person.stations)
        never = {(d.day, d.kind): why for d in demands if d.kind in able and (why := hindrance(person, stations[d.kind], days[d.day], school_days))}
        mine = [s for s in around if s.person_id == person.id]
        standing = {local_day(s.starts_at) for s in mine}
        never |= {(d.day, d.kind): "rest" for d in demands if mine and d.kind in able and d.day in {0, len(days) - 1} and _collides(stations[d.kind], days[d.day], mine, told["rest_hours"])}
        if away and away[0] == person.id:
            never |= {(d.day, d.kind): "leave" for d in demands if d.kind in able and days[d.day] == away[1]}
        workers.append(Worker(
            person.name, able, never, most_a_week=person.most_a_week, most_a_day=told["most_a_day"], most_in_a_row=told["most_in_a_row"] or None,
            row_before=days_beside(standing, days[0], -1), row_after=days_beside(standing, days[-1], 1),
        ))  # fmt: skip
        for d in demands:
            if d.kind in able:
                wishes += [Wish(w, d.day, d.kind, kind == "gladly", told["wishes"]) for kind, *row in person.busy if kind != "lesson" and meets(row, days[d.day], stations[d.kind])]
    same, after = apart(kinds, told["rest_hours"] * 60)
    drawn = Drawn(
        Problem(
            len(days), kinds, tuple(workers), demands, tuple(wishes), tuple(_fairs(stations, people, days, school_days, demands, told, before)),
            tuple(_grouped(days, lambda d: d - timedelta(days=d.weekday()), lambda d: d.weekday() >= 5)),
            tuple(_grouped(days, lambda d: d - timedelta(days=d.weekday()), lambda _: True)), same, after,
        ), tuple(days), tuple(stations), tuple(people),
    )  # fmt: skip
    kept = [c for c in (drawn.cell(*k) for k in keep) if c and drawn.problem.may(*c)]
    return Drawn(_with(drawn.problem, [Wish(w, d, k, True, told["changes"]) for w, d, k in kept]), drawn.days, drawn.stations, drawn.people) if kept else drawn


def days_beside(served: Collection[date], day: date, step: int) -> int:
    """How many days somebody serves without a break next to a day, backward (-1) or forward (1)."""
    found = 0
    while found < LONGEST_ROW and day + timedelta(days=step * (found + 1)) in served:
        found += 1
    return found


def _collides(station: StationFacts, day: date, standing: Sequence[Standing], rest_hours: int) -> bool:
    """Whether a shift would overlap one that stands, or cut the rest after a night."""
    starts, ends = span(station, day)
    rest = timedelta(hours=rest_hours)
    return any(
        (s.starts_at < ends and starts < s.ends_at)
        or (s.by_night and s.starts_at < starts and starts - s.ends_at < rest)
        or (station.by_night and starts < s.starts_at and s.starts_at - ends < rest)
        for s in standing
    )


def _with(problem: Problem, wishes: Sequence[Wish]) -> Problem:
    from dataclasses import replace

    return replace(problem, wishes=(*problem.wishes, *wishes))


def _grouped(days: Sequence[date], key: object, wanted: object) -> list[tuple[int, ...]]:
    groups: dict[date, list[int]] = defaultdict(list)
    for i, day in enumerate(days):
        if wanted(day):  # type: ignore[operator]
            groups[key(day)].append(i)  # type: ignore[operator]
    return [tuple(g) for g in groups.values()]


def _fairs(
    stations: Sequence[StationFacts], people: Sequence[PersonFacts], days: Sequence[date], school_days: Collection[date],
    demands: Sequence[Demand], told: Mapping[str, int], before: Mapping[tuple[int, str], int],
) -> Iterable[Fair]:  # fmt: skip
    """What is shared evenly: each kind of station among those who serve there, nights, and days without school."""
    groups: dict[str, list[int]] = defaultdict(list)
    for k, s in enumerate(stations):
        groups[s.kind].append(k)
        if s.by_night:
            groups["nights"].append(k)
    wanted = [(name, frozenset((d.day, d.kind) for d in demands if d.kind in kinds), told["nights" if name == "nights" else "all"]) for name, kinds in groups.items()]
    free = frozenset((d.day, d.kind) for d in demands if days[d.day] not in school_days)
    for part in _clusters(stations, people):
        wanted.append(("days_off", frozenset(c for c in free if c[1] in part), told["days_off"]))
    for name, cells, weight in wanted:
        at = {stations[k].id for _, k in cells}
        among = tuple(w for w, p in enumerate(people) if p.stations & at)
        if weight and cells and len(among) > 1:
            yield Fair(name, cells, among, weight, {w: before.get((people[w].id, name), 0) for w in among})


def _clusters(stations: Sequence[StationFacts], people: Sequence[PersonFacts]) -> list[set[int]]:
    """Stations that the same people serve at belong together: teachers are not compared with guards."""
    left = {s.id: k for k, s in enumerate(stations)}
    out: list[set[int]] = []
    for person in people:
        mine = {left[s] for s in person.stations if s in left}
        joined = [c for c in out if c & mine]
        out = [c for c in out if not c & mine] + ([set().union(mine, *joined)] if mine else [])
    return out


def fair_share(mine: int, others: Sequence[int]) -> float:
    """How much more somebody has had than the mean of all; below zero: less."""
    everybody = [mine, *others]
    return mine - sum(everybody) / len(everybody)
