"""Reads the public Shift Scheduling Benchmark Instances as problems of the roster engine; they are
not part of the project.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from anyuan.staffing.engine.problem import Demand, Kind, Problem, Wish, Worker

FOLDER = Path(__file__).parents[2] / "shared" / "rosters"
# The best known cost of each, for all twelve also the proven lower bound, as published with the
# instances.
BEST = {
    1: 607,
    2: 828,
    3: 1001,
    4: 1716,
    5: 1143,
    6: 1950,
    7: 1056,
    8: 1300,
    9: 439,
    10: 4631,
    11: 3443,
    12: 4040,
}


def sections(text: str) -> dict[str, list[list[str]]]:
    out: dict[str, list[list[str]]] = {}
    current = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("SECTION_"):
            current = line.removeprefix("SECTION_")
            out[current] = []
        elif line and not line.startswith("#"):
            out[current].append([part.strip() for part in line.split(",")])
    return out


def read(text: str) -> Problem:
    """One instance; its border rules are the engine's own: a stretch that touches the border is
    long enough.
    """
    parts = sections(text)
    days = int(parts["HORIZON"][0][0])
    names = {row[0]: k for k, row in enumerate(parts["SHIFTS"])}
    kinds = tuple(Kind(row[0], 0, 0, int(row[1])) for row in parts["SHIFTS"])
    after = frozenset(
        (names[row[0]], names[other])
        for row in parts["SHIFTS"]
        for other in row[2].split("|")
        if other
    )
    off = {row[0]: [int(d) for d in row[1:]] for row in parts["DAYS_OFF"]}
    people = {row[0]: w for w, row in enumerate(parts["STAFF"])}
    return Problem(
        days=days,
        kinds=kinds,
        workers=tuple(_worker(row, names, off.get(row[0], [])) for row in parts["STAFF"]),
        demands=tuple(
            Demand(int(d), names[k], int(n), int(under), int(over))
            for d, k, n, under, over in parts["COVER"]
        ),
        wishes=tuple(_wishes(parts, people, names)),
        weekends=tuple((d, d + 1) for d in range(5, days, 7)),
        weeks=tuple(tuple(range(d, d + 7)) for d in range(0, days, 7)),
        next_day=after,
    )


def _worker(row: list[str], names: dict[str, int], off: list[int]) -> Worker:
    most = {names[part.split("=")[0]]: int(part.split("=")[1]) for part in row[1].split("|")}
    able = frozenset(k for k in names.values() if most.get(k, 1) > 0)
    return Worker(
        name=row[0],
        able=able,
        never={(d, k): "day off" for d in off for k in able},
        most={k: n for k, n in most.items() if n > 0},
        most_minutes=int(row[2]),
        least_minutes=int(row[3]),
        most_in_a_row=int(row[4]),
        least_in_a_row=int(row[5]),
        least_off_in_a_row=int(row[6]),
        most_weekends=int(row[7]),
    )


def _wishes(
    parts: dict[str, list[list[str]]], people: dict[str, int], names: dict[str, int]
) -> Iterator[Wish]:
    for section, wants in (("SHIFT_ON_REQUESTS", True), ("SHIFT_OFF_REQUESTS", False)):
        for who, day, kind, weight in parts[section]:
            yield Wish(people[who], int(day), names[kind], wants, int(weight))


def numbered(number: int) -> Problem:
    """:raises FileNotFoundError: the instances are not here."""
    return read((FOLDER / f"Instance{number}.txt").read_text("utf-8"))


def longer(number: int, times: int, people: int) -> Problem:
    """A public instance again and again: its demands, wishes and limits as often, its people until
    there are so many, their days off drawn anew after the first time.
    """
    once, draw = numbered(number), random.Random(number)
    days, there = once.days * times, len(once.workers)
    share = people / there
    workers = tuple(
        _longer(once.workers[w % there], f"{w}", once.days, times, draw) for w in range(people)
    )
    return replace(
        once,
        days=days,
        workers=workers,
        demands=tuple(
            replace(d, day=d.day + t * once.days, wanted=round(d.wanted * share))
            for t in range(times)
            for d in once.demands
        ),
        wishes=tuple(
            replace(x, worker=w, day=x.day + t * once.days)
            for t in range(times)
            for w in range(people)
            for x in once.wishes_of.get(w % there, ())
        ),
        weekends=tuple((d, d + 1) for d in range(5, days, 7)),
        weeks=tuple(tuple(range(d, d + 7)) for d in range(0, days, 7)),
    )


def _longer(worker: Worker, name: str, days: int, times: int, draw: random.Random) -> Worker:
    off = sorted({d for d, _k in worker.never})
    never = set(off) | {t * days + draw.randrange(days) for t in range(1, times) for _d in off}
    return replace(
        worker,
        name=name,
        never={(d, k): "day off" for d in never for k in worker.able},
        most={k: n * times for k, n in worker.most.items()},
        least_minutes=(worker.least_minutes or 0) * times,
        most_minutes=(worker.most_minutes or 0) * times,
        most_weekends=(worker.most_weekends or 0) * times,
    )


def larger(people: int = 150, weeks: int = 52, shifts: int = 32, seed: int = 24) -> Problem:
    """One of the same family, as large as its largest, made here: every limit, weight and share of
    requests is posed as they draw them.
    """
    draw = random.Random(seed)
    days, bands = 7 * weeks, 4
    kinds = tuple(Kind(f"{'adpn'[k * bands // shifts]}{k}", 0, 0, 480) for k in range(shifts))
    band = [k * bands // shifts for k in range(shifts)]
    workers, wishes = [], []
    for w in range(people):
        row, rest = draw.choice([(5, 2), (5, 2), (6, 3)])
        off = sorted(draw.sample(range(days), weeks // 2))
        able = frozenset(
            k for k in range(shifts) if draw.random() < (0.3 if band[k] == bands - 1 else 0.6)
        ) or frozenset({0})
        most = {k: weeks for k in able if band[k] == bands - 1}
        workers.append(
            Worker(
                name=f"{w}",
                able=able,
                never={(d, k): "day off" for d in off for k in able},
                most=most,
                most_minutes=2160 * weeks,
                least_minutes=1890 * weeks,
                most_in_a_row=row,
                least_in_a_row=2,
                least_off_in_a_row=rest,
                most_weekends=weeks // 2,
            )
        )
        for d in range(days):
            if d not in off and draw.random() < 0.12:
                wishes.append(
                    Wish(w, d, draw.choice(sorted(able)), draw.random() < 0.5, draw.randint(1, 3))
                )
    a_day = people * 4.2 / 7 / shifts
    demands = tuple(
        Demand(d, k, max(1, round(a_day * draw.uniform(0.6, 1.4))), 100, 1)
        for d in range(days)
        for k in range(shifts)
    )
    return Problem(
        days=days,
        kinds=kinds,
        workers=tuple(workers),
        demands=demands,
        wishes=tuple(wishes),
        weekends=tuple((d, d + 1) for d in range(5, days, 7)),
        weeks=tuple(tuple(range(d, d + 7)) for d in range(0, days, 7)),
        next_day=frozenset(
            (a, b) for a in range(shifts) for b in range(shifts) if band[a] > band[b]
        ),
    )
