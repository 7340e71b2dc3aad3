"""Whom a duty binds, how much it asks, which of two is stricter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from anyuan.record.activities import rules as activities

from .checking import AUTHORITIES, CAMPUSES, LENGTH, Check, is_other_office
from .standing import STEP_WORDS


class Site(Protocol):
    """What binding asks of a unit."""

    kind: str
    stage: str
    urban: bool | None
    boarding: bool | None
    private: bool | None
    school_bus: bool | None
    high_risk: bool | None
    weak_base: bool | None
    pupils: int | None
    classes: int | None
    buildings: int | None
    shifts: int | None


def applies(applies_to: str, site: Site) -> bool:
    """Whether a duty's scope names this campus; an unknown trait binds, so that nothing is silently
    excused.
    """
    traits: dict[str, bool | None] = {
        "boarding": site.boarding,
        "urban": site.urban,
        "rural": None if site.urban is None else not site.urban,
        "private": site.private,
        "school_bus": site.school_bus,
        "high_risk": site.high_risk,
        "weak_base": site.weak_base,
        "kindergarten": site.kind == "kindergarten",
        "primary_secondary": site.kind == "school",
        "primary": site.stage in {"primary", "primary_secondary"},
        "secondary": site.stage in {"secondary", "primary_secondary"},
        "special": site.stage == "special",
        # GB/T 29315-2022 §5 (certainty 2*): its largest class begins at 1,000 pupils.
        "large": None if site.pupils is None else site.pupils >= 1000,
    }
    return traits.get(applies_to, True) is not False


def bound_kinds(holder: str, activity_code: str) -> tuple[str, ...]:
    """Return the kinds of unit that owe a duty of this holder."""
    names = holder.split("/")
    activity = activities.get(activity_code)
    kinds: list[str] = []
    for name in names:
        if (
            name in {"民警", "公安派出所"}
            and activity.about == "campus"
            and activity.family in {"police_visit", "lesson"}
        ):
            kinds.extend(CAMPUSES)
        elif name in AUTHORITIES:
            kinds.extend(AUTHORITIES[name])
        elif name == "幼儿园":
            kinds.append("kindergarten")
        elif not is_other_office(name):
            kinds.extend(CAMPUSES)
    return tuple(dict.fromkeys(kinds))


EACH_SHIFT = ("班次", "岗")


def needed(
    check_: Check, per: str, period: str, site: Site, rounds: int | None = None
) -> tuple[Decimal | None, Decimal | None]:
    """Return (needed, cap): per class, shift or building the demand multiplies and each slot counts
    at most its own.

    :param rounds: in how many shifts of a day rounds are walked by the unit's stations, where the
    duty is one of rounds; else what the unit says.
    needed is None where the unit's number of classes, shifts or buildings is not known.
    """
    if step := STEP_WORDS.fullmatch(per):
        base, each, more = (int(g) for g in step.groups())
        grown = (
            None
            if site.pupils is None or check_.needed is None
            else check_.needed + more * max(0, (site.pupils - base) // each)
        )
        return grown, None
    if check_.measure not in {"count", "by"} or check_.needed is None:
        return check_.needed, None
    many: int | None = 1
    if period == "shift" or per in EACH_SHIFT:
        many = rounds or site.shifts
    elif per in {"班", "班级"}:
        many = site.classes
    elif per in {"楼", "楼层", "层"}:
        many = site.buildings
    else:
        return check_.needed, None
    return (None if many is None else check_.needed * many), check_.needed


@dataclass(frozen=True)
class Demand:
    """One unit's side of an obligation, to be compared with another plan's."""

    key: int
    plan: int
    activity: str
    measure: str
    window: str
    needed: Decimal | None
    words: frozenset[str]
    text: str = ""
    starts: date = date.min
    ends: date = date.max


def stricter(demands: Sequence[Demand]) -> dict[int, int]:
    """Return which demand yields to which, for those that ask the same thing in different plans.

    Of equals the first counts, so that what two plans ask alike is owed once.
    """
    alike: dict[tuple[str, str], list[Demand]] = {}
    for one in demands:
        alike.setdefault((one.activity, one.measure), []).append(one)
    out: dict[int, int] = {}
    for group in alike.values():
        for one in group:
            best = max((one, *(o for o in group if _same(one, o))), key=_rank)
            if best.key != one.key:
                out[one.key] = best.key
    return out


def _same(a: Demand, b: Demand) -> bool:
    if a.plan == b.plan or a.starts >= b.ends or b.starts >= a.ends:
        return False
    if a.measure in COMPARABLE:
        return not a.words or not b.words or _share(a.words, b.words)
    return (a.text, a.window, a.needed) == (b.text, b.window, b.needed)


def _share(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether two demands have a telling word in common: 巡逻 and 校园巡逻 are one."""
    return any(one in other or other in one for one in a for other in b)


# What can be more or less; of anything else only what is asked in the same words is the same.
COMPARABLE = {"count", "every", "level"}


def _rank(d: Demand) -> tuple[Decimal, int]:
    return _strength(d), -d.key


def _strength(d: Demand) -> Decimal:
    if d.needed is None:
        return Decimal(-1)
    if d.measure == "every":
        return -d.needed
    return d.needed / LENGTH.get(d.window, 1) if d.measure == "count" else d.needed
