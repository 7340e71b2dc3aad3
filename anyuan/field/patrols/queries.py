"""Reads of routes, rounds and scans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from anyuan.kernel.scoping import visible
from anyuan.presence import queries as presence
from anyuan.presence.rules import UPWARD_AFTER
from anyuan.rosters import queries as rosters
from anyuan.rosters.models import Shift
from anyuan.units import queries as units
from anyuan.units.models import Place, Unit

from .models import CampusPicture, Checkpoint, Round, Route, RouteKind, Scan, Seen
from .rules import Point, Spacing, belong, order, spacing

__all__ = ["CampusPicture", "Checkpoint", "Round", "Route", "RouteKind", "Scan", "Seen"]
COUNTED = timedelta(hours=12)  # for which a head count that found too few is shown; our own bound
PATROLLING = ("patrol", "gate", "night", "dormitory", "leader")


def routes(unit: Unit) -> list[Route]:
    """The open routes of a unit with their open points (`points`)."""
    found = list(Route.objects.filter(unit=unit, closed_on=None).order_by("kind", "name", "pk"))
    points: dict[int, list[Checkpoint]] = defaultdict(list)
    for point in (
        Checkpoint.objects.filter(unit=unit, closed_on=None)
        .select_related("place")
        .order_by("order", "pk")
    ):
        points[point.route_id].append(point)
    for route_ in found:
        route_.points = points[route_.pk]  # type: ignore[attr-defined]
    return found


def route(pk: int) -> Route:
    """:raises Invisible:"""
    return visible(Route.objects.select_related("unit").order_by("pk"), pk)


def points(found: Route) -> list[Checkpoint]:
    return list(
        found.checkpoints.filter(closed_on=None).select_related("place").order_by("order", "pk")
    )


def checkpoint(pk: int) -> Checkpoint:
    """:raises Invisible:"""
    return visible(Checkpoint.objects.select_related("unit", "route", "place").order_by("pk"), pk)


def picture(unit: Unit) -> CampusPicture | None:
    return CampusPicture.objects.filter(unit=unit).order_by("pk").first()


def round_(pk: int) -> Round:
    """:raises Invisible:"""
    return visible(
        Round.objects.select_related("unit", "route", "person", "shift", "shift__station").order_by(
            "pk"
        ),
        pk,
    )


def by_key(key: UUID) -> Round | None:
    return (
        Round.objects.filter(key=key)
        .select_related("unit", "route", "person", "shift")
        .order_by("pk")
        .first()
    )


def scans(found: Round) -> list[Scan]:
    return list(found.scans.select_related("checkpoint", "checkpoint__place").order_by("at", "pk"))


@dataclass(frozen=True)
class Walk:
    """A round as a page shows it: its points in order of suggestion, each with its scan; what was missed."""

    round: Round
    points: list[tuple[Checkpoint, Scan | None]]

    @cached_property
    def late(self) -> set[int]:
        """The points that were reached only when the round was over."""
        reached = sorted((s for _, s in self.points if s), key=lambda s: s.at)
        mine = belong(
            [s.at for s in reached],
            self.round.started_at,
            self.round.ended_at,
            self.round.timed_out,
        )
        return {s.checkpoint_id for s, ok in zip(reached, mine, strict=True) if not ok}

    @property
    def missed(self) -> list[Checkpoint]:
        return [p for p, s in self.points if s is None or p.pk in self.late]

    @property
    def done(self) -> int:
        return len(self.points) - len(self.missed)

    @property
    def uncounted(self) -> list[Checkpoint]:
        """The points at which heads should have been counted and were not."""
        return (
            [p for p, s in self.points if s and s.people is None and p.pk not in self.late]
            if self.round.route.head_count
            else []
        )

    @property
    def short(self) -> list[tuple[Checkpoint, Scan]]:
        """The points at which fewer were found than sleep there."""
        return [
            (p, s)
            for p, s in self.points
            if s and s.people is not None and p.expected is not None and s.people < p.expected
        ]


def walk(found: Round) -> Walk:
    """The points of a round as they were when it began, though one may have been taken off since."""
    return walks([found])[0]


def walks(found: Sequence[Round]) -> list[Walk]:
    """The same of many rounds. Two queries."""
    reached: dict[int, dict[int, Scan]] = defaultdict(dict)
    for s in Scan.objects.filter(round__in=[r.pk for r in found]).order_by("at", "pk"):
        reached[s.round_id][s.checkpoint_id] = s
    known = {
        c.pk: c
        for c in Checkpoint.objects.filter(pk__in={p for r in found for p in r.points})
        .select_related("place")
        .order_by("pk")
    }

    def drawn(r: Round) -> list[int]:
        return order(
            [Point(c.pk, c.x, c.y) for c in (known[p] for p in sorted(r.points) if p in known)],
            str(r.key),
        )

    return [Walk(r, [(known[pk], reached[r.pk].get(pk)) for pk in drawn(r)]) for r in found]


def overview(own: Sequence[Unit], now: datetime) -> list[Missing]:
    """The missing pupils a home page shows: the school's own at once, those of schools below when they are not found within minutes."""
    campuses = [u.pk for u in own if u.is_campus]
    below = {u.pk for o in own if not o.is_campus for u in units.campuses(o)} - set(campuses)
    return (missing(campuses, now) if campuses else []) + (
        missing(sorted(below), now, upward=True) if below else []
    )


@dataclass(frozen=True)
class Missing:
    """Where a head count found fewer than sleep there, by the last count."""

    scan: Scan
    expected: int
    people: int


def missing(unit_ids: Sequence[int], now: datetime, *, upward: bool = False) -> list[Missing]:
    """Where fewer pupils were counted than sleep there, by the last count of the last half day; those above see it later than the school itself. One query."""
    rows = Scan.objects.filter(
        unit_id__in=list(unit_ids),
        at__gt=now - COUNTED,
        people__isnull=False,
        checkpoint__expected__isnull=False,
    )
    last: dict[int, Scan] = {}
    for s in rows.select_related(
        "checkpoint", "checkpoint__place", "unit", "round", "round__person"
    ).order_by("at", "pk"):
        last[s.checkpoint_id] = s
    late = now - (UPWARD_AFTER if upward else timedelta(0))
    return [
        Missing(s, s.checkpoint.expected, s.people)
        for s in last.values()
        if s.at <= late
        and s.people is not None
        and s.checkpoint.expected is not None
        and s.people < s.checkpoint.expected
    ]


def rounds(unit: Unit, starts: datetime, ends: datetime) -> list[Round]:
    """Rounds begun in [starts, ends), newest first."""
    rows = Round.objects.filter(
        unit=unit, started_at__gte=starts, started_at__lt=ends
    ).select_related("route", "person", "shift", "shift__station")
    return list(rows.order_by("-started_at", "-pk"))


def running(person_id: int) -> list[Round]:
    return list(
        Round.objects.filter(person_id=person_id, ended_at=None)
        .select_related("route", "unit")
        .order_by("-started_at", "-pk")
    )


def silent(since: datetime) -> list[Round]:
    """Rounds that never ended and from which nothing came since a moment."""
    return list(
        Round.objects.filter(ended_at=None, heard_at__lt=since)
        .select_related("unit", "route", "person")
        .order_by("pk")
    )


@dataclass(frozen=True)
class Watched:
    """The rounds of one shift on one route, judged."""

    shift: Shift
    route: Route
    judged: Spacing
    open: bool


def watched(unit: Unit, now: datetime) -> list[Watched]:
    """The patrol shifts of the last day and those that run, with the spacing of their rounds. Four queries."""
    known = routes(unit)
    shifts = [
        s
        for s in rosters.between(unit, now - timedelta(days=1), now)
        if s.station.kind == "patrol" or (s.station.kind in {"night", "dormitory"})
    ]
    done: dict[tuple[int, int], list[tuple[datetime, datetime]]] = defaultdict(list)
    for r in Round.objects.filter(
        unit=unit, shift__in=[s.pk for s in shifts], complete=True
    ).order_by("pk"):
        assert r.ended_at is not None
        done[r.shift_id or 0, r.route_id].append((r.started_at, r.ended_at))
    wanted = {"patrol": "day", "night": "night", "dormitory": "dormitory"}
    return [
        Watched(s, r, spacing(s.starts_at, s.ends_at, done[s.pk, r.pk], wanted=r.rounds, apart=r.apart), s.ends_at > now)
        for s in shifts for r in known if r.kind == wanted[s.station.kind]
    ]  # fmt: skip


def shift_for(person_id: int, unit_id: int, at: datetime) -> Shift | None:
    """The shift somebody walks a round in: the one of theirs that runs then, one whose work is walking first."""
    mine = [
        s
        for s in rosters.of_person(person_id, at, at + timedelta(seconds=1))
        if s.unit_id == unit_id
    ]
    return min(
        mine,
        key=lambda s: (
            PATROLLING.index(s.station.kind) if s.station.kind in PATROLLING else 9,
            s.starts_at,
        ),
        default=None,
    )


def label_places(unit: Unit, units_places: Sequence[Place]) -> list[tuple[Place, int]]:
    """The places whose codes are printed: all of them, with the version of each."""
    versions = presence.versions(units_places)
    return [(p, versions[p.pk]) for p in units_places]
