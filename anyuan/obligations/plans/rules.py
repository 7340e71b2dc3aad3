"""From words to what a computer checks: measure, window, who is bound, which of two demands is stricter. Pure values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Protocol

from anyuan.activities import rules as activities

RECURRING = {"shift", "day", "week", "month", "quarter", "term", "half_year", "year"}
WINDOW = {**{p: p for p in RECURRING}, "shift": "day"}
DECLARE_EVERY = "month"
ABSENT = Decimal(
    10
)  # minutes without anybody signed in that break "around the clock"; our own bound, that after which an empty station is shown above
MINUTES: dict[str, Decimal | int] = {
    "秒": Decimal(1) / 60,
    "分钟": 1,
    "小时": 60,
    "钟头": 60,
    "天": 1440,
    "日": 1440,
    "工作日": 1440,
    "周": 10080,
    "月": 43200,
    "年": 525600,
}
MOST_MINUTES = 10 * 525600
# What a window is long, in days, only to compare two demands.
LENGTH = {
    "day": 1,
    "week": 7,
    "month": 30,
    "quarter": 91,
    "term": 140,
    "half_year": 182,
    "year": 365,
}
TIMES = {
    "次",
    "遍",
    "趟",
    "回",
    "圈",
    "轮",
    "场",
    "场次",
    "课时",
    "学时",
    "节",
    "节课",
    "堂",
    "堂课",
    "期",
    "篇",
    "份",
    "",
}
AUTHORITIES: dict[str, tuple[str, ...]] = {
    "教育局": ("education_bureau",),
    "公安机关": ("police_bureau",),
    "公安派出所": ("police_station",),
    "民警": ("police_station",),
    "综治办": ("office",),
    "镇街": ("town",),
    "联合检查组": ("education_bureau", "police_bureau", "office"),
    "各单位": ("town", "education_bureau", "police_bureau", "police_station", "office"),
    "市场监管部门": (),
    "消防部门": (),
}
CAMPUSES = ("school", "kindergarten")
# A demand that grows with the number of pupils: 1000人起每500人加1
STEP = re.compile(r"(\d{1,5})人起每(\d{1,5})人加(\d{1,3})")


class Read(Protocol):
    """What the reader says of one duty."""

    @property
    def activity(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def comparator(self) -> str: ...
    @property
    def quantity(self) -> Decimal | float | None: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def period(self) -> str: ...
    @property
    def due(self) -> str | None: ...


@dataclass(frozen=True)
class Check:
    """How a duty is checked. `needed` in the measure's own unit: times, people, percent, minutes."""

    measure: str
    window: str
    needed: Decimal | None
    comparator: str


def check(read: Read) -> Check:
    """Return how a duty is checked; what no fact can measure must be declared at an interval."""
    quantity = None if read.quantity is None else Decimal(str(read.quantity))
    unit = read.unit or ""
    activity = activities.get(read.activity)
    declared = Check("declared", DECLARE_EVERY, None, "exists")
    if (
        unit == "小时"
        and quantity == 24
        and read.period == "continuous"
        and activity.family == "duty_post"
    ):
        return Check("present", "day", ABSENT, "<=")
    if unit.endswith("/次"):
        base = unit.removesuffix("/次")
        minutes = (quantity or 0) * Decimal(MINUTES.get(base, 0))
        if "夜" in (read.due or "") + read.action and 0 < minutes <= MOST_NIGHT:
            return Check("nightly", "day", minutes, "<=")
        if base in {"周", "月", "年", "天", "日"} and quantity:
            return (
                Check(
                    "count",
                    {"周": "week", "月": "month", "年": "year"}.get(base, "day"),
                    None,
                    ">=",
                )
                if quantity == 1
                else declared
            )
        return Check("every", "day", minutes, "<=") if 0 < minutes <= MOST_MINUTES else declared
    if unit == "%" and quantity is not None:
        below = activity.level and activity.field("holds") is not None
        return Check("share" if below else "level", DECLARE_EVERY, quantity, read.comparator)
    if quantity == 0 and read.comparator == "==":
        return Check("never", DECLARE_EVERY, quantity, "==")
    if unit in MINUTES and read.comparator == "<=" and activity.answers and quantity is not None:
        limit = quantity * Decimal(MINUTES[unit])
        return Check("within", "event", limit, "<=") if limit <= MOST_MINUTES else declared
    if read.period in RECURRING:
        if unit in TIMES:
            return Check(
                "count",
                WINDOW[read.period],
                quantity if quantity is not None else Decimal(1),
                "<=" if read.comparator == "<=" else ">=",
            )
        return declared
    if (
        read.due
        and read.period in {"before_date", "once"}
        and first_date(read.due)
        and unit in TIMES
    ):
        return Check("by", "by", quantity if quantity is not None else Decimal(1), ">=")
    if (
        activity.level
        and activity.field("quantity")
        and quantity is not None
        and read.period == "continuous"
    ):
        return Check("level", DECLARE_EVERY, quantity, "<=" if read.comparator == "<=" else ">=")
    return declared


MOST_NIGHT = 12 * 60  # minutes; a longer interval is not one within a night


@dataclass(frozen=True)
class Manned:
    """What a unit's stations say: which posts are manned there, when its night is, in minutes of the day (an end before the start is the next day's), and in how many shifts of a day rounds are walked.

    `rounds` None: no station walks rounds.
    """

    posts: frozenset[str]
    night: tuple[int, int] | None
    rounds: int | None = None


def post_of(holder: str, words: str) -> str:
    """Which post "around the clock" speaks of: a kind of station, or empty for whichever is manned."""
    for post, marks in (("dormitory", "宿寝公寓"), ("gate", "门保安传达"), ("leader", "领导")):
        if any(m in holder + words for m in marks):
            return post
    return ""


_HOURS = re.compile(
    r"(\d{1,2})[::时点](\d{2})?分?\s*(?:至|到|-|—|–|~|～)+\s*(?:次日|第二天|翌日|凌晨|次日凌晨)*\s*(\d{1,2})[::时点](\d{2})?"
)


def hours(words: str) -> tuple[int, int] | None:
    """The hours that the words of a nightly duty name, in minutes of the day; None if they name none."""
    found = _HOURS.search(words)
    if found is None:
        return None
    first, last = (int(found[i]) * 60 + int(found[i + 1] or 0) for i in (1, 3))
    return (first, last) if first < 1440 and last <= 1440 and first != last else None


def nights(
    check_: Check, holder: str, words: str, manned: Manned | None
) -> tuple[Check, str, tuple[int, int] | None]:
    """How a duty of presence or of the night is checked at one unit: (check, post, minutes [from, to) of the day or into the next).

    Where the unit's stations don't say who is where or when the night is, a person must declare it.
    """
    declared = Check("declared", DECLARE_EVERY, None, "exists")
    if check_.measure == "present":
        post = post_of(holder, words)
        known = manned is not None and (post in manned.posts if post else bool(manned.posts))
        return (check_, post, None) if known else (declared, "", None)
    if check_.measure == "nightly":
        span = hours(words) or (manned.night if manned else None)
        if span is None:
            return declared, "", None
        return check_, "", (span[0], span[1] if span[1] > span[0] else span[1] + 1440)
    return check_, "", None


def first_date(due: str) -> str | None:
    """The last date of a due in the exchange form, without its year if it has none; None for words."""
    found = re.findall(r"(?:\d{4}-)?\d{2}-\d{2}", due)
    return found[-1] if found and not due.startswith("@") else None


def in_stage(
    start: int, due_on: date | None, span: Sequence[int], starts: date, ends: date
) -> bool:
    """Whether a duty is a task of a stage: its words stand in the stage's own, or it is due within the stage's days."""
    return bool(span and span[0] <= start < span[1]) or bool(due_on and starts <= due_on < ends)


def due_dates(due: str, starts: date, ends: date) -> tuple[date, date] | None:
    """Return [from, until) of a due within a plan that runs over [starts, ends); the year follows from the plan.

    None if the due is words, or is no date of the calendar.
    """
    found = re.findall(r"(?:\d{4}-)?\d{2}-\d{2}", due or "")
    if not found or due.startswith("@"):
        return None
    last = in_plan(found[-1], starts, ends)
    if last is None:
        return None
    first = in_plan(found[0], starts, ends) if len(found) > 1 else starts
    begin = first if first and first <= last else starts
    return min(begin, last), last + timedelta(days=1)


def in_plan(text: str, starts: date, ends: date) -> date | None:
    """Give `MM-DD` the year that lies within the plan; a date with a year keeps it."""
    if len(text) == 10:
        return _date(int(text[:4]), text[5:])
    for year in range(starts.year, ends.year + 1):
        day = _date(year, text)
        if day and starts <= day < ends:
            return day
    return _date(starts.year, text)


def _date(year: int, month_day: str) -> date | None:
    try:
        return date(year, int(month_day[:2]), int(month_day[3:]))
    except ValueError:
        return date(year, 2, 28) if month_day == "02-29" else None


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
    """Whether a duty's scope names this campus; an unknown trait binds, so that nothing is silently excused."""
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
        else:
            kinds.extend(CAMPUSES)
    return tuple(dict.fromkeys(kinds))


EACH_SHIFT = ("班次", "岗")


def needed(
    check_: Check, per: str, period: str, site: Site, rounds: int | None = None
) -> tuple[Decimal | None, Decimal | None]:
    """Return (needed, cap): per class, shift or building the demand multiplies and each slot counts at most its own.

    :param rounds: in how many shifts of a day rounds are walked by the unit's stations, where the duty is one of rounds; else what the unit says.
    needed is None where the unit's number of classes, shifts or buildings is not known.
    """
    if step := STEP.fullmatch(per):
        base, each, more = (int(g) for g in step.groups())
        grown = (
            None
            if site.pupils is None or check_.needed is None
            else check_.needed + more * max(0, (site.pupils - base) // each)
        )
        return grown, None
    if check_.measure != "count" or check_.needed is None:
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
    starts: date = date.min
    ends: date = date.max


def stricter(demands: Sequence[Demand]) -> dict[int, int]:
    """Return which demand yields to which, for those that ask the same thing in different plans; ties keep the first."""
    out: dict[int, int] = {}
    for one in demands:
        best = one
        for other in demands:
            if _same(one, other) and _strength(other) > _strength(best):
                best = other
        if best.key != one.key:
            out[one.key] = best.key
    return out


def _same(a: Demand, b: Demand) -> bool:
    return (
        a.plan != b.plan
        and a.activity == b.activity
        and a.measure == b.measure
        and a.measure in {"count", "every", "level"}
        and a.starts < b.ends
        and b.starts < a.ends
        and (not a.words or not b.words or bool(a.words & b.words))
    )


def _strength(d: Demand) -> Decimal:
    if d.needed is None:
        return Decimal(-1)
    if d.measure == "every":
        return -d.needed
    return d.needed / LENGTH.get(d.window, 1) if d.measure == "count" else d.needed


def key_words(action: str, activity_code: str) -> frozenset[str]:
    """The telling words of an action, by which two plans' demands are recognised as the same."""
    words = [w for w, n in activities.get(activity_code).words if n >= 5 and w in action]
    return frozenset(w for w in words if not any(w != o and w in o for o in words))


def open_items(reviews: Iterable[str]) -> int:
    return sum(1 for r in reviews if r == "proposed")


# -- moves --------------------------------------------------------------------
TRANSITIONS = {("draft", "adopted"): "plan.adopt", ("adopted", "retired"): "plan.adopt"}


# -- versions -----------------------------------------------------------------
class Duty(Protocol):
    """What comparing two versions of a plan asks of a duty."""

    pk: int
    action: str
    activity: str
    holder: str
    measure: str
    comparator: str
    quantity: Decimal | None
    measure_unit: str
    period: str
    per: str
    due: str
    applies_to: str


COMPARED = (
    "action",
    "activity",
    "holder",
    "comparator",
    "quantity",
    "measure_unit",
    "period",
    "per",
    "due",
    "applies_to",
)
ALIKE = 0.62  # below this two sentences speak of different things; chosen on the sample plans


@dataclass(frozen=True)
class Pair[D: Duty]:
    """A duty of the old version and its match in the new one; one of them None: dropped, or new."""

    old: D | None
    new: D | None
    changed: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        if self.old is None:
            return "new"
        if self.new is None:
            return "gone"
        return "changed" if self.changed else "same"

    @property
    def sides(self) -> tuple[D | None, D | None]:
        return self.old, self.new


def compare[D: Duty](old: Sequence[D], new: Sequence[D]) -> list[Pair[D]]:
    """Match two versions duty by duty, best matches first; in the order of the new one, what is gone at the end."""
    scored = sorted(
        ((_alike(a, b), i, j) for i, a in enumerate(old) for j, b in enumerate(new)),
        key=lambda s: (-s[0], s[1], s[2]),
    )
    of_new: dict[int, int] = {}
    taken: set[int] = set()
    for score, i, j in scored:
        if score >= ALIKE and i not in taken and j not in of_new:
            taken.add(i)
            of_new[j] = i
    pairs = [
        Pair(old[of_new[j]], b, _changes(old[of_new[j]], b)) if j in of_new else Pair(None, b)
        for j, b in enumerate(new)
    ]
    return pairs + [Pair(a, None) for i, a in enumerate(old) if i not in taken]


def _alike(a: Duty, b: Duty) -> float:
    if a.measure != b.measure and a.activity != b.activity:
        return 0.0
    words = SequenceMatcher(None, a.action, b.action)
    if words.quick_ratio() < 0.35:
        return 0.0
    return 0.6 * words.ratio() + 0.3 * (a.activity == b.activity) + 0.1 * (a.period == b.period)


def _changes(a: Duty, b: Duty) -> tuple[str, ...]:
    return tuple(name for name in COMPARED if getattr(a, name) != getattr(b, name))
