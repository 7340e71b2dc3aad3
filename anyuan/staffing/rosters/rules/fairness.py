"""What is shared evenly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from anyuan.staffing.engine.problem import (
    Demand,
    Fair,
)
from anyuan.staffing.stations.rules import (
    PersonFacts,
    StationFacts,
)


def fairs(
    stations: Sequence[StationFacts],
    people: Sequence[PersonFacts],
    days: Sequence[date],
    kinds_of_day: tuple[Collection[date], Collection[date]],
    demands: Sequence[Demand],
    told: Mapping[str, int],
    before: Mapping[tuple[int, str], int],
) -> Iterable[Fair]:
    """What is shared evenly: each kind of station among those who serve there, nights, days without
    school, and public holidays among these.
    """
    wanted = _by_kind(stations, demands, told)
    wanted += _by_day(stations, people, days, kinds_of_day, demands, told)
    for name, cells, weight in wanted:
        at = {stations[k].id for _, k in cells}
        among = tuple(w for w, p in enumerate(people) if p.stations & at)
        if weight and cells and len(among) > 1:
            counted = {w: before.get((people[w].id, name), 0) for w in among}
            yield Fair(name, cells, among, weight, counted)


Share = tuple[str, frozenset[tuple[int, int]], int]  # what, its (day, kind), its weight


def _by_kind(
    stations: Sequence[StationFacts], demands: Sequence[Demand], told: Mapping[str, int]
) -> list[Share]:
    groups: dict[str, list[int]] = defaultdict(list)
    for k, station in enumerate(stations):
        groups[station.kind].append(k)
        if station.by_night:
            groups["nights"].append(k)
    return [
        (
            name,
            frozenset((d.day, d.kind) for d in demands if d.kind in kinds),
            told["nights" if name == "nights" else "all"],
        )
        for name, kinds in groups.items()
    ]


def _by_day(
    stations: Sequence[StationFacts],
    people: Sequence[PersonFacts],
    days: Sequence[date],
    kinds_of_day: tuple[Collection[date], Collection[date]],
    demands: Sequence[Demand],
    told: Mapping[str, int],
) -> list[Share]:
    school_days, holidays = kinds_of_day
    free = frozenset((d.day, d.kind) for d in demands if days[d.day] not in school_days)
    feast = frozenset(cell for cell in free if days[cell[0]] in holidays)
    shares: list[Share] = []
    for part in clusters(stations, people):
        for name, cells in (("days_off", free), ("holidays", feast)):
            here = frozenset(cell for cell in cells if cell[1] in part)
            shares.append((name, here, told[name]))
    return shares


def clusters(stations: Sequence[StationFacts], people: Sequence[PersonFacts]) -> list[set[int]]:
    """Stations that the same people serve at belong together: teachers are not compared with
    guards.
    """
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
