"""Reads of stations and of who may serve there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet

from anyuan.kernel.scoping import remembered, visible
from anyuan.obligations.plans.rules.standing import Manned
from anyuan.org.people.models import Person, Post
from anyuan.org.units.models import Unit

from .models import (
    Busy,
    BusyKind,
    DutyCard,
    Gender,
    Serving,
    Station,
    StationKind,
    WaitingZone,
    When,
)
from .rules import StationFacts

NOON = 720  # minutes; a night station that begins before it belongs to the night before

__all__ = [
    "Busy",
    "BusyKind",
    "DutyCard",
    "Gender",
    "Station",
    "StationKind",
    "WaitingZone",
    "When",
]


def stations(unit: Unit) -> list[Station]:
    """The open stations of a unit, each with the people who may serve there (`people_here`)."""
    able = Serving.objects.filter(person__left_on=None).select_related("person")
    here = Prefetch("serving", able.order_by("person__pinyin", "pk"))
    rows = Station.objects.filter(unit=unit, closed_on=None).select_related("place")
    return list(rows.prefetch_related(here).order_by("starts", "name", "pk"))


def zones(unit: Unit) -> list[WaitingZone]:
    return list(
        WaitingZone.objects.filter(unit=unit)
        .select_related("place")
        .order_by("comes_out", "name", "pk")
    )


def zone(pk: int) -> WaitingZone:
    """:raises Invisible:"""
    return visible(WaitingZone.objects.select_related("unit", "place").order_by("pk"), pk)


def station(pk: int) -> Station:
    """:raises Invisible:"""
    return visible(Station.objects.select_related("unit", "place").order_by("pk"), pk)


def servants(row: Station) -> set[int]:
    """Who may serve at a station, by id."""
    return set(
        Serving.objects.filter(station=row, person__left_on=None).values_list(
            "person_id", flat=True
        )
    )


def manned(unit_ids: Sequence[int]) -> dict[int, Manned]:
    """Which posts units man, when their night is (from the first night station's start to the last
    one's end), and in how many shifts of a school day rounds are walked.

    Where there are stations of patrol, those and the ones of the night walk rounds; a gate alone
    cannot be left.
    """
    return remembered(("manned", tuple(unit_ids)), lambda: _manned(unit_ids))


def _manned(unit_ids: Sequence[int]) -> dict[int, Manned]:
    posts: dict[int, set[str]] = defaultdict(set)
    nights: dict[int, list[Station]] = defaultdict(list)
    walked: Counter[int] = Counter()
    for row in Station.objects.filter(unit_id__in=list(unit_ids), closed_on=None).order_by("pk"):
        posts[row.unit_id].add(row.kind)
        walked[row.unit_id] += row.kind in {StationKind.PATROL, StationKind.NIGHT} and row.when in {
            When.SCHOOL_DAYS,
            When.EVERY_DAY,
            When.SCHOOL_NIGHTS,
        }
        if row.kind == StationKind.NIGHT:
            nights[row.unit_id].append(row)
    return {
        pk: Manned(
            frozenset(kinds),
            _night(nights[pk]),
            walked[pk] if StationKind.PATROL in kinds else None,
        )
        for pk, kinds in posts.items()
    }


def _night(rows: Sequence[Station]) -> tuple[int, int] | None:
    if not rows:
        return None
    spans = [(s.starts.hour * 60 + s.starts.minute, s.ends.hour * 60 + s.ends.minute) for s in rows]
    first = min(a if a >= NOON else a + 1440 for a, _ in spans)
    last = max(b + 1440 if b <= NOON else b for _, b in spans)
    return first % 1440, last % 1440


def facts_of(row: Station) -> StationFacts:
    return StationFacts(
        row.pk,
        row.name,
        row.kind,
        row.starts,
        row.ends,
        row.when,
        row.people,
        row.certificate,
        row.gender,
    )


def cards(unit: Unit) -> dict[int, DutyCard]:
    return {c.person_id: c for c in DutyCard.objects.filter(unit=unit).order_by("pk")}


def busy(unit: Unit) -> dict[int, list[Busy]]:
    out: dict[int, list[Busy]] = defaultdict(list)
    for row in Busy.objects.filter(unit=unit).order_by("kind", "weekday", "starts", "pk"):
        out[row.person_id].append(row)
    return out


def minutes_of(row: Busy) -> tuple[int, int]:
    """From and to as minutes of the day; all day reaches into the night after it."""
    if row.from_time is None or row.to_time is None:
        return 0, 2 * 24 * 60
    return (
        row.from_time.hour * 60 + row.from_time.minute,
        row.to_time.hour * 60 + row.to_time.minute,
    )


def card(person_id: int) -> DutyCard | None:
    return (
        DutyCard.objects.filter(person_id=person_id).select_related("person").order_by("pk").first()
    )


def card_of_guest(person_id: int) -> DutyCard | None:
    """The card of somebody whose link may be open; none of who left."""
    return (
        DutyCard.objects.filter(person_id=person_id, person__left_on=None)
        .select_related("person", "unit")
        .order_by("pk")
        .first()
    )


def guests(unit: Unit, persons: QuerySet[Any]) -> list[DutyCard]:
    """The cards of those among some people who have no account."""
    return list(
        DutyCard.objects.filter(
            unit=unit, person__in=persons, person__left_on=None, person__username=None
        )
        .select_related("person")
        .order_by("pk")
    )


def by_feed(token: str) -> DutyCard | None:
    return (
        DutyCard.objects.filter(feed=token, person__left_on=None)
        .select_related("person", "unit")
        .order_by("pk")
        .first()
    )


def people_of(unit: Unit) -> list[Person]:
    """Everybody of a unit with their open posts, to choose who serves."""
    held = Prefetch("posts", Post.objects.filter(until=None))
    rows = Person.objects.filter(unit=unit, left_on=None).prefetch_related(held)
    return list(rows.order_by("pinyin", "name", "pk"))


@dataclass(frozen=True)
class Servant:
    """Somebody who serves, as the list shows: where, with what limits, when not; `ended`: the
    certificate is over.
    """

    person: Person
    stations: list[str]
    card: DutyCard | None
    busy: list[Busy]
    ended: bool


def serving(unit: Unit, today: date) -> list[Servant]:
    """Everybody who may serve at a unit. Three queries."""
    at: dict[int, list[str]] = defaultdict(list)
    persons: dict[int, Person] = {}
    for row in (
        Serving.objects.filter(unit=unit, station__closed_on=None, person__left_on=None)
        .select_related("person", "station")
        .order_by("person__pinyin", "person", "station__starts", "pk")
    ):
        at[row.person_id].append(row.station.name)
        persons[row.person_id] = row.person
    known, lessons = cards(unit), busy(unit)
    out = []
    for pk, person in persons.items():
        card_ = known.get(pk)
        out.append(
            Servant(
                person,
                at[pk],
                card_,
                lessons.get(pk, []),
                bool(card_ and card_.certificate_until and card_.certificate_until <= today),
            )
        )
    return out


def busy_of(person_id: int) -> list[Busy]:
    return list(
        Busy.objects.filter(person_id=person_id).order_by("kind", "weekday", "starts", "pk")
    )


def weekdays() -> list[tuple[int, str]]:
    from django.utils.dates import WEEKDAYS

    return [(i, str(WEEKDAYS[i])) for i in range(7)]
