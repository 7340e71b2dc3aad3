"""What a duty that was read becomes: its measure, window and what it is short of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from anyuan.record.activities import rules as activities

from .dates import first_date
from .standing import Manned, post_of

RECURRING = {"shift", "day", "week", "month", "quarter", "term", "half_year", "year"}


WINDOW = {**{p: p for p in RECURRING}, "shift": "day"}


DECLARE_EVERY = "month"


# Minutes without anybody signed in that break "around the clock"; our own bound, that after which
# an empty station is shown above.
ABSENT = Decimal(10)


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


# 每周一次 said as an interval is once in each week of the calendar.
BY_CALENDAR = {"周": "week", "月": "month", "年": "year", "天": "day", "日": "day"}


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
    "政府": (),
    "交通运输部门": (),
    "文化部门": (),
}
# An office or a firm that no list holds is no school; what names a part of a school is.
_OFFICE = re.compile(r"(?:局|厅|政府|机关|公司|企业|机构|协会|支队|大队|部门|委员会|单位)$")
_OF_SCHOOL = re.compile(r"校|园|班|年级|家长|家委|膳食|后勤|保卫|安全|职能|内设|宿舍|食堂")


def is_other_office(name: str) -> bool:
    """Whether a duty's holder is an office or a firm that is no unit here."""
    return name not in AUTHORITIES and bool(_OFFICE.search(name)) and not _OF_SCHOOL.search(name)


CAMPUSES = ("school", "kindergarten")


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
    """How a duty is checked.

    `needed` in the measure's own unit: times, people, percent, minutes.
    """

    measure: str
    window: str
    needed: Decimal | None
    comparator: str


DECLARED = Check("declared", DECLARE_EVERY, None, "exists")


def check(read: Read) -> Check:
    """Return how a duty is checked; what no fact can measure must be declared at an interval."""
    ways = (_around_the_clock, _at_intervals, _percent, _never, _answered, _recurring, _by_date)
    for way in (*ways, _level):
        found = way(read)
        if found is not None:
            return found
    return DECLARED


def _quantity(read: Read) -> Decimal | None:
    return None if read.quantity is None else Decimal(str(read.quantity))


def _around_the_clock(read: Read) -> Check | None:
    """24 小时值守: somebody signed in at every moment."""
    day_long = read.unit == "小时" and read.quantity == 24 and read.period == "continuous"
    if day_long and activities.get(read.activity).family == "duty_post":
        return Check("present", "day", ABSENT, "<=")
    return None


def _at_intervals(read: Read) -> Check | None:
    """每 2 小时一次: no gap longer than so many minutes."""
    base = (read.unit or "").removesuffix("/次")
    if base == read.unit or not (read.unit or ""):
        return None
    quantity = _quantity(read) or Decimal(0)
    minutes = quantity * Decimal(MINUTES.get(base, 0))
    by_night = "夜" in (read.due or "") + read.action
    if by_night and 0 < minutes <= MOST_NIGHT:
        return Check("nightly", "day", minutes, "<=")
    if base in BY_CALENDAR and quantity:
        return Check("count", BY_CALENDAR[base], Decimal(1), ">=") if quantity == 1 else DECLARED
    return Check("every", "day", minutes, "<=") if 0 < minutes <= MOST_MINUTES else DECLARED


def _percent(read: Read) -> Check | None:
    quantity = _quantity(read)
    if read.unit != "%" or quantity is None:
        return None
    activity = activities.get(read.activity)
    below = activity.level and activity.field("holds") is not None
    return Check("share" if below else "level", DECLARE_EVERY, quantity, read.comparator)


def _never(read: Read) -> Check | None:
    if _quantity(read) == 0 and read.comparator == "==":
        return Check("never", DECLARE_EVERY, Decimal(0), "==")
    return None


def _answered(read: Read) -> Check | None:
    """30 分钟内报告: so many minutes from one fact to the one that answers it."""
    quantity, unit = _quantity(read), read.unit or ""
    if unit not in MINUTES or quantity is None or read.comparator != "<=":
        return None
    if not activities.get(read.activity).answers:
        return None
    limit = quantity * Decimal(MINUTES[unit])
    return Check("within", "event", limit, "<=") if limit <= MOST_MINUTES else DECLARED


def _recurring(read: Read) -> Check | None:
    if read.period not in RECURRING:
        return None
    if (read.unit or "") not in TIMES:
        return DECLARED
    return Check("count", WINDOW[read.period], _times(read), _bound(read))


def _by_date(read: Read) -> Check | None:
    dated = read.period in {"before_date", "once"} and read.due and first_date(read.due)
    if dated and (read.unit or "") in TIMES:
        return Check("by", "by", _times(read), ">=")
    return None


def _level(read: Read) -> Check | None:
    quantity, activity = _quantity(read), activities.get(read.activity)
    holds = activity.level and activity.field("quantity") and read.period == "continuous"
    if holds and quantity is not None:
        return Check("level", DECLARE_EVERY, quantity, _bound(read))
    return None


def _times(read: Read) -> Decimal:
    """How often; a duty that says no number is owed once in its window."""
    quantity = _quantity(read)
    return Decimal(1) if quantity is None else quantity


def _bound(read: Read) -> str:
    return "<=" if read.comparator == "<=" else ">="


MOST_NIGHT = 12 * 60  # minutes; a longer interval is not one within a night


_HOURS = re.compile(
    r"(\d{1,2})[::时点](\d{2})?分?\s*(?:至|到|-|—|–|~|～)+\s*(?:次日|第二天|翌日|凌晨|次日凌晨)*\s*(\d{1,2})[::时点](\d{2})?"
)


def hours(words: str) -> tuple[int, int] | None:
    """The hours that the words of a nightly duty name, in minutes of the day; None if they name
    none.
    """
    found = _HOURS.search(words)
    if found is None:
        return None
    first, last = (int(found[i]) * 60 + int(found[i + 1] or 0) for i in (1, 3))
    return (first, last) if first < 1440 and last <= 1440 and first != last else None


def nights(
    check_: Check, holder: str, words: str, manned: Manned | None
) -> tuple[Check, str, tuple[int, int] | None]:
    """How a duty of presence or of the night is checked at one unit: (check, post, minutes [from,
    to) of the day or into the next).

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
