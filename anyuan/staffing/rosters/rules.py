"""The problem a roster is. Pure values."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from anyuan.rostering.problem import (
    Demand,
    Fair,
    Kind,
    Problem,
    Solution,
    Wish,
    Worker,
    apart,
    rest_after,
)
from anyuan.stations.rules import (
    DAY_MINUTES,
    PersonFacts,
    StationFacts,
    hindrance,
    manned,
    meets,
    span,
)

TRANSITIONS = {
    ("asked", "making"): "worker", ("making", "made"): "worker", ("making", "failed"): "worker", ("made", "published"): "roster.make",
    ("failed", "published"): "roster.make", ("published", "replaced"): "roster.make",
}  # fmt: skip
# Our own bounds, from no standard; a unit sets the weights and the rest itself.
WEIGHTS = {
    "nights": 30,
    "days_off": 20,
    "holidays": 30,
    "all": 10,
    "wishes": 10,
    "changes": 40,
    "rest_hours": 8,
    "most_a_day": 1,
    "most_in_a_row": 6,
}
MOST_WEIGHT = 1000
STAYS = 20 * MOST_WEIGHT  # what has begun is taken from nobody
SECONDS = 30.0  # a roster is made in
PATIENCE = 5.0  # seconds without a better one, and it is good enough
EARLY = timedelta(minutes=30)  # one may sign in before the start
EXPLAINED = 5  # empty places whose reasons are looked for; more would only repeat them
EXPLAINING = 12.0  # seconds for all of them
SILENT = timedelta(seconds=60)  # after which a roster whose maker said nothing is made by another
MOST_LEAVES = 10  # of one person that wait for an answer
LONGEST_ROW = 13  # days in a row at most that a unit may set; so far one looks beyond a roster
LONGEST = 200  # days a roster may span: a term and its holidays


HARD = (
    "rest_hours",
    "most_a_day",
    "most_in_a_row",
)  # bounds, not wishes: a repair keeps those of the roster it mends
REPAIR = {
    "changes": MOST_WEIGHT,
    "wishes": 1,
    "nights": 1,
    "days_off": 1,
    "holidays": 1,
    "all": 1,
}  # a repair moves as little as it can, and only then is fair


@dataclass(frozen=True)
class Standing:
    """A shift that stands whatever is made: before or after, or begun already."""

    person_id: int
    station: StationFacts
    day: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Placed:
    """A shift as it is put in force: by whom it was last given by hand, and whether somebody signed in."""

    id: int
    station_id: int
    person_id: int | None
    day: date
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime | None
    came: bool


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
    around: Iterable[Standing] = (), away: tuple[int, date] | None = None, begun: Iterable[Standing] = (), moment: datetime | None = None, holidays: Collection[date] = (), vacation: Collection[date] = (),
) -> Drawn:  # fmt: skip
    """Say a roster as a problem of the engine.

    `before` counts what each person served this year so far, by (person, "nights" | "days_off" | "holidays" | station kind);
    `keep` are shifts (person, day, station) that stand and should stay; `around` those before and after, which stay in any case;
    `begun` those that had begun at a `moment`, which stay too: of what had begun no more is asked for, but for whom is `away`, who cannot come on a day.
    """
    told = {**WEIGHTS, **weights}
    kinds = tuple(Kind(s.name, *s.minutes, s.minutes[1] - s.minutes[0]) for s in stations)
    around, begun = list(around), list(begun)
    there = Counter((s.day, s.station.id) for s in begun)

    def wanted(station: StationFacts, day: date) -> int:
        if moment is None or span(station, day)[0] > moment:
            return (
                station.people if manned(station.when, day, school_days, holidays, vacation) else 0
            )
        missing = bool(
            away
            and away[1] == day
            and span(station, day)[1] > moment
            and (there[day, station.id] < station.people)
        )
        return there[day, station.id] + missing

    demands = tuple(
        Demand(i, k, n)
        for i, day in enumerate(days)
        for k, s in enumerate(stations)
        if (n := wanted(s, day))
    )
    workers, wishes = [], []
    for w, person in enumerate(people):
        able = frozenset(k for k, s in enumerate(stations) if s.id in person.stations)
        never = {
            (d.day, d.kind): why
            for d in demands
            if d.kind in able
            and (why := hindrance(person, stations[d.kind], days[d.day], school_days))
        }
        mine = [s for s in around if s.person_id == person.id]
        standing = {s.day for s in mine}
        fixed = [s for s in begun if s.person_id == person.id]
        near = {
            d
            for s in (*mine, *fixed)
            for d in (s.day - timedelta(days=1), s.day, s.day + timedelta(days=1))
        }
        never |= {
            (d.day, d.kind): "rest"
            for d in demands
            if d.kind in able
            and days[d.day] in near
            and _collides(stations[d.kind], days[d.day], (*mine, *fixed), told["rest_hours"])
        }
        # What one has begun, one goes on with; nobody else does, unless somebody is looked for there.
        own = {(s.day, s.station.id) for s in fixed}
        never |= {
            (d.day, d.kind): "begun"
            for d in demands
            if d.kind in able
            and d.wanted == there[days[d.day], stations[d.kind].id]
            and (days[d.day], stations[d.kind].id) not in own
        }
        never = {c: why for c, why in never.items() if (days[c[0]], stations[c[1]].id) not in own}
        able |= frozenset(k for k, s in enumerate(stations) if any(s.id == o for _, o in own))
        if away and away[0] == person.id:
            never |= {
                (d.day, d.kind): "leave"
                for d in demands
                if d.kind in able and days[d.day] == away[1]
            }
        workers.append(Worker(
            person.name, able, never, most_a_week=person.most_a_week, most_a_day=told["most_a_day"], most_in_a_row=told["most_in_a_row"] or None,
            row_before=days_beside(standing, days[0], -1), row_after=days_beside(standing, days[-1], 1), week_taken=_taken(mine, days),
        ))  # fmt: skip
        for d in demands:
            if d.kind in able:
                wishes += [
                    Wish(w, d.day, d.kind, b[0] == "gladly", told["wishes"])
                    for b in person.busy
                    if b[0] != "lesson" and meets(b[1:], days[d.day], stations[d.kind])
                ]
    same, after = apart(kinds, told["rest_hours"] * 60)
    drawn = Drawn(
        Problem(
            len(days), kinds, tuple(workers), demands, tuple(wishes), tuple(_fairs(stations, people, days, (school_days, holidays), demands, told, before)),
            tuple(_grouped(days, lambda d: d - timedelta(days=d.weekday()), lambda d: d.weekday() >= 5)),
            tuple(_grouped(days, lambda d: d - timedelta(days=d.weekday()), lambda _: True)), same, after,
        ), tuple(days), tuple(stations), tuple(people),
    )  # fmt: skip
    kept = [
        (c, told["changes"]) for c in (drawn.cell(*k) for k in keep) if c and drawn.problem.may(*c)
    ]
    kept += [(c, STAYS) for c in (drawn.cell(s.person_id, s.day, s.station.id) for s in begun) if c]
    return (
        Drawn(
            _with(drawn.problem, [Wish(w, d, k, True, weight) for (w, d, k), weight in kept]),
            drawn.days,
            drawn.stations,
            drawn.people,
        )
        if kept
        else drawn
    )


def days_beside(served: Collection[date], day: date, step: int) -> int:
    """How many days somebody serves without a break next to a day, backward (-1) or forward (1)."""
    found = 0
    while found < LONGEST_ROW and day + timedelta(days=step * (found + 1)) in served:
        found += 1
    return found


def _collides(
    station: StationFacts, day: date, standing: Sequence[Standing], rest_hours: int
) -> bool:
    """Whether a shift would overlap one that stands, or cut the rest after a night."""
    starts, ends = span(station, day)
    return any(
        (s.starts_at < ends and starts < s.ends_at)
        or not rested((station, day), (s.station, s.day), rest_hours)
        for s in standing
    )


def rested(
    one: tuple[StationFacts, date], other: tuple[StationFacts, date], rest_hours: int
) -> bool:
    """Whether there is rest enough between two shifts of following days, by the rule the engine has (`rostering.problem.apart`)."""
    (first, day), (second, later) = sorted((one, other), key=lambda x: x[1])
    if later - day != timedelta(days=1):
        return True
    return (
        first.minutes[1] + rest_after(first.minutes[1], rest_hours * 60)
        <= second.minutes[0] + DAY_MINUTES
    )


def _taken(standing: Iterable[Standing], days: Sequence[date]) -> dict[int, int]:
    """How many shifts that stand lie in the calendar week of each day."""
    weeks = Counter(s.day - timedelta(days=s.day.weekday()) for s in standing)
    return {i: n for i, day in enumerate(days) if (n := weeks[day - timedelta(days=day.weekday())])}


def merged(
    standing: Sequence[Placed],
    draft: Sequence[Placed],
    asked_at: datetime,
    able: Callable[[int, int, datetime, datetime], bool],
    beside: Sequence[Placed] = (),
) -> tuple[set[int], set[int], set[int]]:
    """Put a draft in force where meanwhile life went on. Returns ids: of what stays in force, of the draft's shifts that give way to it, and of those left to nobody.

    A shift stays where somebody has signed in, or was given it by hand since the draft was asked for and later than by hand in the draft.
    Nobody's becomes what the draft gives to somebody who is no longer able (person, station, from, to), or who stands elsewhere then, also in what
    stands `beside`: what has begun, or lies before and after.
    """
    stay, yields = (
        [
            s
            for s in standing
            if s.came or (s.person_id is not None and s.changed_at and s.changed_at > asked_at)
        ],
        set(),
    )
    kept: list[Placed] = []
    for s in stay:
        mates = sorted(
            (
                d
                for d in draft
                if (d.station_id, d.day) == (s.station_id, s.day) and d.id not in yields
            ),
            key=lambda d: (d.person_id != s.person_id, d.id),
        )
        if (
            mates
            and mates[0].changed_at
            and not s.came
            and s.changed_at
            and mates[0].changed_at > s.changed_at
        ):
            continue
        yields |= {d.id for d in mates[:1]}
        kept.append(s)
    nobodys = {
        d.id for d in draft if d.id not in yields and d.person_id is not None
        and (not able(d.person_id, d.station_id, d.starts_at, d.ends_at) or any(k.person_id == d.person_id and k.starts_at < d.ends_at and d.starts_at < k.ends_at for k in (*kept, *beside)))
    }  # fmt: skip
    return {s.id for s in kept}, yields, nobodys


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
    stations: Sequence[StationFacts], people: Sequence[PersonFacts], days: Sequence[date], kinds_of_day: tuple[Collection[date], Collection[date]],
    demands: Sequence[Demand], told: Mapping[str, int], before: Mapping[tuple[int, str], int],
) -> Iterable[Fair]:  # fmt: skip
    """What is shared evenly: each kind of station among those who serve there, nights, days without school, and public holidays among these."""
    school_days, holidays = kinds_of_day
    groups: dict[str, list[int]] = defaultdict(list)
    for k, s in enumerate(stations):
        groups[s.kind].append(k)
        if s.by_night:
            groups["nights"].append(k)
    wanted = [
        (
            name,
            frozenset((d.day, d.kind) for d in demands if d.kind in kinds),
            told["nights" if name == "nights" else "all"],
        )
        for name, kinds in groups.items()
    ]
    free = frozenset((d.day, d.kind) for d in demands if days[d.day] not in school_days)
    feast = frozenset(c for c in free if days[c[0]] in holidays)
    for part in _clusters(stations, people):
        wanted += [
            (name, frozenset(c for c in cells if c[1] in part), told[name])
            for name, cells in (("days_off", free), ("holidays", feast))
        ]
    for name, cells, weight in wanted:
        at = {stations[k].id for _, k in cells}
        among = tuple(w for w, p in enumerate(people) if p.stations & at)
        if weight and cells and len(among) > 1:
            yield Fair(
                name, cells, among, weight, {w: before.get((people[w].id, name), 0) for w in among}
            )


def _clusters(stations: Sequence[StationFacts], people: Sequence[PersonFacts]) -> list[set[int]]:
    """Stations that the same people serve at belong together: teachers are not compared with guards."""
    left = {s.id: k for k, s in enumerate(stations)}
    out: list[set[int]] = []
    for person in people:
        mine = {left[s] for s in person.stations if s in left}
        joined = [c for c in out if c & mine]
        out = [c for c in out if not c & mine] + ([set().union(mine, *joined)] if mine else [])
    return out


def conflicts(
    drawn: Drawn, solution: Solution, empty: Sequence[tuple[int, int]]
) -> list[dict[str, object]]:
    """Why places (day, kind) stay empty: which rules collide, and which of them let go would do. Some of each kind, and not for longer than `EXPLAINING`."""
    from anyuan.rostering.conflicts import why  # loads the solver, which no page needs

    out: list[dict[str, object]] = []
    seen: set[tuple[object, ...]] = set()
    asked: Counter[int] = Counter()
    began = time.monotonic()
    for day, kind in empty:
        if len(out) == EXPLAINED or time.monotonic() - began > EXPLAINING:
            break
        if asked[kind] == EXPLAINED:
            continue
        asked[kind] += 1
        found = why(drawn.problem, solution, day, kind)
        same = (kind, tuple(r for r in found.rules if r[0] != "cover"))
        if same in seen:
            continue
        seen.add(same)
        out.append({
            "day": drawn.days[day].isoformat(), "station": drawn.stations[kind].name, "wanted": found.wanted, "able": found.able,
            "rules": [r[0] for r in found.rules if r[0] != "cover"], "enough": [r[0] for r in found.enough if r[0] != "cover"],
            "with": sorted({drawn.stations[r[2]].name for r in found.rules if r[0] == "cover"}),
        })  # fmt: skip
    return out


def fair_share(mine: int, others: Sequence[int]) -> float:
    """How much more somebody has had than the mean of all; below zero: less."""
    everybody = [mine, *others]
    return mine - sum(everybody) / len(everybody)
