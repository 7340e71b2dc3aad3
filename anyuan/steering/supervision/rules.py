"""The draw that anybody can make again, notices' numbers and words. Pure values."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

NOTICE_TRANSITIONS = {
    ("issued", "served"): "hazard.assign",
    ("served", "answered"): "hazard.assign",
    ("answered", "closed"): "supervision.do",
    ("answered", "served"): "supervision.do",
    ("closed", "served"): "supervision.do",  # where one of its hazards is open again
}
VISIT_TRANSITIONS = {
    ("planned", "arrived"): "supervision.do",
    ("planned", "cancelled"): "supervision.do",
    ("arrived", "cancelled"): "supervision.do",  # where whoever began it cannot end it
    ("arrived", "done"): "supervision.do",
}
TRANSITIONS = NOTICE_TRANSITIONS | VISIT_TRANSITIONS
MOST_PROBLEMS, PROBLEM_LENGTH = 30, 80  # of one notice or visit; our own bounds
LONGEST = timedelta(days=366)  # a deadline lies at most so far ahead; our own bound

# What a notice rests on. The ordinance is 国务院令第421号 (in force since 2004-12-01).
BASES = {
    "421-16": "《企业事业单位内部治安保卫条例》第十六条",
    "421-11": "《企业事业单位内部治安保卫条例》第十一条",
    "guide": "《教育系统重大事故隐患判定指南》（教发厅函〔2024〕20号）",
}
# Of the ordinance, article 19: what follows where the police ordered it and it is not done.
CONSEQUENCE = (
    "依据《企业事业单位内部治安保卫条例》第十九条，未按期整改的，由公安机关责令限期整改、处警告；"
    "逾期不整改造成损害或者严重威胁的，依法对单位和责任人处罚款。"
)


@dataclass(frozen=True)
class Entrant:
    """A school in a draw: the more it weighs, the likelier it is drawn. `why`: what weighs."""

    pk: int
    name: str
    weight: int
    why: str = ""


@dataclass(frozen=True)
class Inspector:
    """Somebody who may be sent; not to schools of `home`, the path of their own unit, nor where
    else they hold a role (`roles`, paths).
    """

    pk: int
    name: str
    home: str
    is_police: bool = False
    roles: tuple[str, ...] = ()


def share(seed: str, *parts: object) -> float:
    """A number between 0 and 1 that anybody makes again from the seed."""
    text = "|".join([seed, *map(str, parts)])
    return (int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) + 0.5) / 16**13


def draw_schools(seed: str, entrants: Sequence[Entrant], count: int) -> list[Entrant]:
    """Draw without repetition; each next one with the chance of its weight among those left
    (Efraimidis and Spirakis 2006).
    """
    keyed = sorted(entrants, key=lambda e: (-math.log(share(seed, e.pk)) / e.weight, e.pk))
    return keyed[:count]


def is_free(inspector: Inspector, school_path: str, office_path: str) -> bool:
    """Whether somebody has no interest in what is found: not of the school itself, nor of an office
    between it and the one that draws, which answers for the school.
    """
    return not any(
        at.startswith(school_path) or (school_path.startswith(at) and len(at) > len(office_path))
        for at in (inspector.home, *inspector.roles)
    )


def draw_inspectors(
    seed: str, school: int, free: Sequence[Inspector], count: int, load: Mapping[int, int]
) -> list[Inspector]:
    """Whoever goes to a school: those with fewest visits first, among them by the seed."""
    ordered = sorted(free, key=lambda i: (load.get(i.pk, 0), share(seed, school, i.pk), i.pk))
    return ordered[:count]


def draw_joint(
    seed: str, school: int, free: Sequence[Inspector], count: int, load: Mapping[int, int]
) -> list[Inspector]:
    """The same, but one of the police and one of another office go in any case."""
    ordered = draw_inspectors(seed, school, free, len(free), load)
    first = [next(i for i in ordered if i.is_police == police) for police in (True, False)]
    return [*first, *(i for i in ordered if i not in first)][:count]


def is_joint(inspectors: Sequence[Inspector]) -> bool:
    """Whether both the police and another office are among them."""
    return len({i.is_police for i in inspectors}) == 2


# What is printed beside a draw: whoever has its table as draw.csv runs it and compares.
SCRIPT = """import csv, hashlib, math, sys
seed, count = sys.argv[1], int(sys.argv[2])
def share(*parts):
    text = "|".join([seed, *map(str, parts)])
    return (int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) + 0.5) / 16**13
rows = [(int(r[0]), r[1], int(r[2])) for r in csv.reader(open("draw.csv", encoding="utf-8-sig"))]
rows.sort(key=lambda r: (-math.log(share(r[0])) / r[2], r[0]))
for number, name, weight in rows[:count]:
    print(number, name, weight)
"""
