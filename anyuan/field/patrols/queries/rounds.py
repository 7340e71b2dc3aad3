"""Rounds and how they were walked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from anyuan.field.presence.queries import place_codes
from anyuan.kernel.scoping import visible
from anyuan.org.units.models import Unit
from anyuan.staffing.rosters.models import Shift
from anyuan.staffing.rosters.queries import shifts as shifts_queries

from ..models import PatrolPoint, Round, Route, RouteKind, Scan, Seen
from ..rules import Point, Spacing, belong, order, round_doubts, spacing
from .routes import routes

__all__ = ["RouteKind", "Seen"]  # for pages, which import no models
COUNTED = timedelta(hours=12)  # for which a head count that found too few is shown; our own bound


PATROLLING = ("patrol", "gate", "night", "dormitory", "leader")


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


def scans(walked: Round) -> list[Scan]:
    return list(walked.scans.select_related("checkpoint", "checkpoint__place").order_by("at", "pk"))


@dataclass(frozen=True)
class Walk:
    """A round as a page shows it: its points in order of suggestion, each with its scan; what was
    missed.
    """

    round: Round
    points: list[tuple[PatrolPoint, Scan | None]]

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
    def missed(self) -> list[PatrolPoint]:
        return [p for p, s in self.points if s is None or p.pk in self.late]

    @property
    def done(self) -> int:
        return len(self.points) - len(self.missed)

    @property
    def uncounted(self) -> list[PatrolPoint]:
        """The points at which heads should have been counted and were not."""
        return (
            [p for p, s in self.points if s and s.people is None and p.pk not in self.late]
            if self.round.route.head_count
            else []
        )

    @property
    def noticed(self) -> list[tuple[PatrolPoint, Scan]]:
        """The points at which something was amiss."""
        return [(p, s) for p, s in self.points if s and s.seen != Seen.FINE]

    @property
    def reached(self) -> list[Scan]:
        """The scans that belong to the round."""
        return [s for p, s in self.points if s and p.pk not in self.late]

    @property
    def all_scanned(self) -> bool:
        """Whether a code was read at every point that was reached."""
        return bool(self.reached) and all(s.is_scanned for s in self.reached)

    @property
    def short(self) -> list[tuple[PatrolPoint, Scan]]:
        """The points at which fewer were found than sleep there."""
        return [
            (p, s)
            for p, s in self.points
            if s and s.people is not None and p.expected is not None and s.people < p.expected
        ]


def doubts_of(walk: Walk) -> tuple[str, ...]:
    """Why a round may not have been walked."""
    reached = walk.reached
    codes = place_codes.code_rows([p.place for p, _ in walk.points])
    return round_doubts(
        walk.round.started_at,
        [s.at for s in reached],
        [s.is_scanned for s in reached],
        codes_hang=bool(codes),
    )


def in_doubt(unit_ids: Sequence[int], since: datetime) -> list[Round]:
    """Rounds begun since a moment that wait for a leader's word."""
    rows = Round.objects.filter(
        unit_id__in=list(unit_ids), started_at__gte=since, accepted_at=None
    ).exclude(doubts=[])
    return list(rows.select_related("unit", "route", "person").order_by("-started_at", "-pk"))


def walk(walked: Round) -> Walk:
    """The points of a round as they were when it began, those taken off since among them."""
    return walks([walked])[0]


def walks(found: Sequence[Round]) -> list[Walk]:
    """The same of many rounds. Two queries."""
    reached: dict[int, dict[int, Scan]] = defaultdict(dict)
    for s in Scan.objects.filter(round__in=[r.pk for r in found]).order_by("at", "pk"):
        reached[s.round_id][s.checkpoint_id] = s
    known = {
        c.pk: c
        for c in (
            PatrolPoint.objects.filter(pk__in={p for r in found for p in r.points})
            .select_related("place")
            .order_by("pk")
        )
    }

    def drawn(r: Round) -> list[int]:
        return order(
            [Point(c.pk, c.x, c.y) for c in (known[p] for p in sorted(r.points) if p in known)],
            str(r.key),
        )

    return [Walk(r, [(known[pk], reached[r.pk].get(pk)) for pk in drawn(r)]) for r in found]


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
    """The patrol shifts of the last day and those that run, with the spacing of their rounds.

    Four queries.
    """
    known = routes(unit)
    shifts = [
        s
        for s in shifts_queries.between(unit, now - timedelta(days=1), now)
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
        Watched(
            s,
            r,
            spacing(s.starts_at, s.ends_at, done[s.pk, r.pk], wanted=r.rounds, apart=r.apart),
            s.ends_at > now,
        )
        for s in shifts
        for r in known
        if r.kind == wanted[s.station.kind]
    ]


def shift_for(person_id: int, unit_id: int, at: datetime) -> Shift | None:
    """The shift somebody walks a round in: the one of theirs that runs then, one whose work is
    walking first.
    """
    mine = [
        s
        for s in shifts_queries.of_person(person_id, at, at + timedelta(seconds=1))
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
