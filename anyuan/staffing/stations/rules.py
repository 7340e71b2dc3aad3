"""What a station asks on which day, and what keeps somebody from serving there. Pure values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from anyuan.kernel.clock import LOCAL

DAY_MINUTES = 1440
MOST_STATIONS = 120
MOST_ZONES = 60
MOST_CLASSES = 40  # of one zone
MOST_BUSY = 100  # lessons and wishes of one person


@dataclass(frozen=True)
class StationFacts:
    id: int
    name: str
    kind: str
    starts: time
    ends: time
    when: str
    people: int
    certificate: str = ""
    gender: str = ""

    @property
    def minutes(self) -> tuple[int, int]:
        """From and to in minutes of its day; an end at or before the start is on the next day."""
        first, last = (t.hour * 60 + t.minute for t in (self.starts, self.ends))
        return first, last if last > first else last + DAY_MINUTES

    @property
    def by_night(self) -> bool:
        return self.kind == "night" or self.minutes[1] > DAY_MINUTES


def manned(
    when: str,
    day: date,
    school_days: Collection[date],
    holidays: Collection[date] = (),
    vacation: Collection[date] = (),
) -> bool:
    """Whether a station is manned on a day. Holidays and vacation are days without school too."""
    if when in {"holidays", "vacation"}:
        return day in (holidays if when == "holidays" else vacation)
    if when == "school_nights":
        return day + timedelta(days=1) in school_days
    return when == "every_day" or (day in school_days) == (when == "school_days")


def span(station: StationFacts, day: date) -> tuple[datetime, datetime]:
    """When a shift there begins and ends, as moments."""
    midnight = datetime.combine(day, time(0), LOCAL)
    first, last = station.minutes
    return tuple((midnight + timedelta(minutes=m)).astimezone(UTC) for m in (first, last))  # type: ignore[return-value]


@dataclass(frozen=True)
class PersonFacts:
    """Somebody who may serve.

    `leaves` are moments; `busy` rows are (kind, weekday | None, starts, ends, from minute, to
    minute).
    """

    id: int
    name: str
    stations: frozenset[int]
    gender: str = ""
    certificate: str = ""
    certificate_until: date | None = None
    most_a_week: int | None = None
    leaves: tuple[tuple[datetime, datetime], ...] = ()
    busy: tuple[tuple[str, int | None, date | None, date | None, int, int], ...] = ()


def hindrance(
    person: PersonFacts, station: StationFacts, day: date, school_days: Collection[date]
) -> str | None:
    """Why somebody who may serve at a station cannot on this day; None if nothing is in the way."""
    if station.gender and person.gender != station.gender:
        return "gender"
    if station.certificate and (
        person.certificate != station.certificate
        or (person.certificate_until is not None and person.certificate_until <= day)
    ):
        return "certificate"
    starts, ends = span(station, day)
    if any(a < ends and starts < b for a, b in person.leaves):
        return "leave"
    if any(b[0] == "lesson" and meets(b[1:], day, station, school_days) for b in person.busy):
        return "lesson"
    return None


Row = tuple[int | None, date | None, date | None, int, int]


def meets(row: Row, day: date, station: StationFacts, only: Collection[date] | None = None) -> bool:
    """Whether something said of a weekday or of some days falls into a shift of this day, also into
    its part after midnight; `only` some days it is true of.
    """
    a, b = station.minutes
    return _falls(row, day, a, b, only) or (
        b > DAY_MINUTES
        and row[4] <= DAY_MINUTES
        and _falls(row, day + timedelta(days=1), max(0, a - DAY_MINUTES), b - DAY_MINUTES, only)
    )


def _falls(row: Row, day: date, a: int, b: int, only: Collection[date] | None) -> bool:
    weekday, starts, ends, first, last = row
    if (only is not None and day not in only) or (weekday is not None and weekday != day.weekday()):
        return False
    if starts is not None and ends is not None and not starts <= day < ends:
        return False
    return first < b and a < last


def classes_in(text: str) -> list[str]:
    """The classes that were typed, each once, in order; 一年级(1)-(4)班 stands for four."""
    out: list[str] = []
    for word in re.split(r"[、,，;；\s]+", text):
        found = re.fullmatch(
            r"(.*?)[(（]?(\d{1,2})[)）]?[-–—~至到][(（]?(\d{1,2})[)）]?(班?)", word
        )
        if found and int(found[2]) <= int(found[3]):
            out += [f"{found[1]}{n}{found[4]}" for n in range(int(found[2]), int(found[3]) + 1)]
        elif word:
            out.append(word[:20])
    return list(dict.fromkeys(out))


_HOURS = re.compile(r"(\d{1,2}[:：]\d{2})[-–—~至到](\d{1,2}[:：]\d{2})")


def hours_in(text: str) -> tuple[time, time] | None:
    """From and to, as in 09:50-10:20; None if it is none."""
    found = _HOURS.fullmatch(text)
    try:
        starts, ends = (
            (time.fromisoformat(t.replace("：", ":").zfill(5)) for t in found.groups())
            if found
            else (time(0), time(0))
        )
    except ValueError:
        return None
    return (starts, ends) if starts < ends else None


def _closed_up(line: str) -> str:
    """A line without the blanks around the dash of a range."""
    return re.sub(r"\s*([-–—~至到])\s*(?=\d)", r"\1", line.strip())


def breaks_in(text: str) -> list[tuple[str, time, time]] | None:
    """The breaks that somebody typed, one a line: 大课间 09:50-10:20. None if a line is none."""
    out = []
    for line in filter(str.strip, text.splitlines()):
        words = _closed_up(line).split()
        hours = hours_in(words[-1])
        if len(words) != 2 or hours is None or len(words[0]) > 12:
            return None
        out.append((words[0], *hours))
    return out


@dataclass(frozen=True)
class Lesson:
    """A lesson of every week; `who` as somebody typed it, `weekday` 0 on Monday."""

    who: str
    weekday: int
    starts: time
    ends: time


_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_PERIODS = re.compile(r"第?(\d{1,2})(?:[-–—~至到]第?(\d{1,2}))?节?")


def timetable_in(text: str) -> tuple[list[Lesson], list[int]]:
    """The lessons that somebody typed or pasted, and the numbers of the lines that are none.

    A line says when a period is (第1节 08:00-08:40) or who has lessons when (李老师 周一 1-2 4 周三
    09:00-10:30); periods may stand anywhere.
    """
    lines = [
        (n, re.split(r"[\s、,，;；]+", _closed_up(line)))
        for n, line in enumerate(text.splitlines(), 1)
        if line.strip()
    ]
    periods: dict[int, tuple[time, time]] = {}
    rest = []
    for n, words in lines:
        number, hours = _PERIODS.fullmatch(words[0]), hours_in(words[-1])
        if number and not number[2] and hours and len(words) == 2:
            periods[int(number[1])] = hours
        else:
            rest.append((n, words))
    lessons: list[Lesson] = []
    unread: list[int] = []
    for n, (who, *words) in rest:
        found = _lessons(who, [w for w in words if w], periods)
        lessons += found
        if not found:
            unread.append(n)
    return lessons, unread


def _lessons(
    who: str, words: Sequence[str], periods: Mapping[int, tuple[time, time]]
) -> list[Lesson]:
    """The lessons of one line; none if any word of it is not understood."""
    out: list[Lesson] = []
    weekday: int | None = None
    for word in words:
        if day := _WEEKDAY.fullmatch(word):
            weekday = "一二三四五六日".index(day[1].replace("天", "日"))
            continue
        hours, numbers = hours_in(word), _PERIODS.fullmatch(word)
        spans = (
            [hours]
            if hours
            else (
                [periods.get(i) for i in range(int(numbers[1]), int(numbers[2] or numbers[1]) + 1)]
                if numbers
                else []
            )
        )
        if weekday is None or not spans or None in spans:
            return []
        out += [Lesson(who, weekday, *span) for span in spans if span]
    return out


def leaders(stations: Sequence[StationFacts]) -> tuple[set[str], list[tuple[str, str]]]:
    """On which days ("school_days", "days_off") stations are manned but no leader's is; and the
    leader's stations that overlap, by name.
    """
    always = {
        "every_day": {"school_days", "days_off"},
        "school_nights": {"school_days"},
        "school_days": {"school_days"},
    }
    on = [(s, always.get(s.when, {"days_off"})) for s in stations]
    lead = [(s, days) for s, days in on if s.kind == "leader"]
    # Who leads only on holidays, or in the vacation, leads on some days without school, and not on
    # all.
    led = {d for s, days in lead if s.when not in {"holidays", "vacation"} for d in days}
    twice = [
        (a.name, b.name)
        for i, (a, mine) in enumerate(lead)
        for b, theirs in lead[i + 1 :]
        if mine & theirs and a.minutes[0] < b.minutes[1] and b.minutes[0] < a.minutes[1]
    ]
    return {d for _, days in on for d in days} - led, twice


# minutes between two zones that come out so nearly together that their parents stand there at once;
# our own bound
CLOSE = 5


def together(zones: Sequence[tuple[time, int]]) -> int:
    """The most classes that come out within five minutes of one another."""
    minutes = sorted((t.hour * 60 + t.minute, n) for t, n in zones)
    return max(
        (sum(n for m, n in minutes if first <= m <= first + CLOSE) for first, _ in minutes),
        default=0,
    )
