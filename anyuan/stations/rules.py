"""What a station asks on which day, and what keeps somebody from serving there. Pure values."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from anyuan.kernel.clock import LOCAL

DAY_MINUTES = 1440
MOST_STATIONS = 120
MOST_ZONES = 60
MOST_CLASSES = 40  # of one zone


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


def manned(when: str, day: date, school_days: Collection[date]) -> bool:
    """Whether a station is manned on a day."""
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
    """Somebody who may serve. `leaves` are moments; `busy` rows are (kind, weekday | None, starts, ends, from minute, to minute)."""

    id: int
    name: str
    stations: frozenset[int]
    gender: str = ""
    certificate: str = ""
    certificate_until: date | None = None
    most_a_week: int | None = None
    leaves: tuple[tuple[datetime, datetime], ...] = ()
    busy: tuple[tuple[str, int | None, date | None, date | None, int, int], ...] = ()


def hindrance(person: PersonFacts, station: StationFacts, day: date, school_days: Collection[date]) -> str | None:
    """Why somebody who may serve at a station cannot on this day; None if nothing is in the way."""
    if station.gender and person.gender != station.gender:
        return "gender"
    if station.certificate and (person.certificate != station.certificate or (person.certificate_until is not None and person.certificate_until <= day)):
        return "certificate"
    starts, ends = span(station, day)
    if any(a < ends and starts < b for a, b in person.leaves):
        return "leave"
    if day in school_days and any(kind == "lesson" and meets(row, day, station) for kind, *row in person.busy):
        return "lesson"
    return None


def meets(row: Sequence[object], day: date, station: StationFacts) -> bool:
    """Whether something said of a weekday or of some days falls into a shift of this day."""
    weekday, starts, ends, first, last = row
    if weekday is not None and weekday != day.weekday():
        return False
    if starts is not None and not (starts <= day < ends):  # type: ignore[operator]
        return False
    a, b = station.minutes
    return bool(first < b and a < last)  # type: ignore[operator]


def classes_in(text: str) -> list[str]:
    """The classes that somebody typed, each once, in their order; 一年级(1)-(4)班 stands for four."""
    out: list[str] = []
    for word in re.split(r"[、,，;；\s]+", text):
        found = re.fullmatch(r"(.*?)[(（]?(\d{1,2})[)）]?[-–—~至到][(（]?(\d{1,2})[)）]?(班?)", word)
        if found and int(found[2]) <= int(found[3]):
            out += [f"{found[1]}{n}{found[4]}" for n in range(int(found[2]), int(found[3]) + 1)]
        elif word:
            out.append(word[:20])
    return list(dict.fromkeys(out))


_BREAK = re.compile(r"^(\S{1,12})\s+(\d{1,2}[::]\d{2})\s*[-–—~至到]\s*(\d{1,2}[::]\d{2})$")


def breaks_in(text: str) -> list[tuple[str, time, time]] | None:
    """The breaks that somebody typed, one a line: 大课间 09:50-10:20. None if a line is none."""
    out = []
    for line in text.splitlines():
        if not line.strip():
            continue
        found = _BREAK.match(line.strip())
        if found is None:
            return None
        try:
            starts, ends = (time.fromisoformat(found[i].replace(":", ":").zfill(5)) for i in (2, 3))
        except ValueError:
            return None
        if starts >= ends:
            return None
        out.append((found[1], starts, ends))
    return out


CLOSE = 5  # minutes between two zones that come out so nearly together that their parents stand there at once; our own bound


def together(zones: Sequence[tuple[time, int]]) -> int:
    """The most classes that come out within five minutes of one another."""
    minutes = sorted((t.hour * 60 + t.minute, n) for t, n in zones)
    return max((sum(n for m, n in minutes if first <= m <= first + CLOSE) for first, _ in minutes), default=0)
