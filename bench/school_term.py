"""A term of a school of 120 as the roster engine sees it; the same every time."""

from __future__ import annotations

import random

from anyuan.staffing.engine.problem import Demand, Fair, Kind, Problem, Wish, Worker, apart

# name, from, to (minutes), how many, on school days, on days off, who: leaders, guards, teachers
POSTS = [
    ("带班领导", 420, 1080, 1, True, True, "leaders"),
    ("大门早班", 360, 840, 2, True, True, "guards"),
    ("大门晚班", 840, 1320, 2, True, True, "guards"),
    ("夜班", 1320, 1800, 1, True, True, "guards"),
    ("早护学岗", 430, 480, 4, True, False, "teachers"),
    ("晚护学岗", 980, 1040, 4, True, False, "teachers"),
    ("课间东楼梯", 560, 700, 2, True, False, "teachers"),
    ("课间西楼梯", 560, 700, 2, True, False, "teachers"),
    ("午间巡查", 720, 800, 2, True, False, "teachers"),
    ("宿舍晚检", 1200, 1350, 2, True, False, "teachers"),
]


def problem(*, staff: int = 120, weeks: int = 20, seed: int = 7) -> Problem:
    rng = random.Random(seed)
    days = weeks * 7
    kinds = tuple(Kind(name, a, b, b - a) for name, a, b, *_ in POSTS)
    groups = {"leaders": range(8), "guards": range(8, 22), "teachers": range(22, staff)}
    same, after = apart(kinds, 11 * 60)
    of = {k: set(groups[post[6]]) for k, post in enumerate(POSTS)}
    school_day = [d % 7 < 5 for d in range(days)]
    workers = []
    for w in range(staff):
        able = frozenset(k for k, who in of.items() if w in who)
        never: dict[tuple[int, int], str] = {}
        for d in range(days):
            for k in able:
                if w in groups["teachers"] and d % 7 < 5 and rng.random() < 0.15:
                    never[d, k] = "lesson"
        for _ in range(2):
            first = rng.randrange(days)
            for d in range(first, min(days, first + 3)):
                never |= {(d, k): "leave" for k in able}
        guard = w in groups["guards"]
        workers.append(
            Worker(
                f"p{w}",
                able,
                never,
                most_a_week=5 if guard else 3,
                most_in_a_row=6 if guard else None,
                most_a_day=1,
            )
        )
    demands = [
        Demand(d, k, post[3])
        for d in range(days)
        for k, post in enumerate(POSTS)
        if (post[4] if school_day[d] else post[5])
    ]
    wishes = [Wish(rng.randrange(staff), rng.randrange(days), None, False, 20) for _ in range(300)]
    fairs = [
        Fair(
            "all",
            frozenset((d.day, d.kind) for d in demands if d.kind >= 4),
            tuple(groups["teachers"]),
            10,
        ),
        Fair(
            "weekends",
            frozenset((d.day, d.kind) for d in demands if d.day % 7 >= 5),
            (*groups["leaders"], *groups["guards"]),
            20,
        ),
        Fair(
            "nights",
            frozenset((d.day, d.kind) for d in demands if d.kind == 3),
            tuple(groups["guards"]),
            30,
        ),
        Fair(
            "guards",
            frozenset((d.day, d.kind) for d in demands if 1 <= d.kind <= 3),
            tuple(groups["guards"]),
            10,
        ),
        Fair(
            "leaders",
            frozenset((d.day, d.kind) for d in demands if d.kind == 0),
            tuple(groups["leaders"]),
            10,
        ),
    ]
    return Problem(
        days,
        kinds,
        tuple(workers),
        tuple(demands),
        tuple(wishes),
        tuple(fairs),
        tuple((d, d + 1) for d in range(5, days, 7)),
        tuple(tuple(range(d, min(d + 7, days))) for d in range(0, days, 7)),
        same,
        after,
    )
