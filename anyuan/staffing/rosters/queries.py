"""Reads of rosters, shifts, and who is on duty; scoped by the database to what the viewer may see."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.scoping import visible
from anyuan.people.models import Person
from anyuan.stations import queries as stations
from anyuan.stations.models import Serving, Station, StationKind
from anyuan.stations.queries import facts_of
from anyuan.stations.rules import DAY_MINUTES, PersonFacts, hindrance
from anyuan.units import queries as units
from anyuan.units import rules as calendar
from anyuan.units.models import Unit

from .models import (
    Leave,
    LeaveState,
    Request,
    Roster,
    RosterState,
    Shift,
    Swap,
    SwapState,
)
from .rules import (
    LONGEST_ROW,
    WEIGHTS,
    Drawn,
    Placed,
    Standing,
    days_beside,
    draw,
    fair_share,
    rested,
)

__all__ = ["Leave", "LeaveState", "Roster", "RosterState", "Shift", "Swap", "SwapState"]


def people_facts(unit: Unit, starts: date, ends: date) -> list[PersonFacts]:
    """Everybody who may serve at a unit, with what the roster must know of them. Four queries."""
    serving: dict[int, set[int]] = defaultdict(set)
    names: dict[int, str] = {}
    for row in (
        Serving.objects.filter(unit=unit, station__closed_on=None, person__left_on=None)
        .select_related("person")
        .order_by("person__pinyin", "pk")
    ):
        serving[row.person_id].add(row.station_id)
        names[row.person_id] = row.person.name
    known, lessons = stations.cards(unit), stations.busy(unit)
    leaves: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    wished: dict[int, list[tuple[str, None, date, date, int, int]]] = defaultdict(list)
    for leave in Leave.objects.filter(
        unit=unit,
        state__in=[LeaveState.ASKED, LeaveState.APPROVED],
        starts_at__lt=midnight(ends) + timedelta(days=1),
        ends_at__gt=midnight(starts),
    ).order_by("pk"):
        if leave.state == LeaveState.APPROVED:
            leaves[leave.person_id].append((leave.starts_at, leave.ends_at))
        else:
            # Until it is approved it binds nobody; a roster goes round it where it can.
            wished[leave.person_id].append(
                (
                    stations.BusyKind.RATHER_NOT,
                    None,
                    local_day(leave.starts_at),
                    local_day(leave.ends_at) + timedelta(days=1),
                    0,
                    2 * DAY_MINUTES,
                )
            )
    out = []
    for person_id, at in serving.items():
        card = known.get(person_id)
        rows = (
            *(
                (b.kind, b.weekday, b.starts, b.ends, *stations.minutes_of(b))
                for b in lessons.get(person_id, ())
            ),
            *wished[person_id],
        )
        out.append(PersonFacts(
            person_id, names[person_id], frozenset(at), card.gender if card else "", card.certificate if card else "",
            card.certificate_until if card else None, card.most_a_week if card else None, tuple(leaves[person_id]), rows,
        ))  # fmt: skip
    return out


# -- rosters ---------------------------------------------------------------------
def rosters(unit: Unit) -> list[Roster]:
    return list(
        Roster.objects.filter(unit=unit)
        .exclude(state=RosterState.REPLACED)
        .annotate(places=Count("shifts"), empty=Count("shifts", filter=Q(shifts__person=None)))
        .order_by("-starts", "-pk")[:20]
    )


def roster(pk: int) -> Roster:
    """:raises Invisible:"""
    return visible(Roster.objects.select_related("unit").order_by("pk"), pk)


def to_make(stale: datetime) -> list[int]:
    """Rosters that wait to be made, and those whose maker has been silent since `stale`."""
    rows = Roster.objects.filter(
        Q(state=RosterState.ASKED) | Q(state=RosterState.MAKING, heard_at__lt=stale)
    )
    return list(rows.order_by("asked_at").values_list("pk", flat=True))


def ahead(found: Roster) -> int:
    return Roster.objects.filter(
        state__in=[RosterState.ASKED, RosterState.MAKING], asked_at__lt=found.asked_at
    ).count()


def bounds(unit: Unit) -> dict[str, int]:
    """The weights and bounds by which a unit made its last roster."""
    last = Roster.objects.filter(unit=unit, away=None).order_by("-asked_at", "-pk").first()
    return {**WEIGHTS, **(last.weights if last else {})}


def placed(rows: QuerySet[Shift]) -> list[Placed]:
    return [
        Placed(
            s.pk,
            s.station_id,
            s.person_id,
            s.day,
            s.starts_at,
            s.ends_at,
            s.changed_at,
            s.came_at is not None,
        )
        for s in rows.order_by("pk")
    ]


def school_days(unit: Unit, starts: date, ends: date) -> set[date]:
    return set(calendar.school_days(starts, ends, units.terms(unit), units.exceptions(unit)))


def school_year(day: date) -> date:
    """The first of September at or before a day."""
    return date(day.year if day.month >= 9 else day.year - 1, 9, 1)


def served(unit: Unit, before: date) -> Counter[tuple[int, str]]:
    """What each person served since September before a day, by (person, "nights" | "days_off" | "holidays" | kind of station)."""
    first = school_year(before)
    free = school_days(unit, first, before)
    out: Counter[tuple[int, str]] = Counter()
    for shift in (
        Shift.objects.filter(
            unit=unit, holds=True, person__isnull=False, day__gte=first, day__lt=before
        )
        .select_related("station")
        .order_by("pk")
    ):
        assert shift.person_id is not None
        out[shift.person_id, shift.station.kind] += 1
        if facts_of(shift.station).by_night:
            out[shift.person_id, "nights"] += 1
        if shift.day not in free:
            out[shift.person_id, "days_off"] += 1
            out[shift.person_id, "holidays"] += calendar.is_public_holiday(shift.day)
    return out


def drawn(found: Roster) -> Drawn:
    """A roster as a problem of the engine; what stands on its days should stay."""
    days = [found.starts + timedelta(days=i) for i in range((found.ends - found.starts).days)]
    terms = units.terms(found.unit)
    away = (found.away_id, found.away_on) if found.away_id and found.away_on else None
    # What has begun stays, except where somebody must be found for it.
    begun = Q(starts_at__lte=found.asked_at) & ~(
        Q(person=found.away_id, day=found.away_on, came_at=None, ends_at__gt=found.asked_at)
        if away
        else Q(pk__in=[])
    )
    standing = Shift.objects.filter(
        unit=found.unit, holds=True, day__gte=found.starts, day__lt=found.ends, person__isnull=False
    ).order_by("pk")
    keep = [
        (p, d, s)
        for p, d, s in standing.exclude(begun).values_list("person_id", "day", "station_id")
        if p is not None
    ]
    beyond = Q(day__lt=found.starts, day__gte=found.starts - timedelta(days=LONGEST_ROW)) | Q(
        day__gte=found.ends, day__lt=found.ends + timedelta(days=LONGEST_ROW)
    )
    inside = Q(day__gte=found.starts, day__lt=found.ends)
    near = _shifts().filter(
        beyond | begun & inside, unit=found.unit, holds=True, person__isnull=False
    )
    stand = [
        Standing(s.person_id or 0, facts_of(s.station), s.day, s.starts_at, s.ends_at) for s in near
    ]
    going = [s for s in stand if found.starts <= s.day < found.ends]
    around = [s for s in stand if not found.starts <= s.day < found.ends]
    return draw(
        [facts_of(s) for s in stations.stations(found.unit)], people_facts(found.unit, found.starts, found.ends), days,
        school_days(found.unit, found.starts, found.ends + timedelta(days=1)), found.weights, served(found.unit, found.starts), keep, around, away, going, found.asked_at,
        {d for d in days if calendar.is_public_holiday(d)}, {d for d in days if not any(t.starts <= d < t.ends for t in terms)},
    )  # fmt: skip


def _shifts() -> QuerySet[Shift]:
    return Shift.objects.select_related("station", "station__place", "person").order_by(
        "starts_at", "station__name", "pk"
    )


@dataclass(frozen=True)
class Table:
    """A roster as people know it: days down, stations across; each cell its shifts."""

    days: list[date]
    stations: list[Station]
    cells: dict[tuple[date, int], list[Shift]]
    school: set[date]

    @property
    def rows(self) -> list[tuple[date, bool, list[list[Shift]]]]:
        return [
            (d, d in self.school, [self.cells.get((d, s.pk), []) for s in self.stations])
            for d in self.days
        ]


def table(unit: Unit, starts: date, ends: date, found: Roster | None = None) -> Table:
    """What is in force at a unit over [starts, ends), or what one roster says. Four queries, however many shifts."""
    rows = _shifts().filter(unit=unit, day__gte=starts, day__lt=ends)
    rows = rows.filter(roster=found) if found else rows.filter(holds=True)
    cells: dict[tuple[date, int], list[Shift]] = defaultdict(list)
    at: dict[int, Station] = {}
    for shift in rows:
        cells[shift.day, shift.station_id].append(shift)
        at[shift.station_id] = shift.station
    days = [starts + timedelta(days=i) for i in range((ends - starts).days)]
    return Table(
        days,
        sorted(at.values(), key=lambda s: (s.kind != StationKind.LEADER, s.starts, s.name)),
        dict(cells),
        school_days(unit, starts, ends),
    )


# -- shifts ----------------------------------------------------------------------
def shift(pk: int) -> Shift:
    """:raises Invisible:"""
    return visible(
        _shifts().select_related("station", "station__place", "person", "unit", "roster"), pk
    )


def of_person(person_id: int, starts: datetime, ends: datetime) -> list[Shift]:
    """The shifts in force of somebody that touch [starts, ends)."""
    return list(
        _shifts()
        .select_related("station", "station__place", "person", "unit")
        .filter(person_id=person_id, holds=True, starts_at__lt=ends, ends_at__gt=starts)
    )


def on_duty(unit_ids: Sequence[int], now: datetime) -> list[Shift]:
    """Who is on duty now, leaders first; an empty one too."""
    rows = _shifts().filter(
        unit_id__in=list(unit_ids), holds=True, starts_at__lte=now, ends_at__gt=now
    )
    return sorted(
        rows,
        key=lambda s: (s.station.kind != StationKind.LEADER, s.starts_at, s.station.name, s.pk),
    )


# -- standing in -----------------------------------------------------------------
@dataclass(frozen=True)
class Substitute:
    """Somebody who might stand in: `why_not` what is in the way; `above` shifts above the mean of all who serve there; `near`: on campus around that time."""

    person: Person
    why_not: str | None
    above: float
    near: bool
    asked: Request | None


def _beside(found: Shift) -> Q:
    """The shifts that stand beside one: those in force, or in a draft its own on its days."""
    if found.holds:
        return Q(holds=True)
    return Q(roster=found.roster) | Q(holds=True) & (
        Q(day__lt=found.roster.starts) | Q(day__gte=found.roster.ends)
    )


def substitutes(found: Shift, without: Shift | None = None) -> list[Substitute]:
    """Who could stand in for a shift, best first: who can, who has had least, who is there anyway. A dozen queries, however many people.

    `without` a shift that they would give away for it.
    """
    day, unit = found.day, found.unit
    people = {
        p.pk: p
        for p in Person.objects.filter(
            pk__in=Serving.objects.filter(station=found.station).values("person"), left_on=None
        ).order_by("pk")
    }
    facts = {f.id: f for f in people_facts(unit, day, day + timedelta(days=1))}
    school = school_days(unit, day, day + timedelta(days=2))
    given = [without.pk] if without else []
    had = Counter(
        Shift.objects.filter(
            _beside(found),
            unit=unit,
            station__kind=found.station.kind,
            day__gte=school_year(day),
            person__in=list(people),
        )
        .order_by()
        .values_list("person_id", flat=True)
    )
    around: dict[int, list[Shift]] = defaultdict(list)
    for s in (
        _shifts()
        .filter(
            _beside(found),
            person__in=list(people),
            ends_at__gt=found.starts_at - timedelta(hours=24),
            starts_at__lt=found.ends_at + timedelta(hours=24),
        )
        .exclude(pk__in=given)
    ):
        around[s.person_id or 0].append(s)
    asked = {r.person_id: r for r in Request.objects.filter(shift=found).order_by("pk")}
    days: dict[int, list[date]] = defaultdict(list)
    long = timedelta(days=LONGEST_ROW)
    for person_id, served in (
        Shift.objects.filter(
            _beside(found), person__in=list(people), day__gte=day - long, day__lte=day + long
        )
        .exclude(pk__in=[found.pk, *given])
        .order_by()
        .values_list("person_id", "day")
    ):
        days[person_id or 0].append(served)
    counts = [had[p] for p in people]
    out = []
    for pk, person in people.items():
        if pk == found.person_id:
            continue
        others = [s for s in around[pk] if s.pk != found.pk]
        why = _in_the_way(found, others, facts.get(pk), days[pk], school)
        out.append(
            Substitute(
                person,
                why,
                round(fair_share(had[pk], counts) if counts else 0, 1),
                any(s.day == day for s in others) or _teaches(facts.get(pk), day, school),
                asked.get(pk),
            )
        )
    return sorted(
        out,
        key=lambda s: (s.why_not is not None, s.above, not s.near, s.person.pinyin, s.person.pk),
    )


def _teaches(person: PersonFacts | None, day: date, school: set[date]) -> bool:
    """Whether somebody has a lesson on a day, and so is there anyway."""
    return (
        person is not None
        and day in school
        and any(
            kind == "lesson" and weekday in {None, day.weekday()}
            for kind, weekday, *_ in person.busy
        )
    )


def _in_the_way(
    found: Shift,
    others: Sequence[Shift],
    person: PersonFacts | None,
    days: Sequence[date],
    school: set[date],
) -> str | None:
    """Why somebody who serves there cannot take a shift: the rules by which rosters are made, but that a second shift on one day is no hindrance to who stands in.

    `days` are those of their other shifts.
    """
    if any(s.starts_at < found.ends_at and found.starts_at < s.ends_at for s in others):
        return "on duty"
    told = {**WEIGHTS, **found.roster.weights}
    station = facts_of(found.station)
    if not all(
        rested((facts_of(s.station), s.day), (station, found.day), told["rest_hours"])
        for s in others
    ):
        return "rest"
    if person is None:
        return "not serving"
    monday = found.day - timedelta(days=found.day.weekday())
    if (
        person.most_a_week is not None
        and sum(monday <= d < monday + timedelta(days=7) for d in days) >= person.most_a_week
    ):
        return "too many a week"
    if (
        told["most_in_a_row"]
        and 1 + days_beside(days, found.day, -1) + days_beside(days, found.day, 1)
        > told["most_in_a_row"]
    ):
        return "too many in a row"
    return hindrance(person, station, found.day, school)


@dataclass(frozen=True)
class Why:
    """Why somebody has a shift: how many may serve there, what keeps how many away, and how the year so far is shared."""

    may: int
    hindered: Counter[str]
    mine: int
    mean: float


def why(found: Shift) -> Why:
    rows = substitutes(found)
    had = Counter(
        Shift.objects.filter(
            unit=found.unit,
            holds=True,
            station__kind=found.station.kind,
            day__gte=school_year(found.day),
            person__isnull=False,
        )
        .order_by()
        .values_list("person_id", flat=True)
    )
    everybody = {r.person.pk for r in rows} | {found.person_id or 0}
    return Why(
        len(rows) + 1,
        Counter(r.why_not for r in rows if r.why_not),
        had[found.person_id or 0],
        round(sum(had[p] for p in everybody) / max(1, len(everybody)), 1),
    )


# -- leave, requests, swaps -------------------------------------------------------
def leave(pk: int) -> Leave:
    """:raises Invisible:"""
    return visible(Leave.objects.select_related("unit", "person").order_by("pk"), pk)


def leaves(unit: Unit, now: datetime) -> list[Leave]:
    """What was asked and has not ended, the undecided first; each with the shifts that still need somebody (`shifts`)."""
    rows = list(
        Leave.objects.filter(
            unit=unit, ends_at__gt=now, state__in=[LeaveState.ASKED, LeaveState.APPROVED]
        )
        .select_related("person")
        .order_by("-state", "starts_at", "pk")
    )
    theirs = _shifts().filter(
        unit=unit, holds=True, person__in=[r.person_id for r in rows], ends_at__gt=now
    )
    for row in rows:
        row.shifts = [
            s
            for s in theirs
            if s.person_id == row.person_id
            and s.starts_at < row.ends_at
            and row.starts_at < s.ends_at
        ]  # type: ignore[attr-defined]
    return rows


def shifts_within(found: Leave) -> list[Shift]:
    """The shifts that a leave would leave empty."""
    return [
        s
        for s in of_person(found.person_id, found.starts_at, found.ends_at)
        if s.unit_id == found.unit_id
    ]


def request(pk: int) -> Request:
    """:raises Invisible:"""
    return visible(
        Request.objects.select_related("unit", "shift", "shift__station", "person").order_by("pk"),
        pk,
    )


def requests_to(person_id: int, now: datetime) -> list[Request]:
    """Shifts somebody is asked to stand in for and has not answered."""
    return list(
        Request.objects.filter(
            person_id=person_id, answer="", shift__ends_at__gt=now, shift__holds=True
        )
        .select_related("shift", "shift__station", "shift__person")
        .order_by("shift__starts_at", "pk")
    )


def swap(pk: int) -> Swap:
    """:raises Invisible:"""
    return visible(_swaps(), pk)


def _swaps() -> QuerySet[Swap]:
    alive = Swap.objects.filter(
        mine__holds=True, theirs__holds=True, mine__person=F("one"), theirs__person=F("other")
    )
    return alive.select_related(
        "unit",
        "mine",
        "mine__person",
        "mine__station",
        "theirs",
        "theirs__person",
        "theirs__station",
    ).order_by("-asked_at", "-pk")


def swaps(unit: Unit) -> list[Swap]:
    return list(_swaps().filter(unit=unit, state__in=[SwapState.ASKED, SwapState.AGREED]))


def swaps_of(person_id: int) -> list[Swap]:
    return list(
        _swaps().filter(
            Q(theirs__person_id=person_id) | Q(mine__person_id=person_id),
            state__in=[SwapState.ASKED, SwapState.AGREED],
        )
    )


def swaps_asked_of(person_id: int, now: datetime) -> int:
    """How many swaps wait for somebody's word."""
    return (
        _swaps()
        .filter(
            other=person_id,
            state=SwapState.ASKED,
            mine__starts_at__gt=now,
            theirs__starts_at__gt=now,
        )
        .count()
    )


def leaves_of(person_id: int, now: datetime) -> list[Leave]:
    return list(
        Leave.objects.filter(person_id=person_id, ends_at__gt=now)
        .exclude(state=LeaveState.WITHDRAWN)
        .order_by("starts_at", "pk")
    )


def to_swap_with(person_id: int, now: datetime) -> list[Shift]:
    """What others serve in the next two weeks at stations where somebody may serve too."""
    mine = Serving.objects.filter(person_id=person_id).values("station")
    return list(
        _shifts()
        .filter(
            station__in=mine,
            holds=True,
            person__isnull=False,
            starts_at__gt=now,
            starts_at__lt=now + timedelta(days=14),
        )
        .exclude(person_id=person_id)[:300]
    )


@dataclass(frozen=True)
class Share:
    """What one person has on a roster: all, nights, days off; and what they had since September before it."""

    person: Person
    shifts: int
    nights: int
    days_off: int
    before: int


def shares(found: Roster) -> list[Share]:
    """How a roster shares the work, whoever has most first. Four queries."""
    free = school_days(found.unit, found.starts, found.ends)
    tally: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    persons: dict[int, Person] = {}
    for s in (
        Shift.objects.filter(roster=found, person__isnull=False)
        .select_related("station", "person")
        .order_by("person__pinyin", "pk")
    ):
        assert s.person is not None
        persons[s.person.pk] = s.person
        row = tally[s.person.pk]
        row[0] += 1
        row[1] += facts_of(s.station).by_night
        row[2] += s.day not in free
    before = Counter(
        Shift.objects.filter(
            unit=found.unit,
            holds=True,
            person__in=list(persons),
            day__gte=school_year(found.starts),
            day__lt=found.starts,
        )
        .order_by()
        .values_list("person_id", flat=True)
    )
    return sorted(
        (
            Share(p, tally[pk][0], tally[pk][1], tally[pk][2], before[pk])
            for pk, p in persons.items()
        ),
        key=lambda s: (-s.shifts, s.person.pinyin, s.person.pk),
    )


def changes(found: Roster) -> int | None:
    """How many of the shifts in force on its days a roster gives to somebody else; None where nothing is in force."""
    standing = Shift.objects.filter(
        unit=found.unit,
        holds=True,
        day__gte=found.starts,
        day__lt=found.ends,
        starts_at__gt=found.asked_at,
        person__isnull=False,
    ).order_by()
    old = Counter(standing.values_list("day", "station_id", "person_id"))
    if not old:
        return None
    new = Counter(
        Shift.objects.filter(roster=found, person__isnull=False)
        .order_by()
        .values_list("day", "station_id", "person_id")
    )
    return (old - new).total()


def between(unit: Unit, starts: datetime, ends: datetime) -> list[Shift]:
    """The shifts in force of a unit that touch [starts, ends)."""
    return list(_shifts().filter(unit=unit, holds=True, starts_at__lt=ends, ends_at__gt=starts))


def leaves_open(unit_ids: Sequence[int]) -> int:
    """How many ask for leave, or agreed on a swap, and wait for a decision."""
    waiting = (
        Leave.objects.filter(unit_id__in=list(unit_ids), state=LeaveState.ASKED).count()
        if unit_ids
        else 0
    )
    return waiting + (
        Swap.objects.filter(unit_id__in=list(unit_ids), state=SwapState.AGREED).count()
        if unit_ids
        else 0
    )


@dataclass(frozen=True)
class Feed:
    """Where a calendar of one's shifts is subscribed to: `link` is all in one, for programs that take it so; most ask for the three."""

    address: str
    user: str
    password: str
    link: str


def feed_address(host: str, feed: str) -> Feed:
    return Feed(f"webcal://{host}/duty.ics", "duty", feed, f"webcal://duty:{feed}@{host}/duty.ics")
