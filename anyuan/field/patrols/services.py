"""Writes of routes, rounds and scans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.audit import services as audit
from anyuan.evidence import queries as evidence_queries
from anyuan.evidence import services as evidence
from anyuan.evidence.models import Fact, How
from anyuan.kernel import live
from anyuan.kernel.clock import LOCAL, local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.naming import rename
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.people import queries as people_queries
from anyuan.people.rules import Role
from anyuan.presence import queries as presence
from anyuan.presence import rules as presence_rules
from anyuan.reach import services as reach
from anyuan.rosters import queries as rosters
from anyuan.units.models import Place, Unit

from . import queries, rules
from .models import CampusPicture, Checkpoint, Round, Route, Scan, Seen

MOST_POINTS = 60
MOST_ROUTES = 30


# -- routes -------------------------------------------------------------------------
@transaction.atomic
def set_route(
    *,
    unit: Unit,
    name: str,
    kind: str,
    rounds: int,
    apart: int,
    head_count: bool,
    instead: Route | None = None,
    by: Viewer,
    at: datetime,
) -> Route:
    """Say that a route is walked, or change the route `instead`, also its name. The same name again changes it. :raises Refused:"""
    by.require("roster.make", unit.path)
    if Route.objects.filter(unit=unit, closed_on=None).exclude(name=name).count() >= MOST_ROUTES:
        raise Refused(_("At most %(n)d routes can be kept.") % {"n": MOST_ROUTES})
    if instead is not None:
        rename(Route.objects.filter(unit=unit, closed_on=None), instead, name)
    row, _new = Route.objects.update_or_create(
        unit=unit,
        name=name,
        closed_on=None,
        defaults={"kind": kind, "rounds": rounds, "apart": apart, "head_count": head_count},
    )
    audit.record("route.set", by=by, at=at, unit_id=unit.pk, subject=name, route=row.pk)
    return row


@transaction.atomic
def close_route(*, route_id: int, by: Viewer, at: datetime) -> Route:
    row = queries.route(route_id)
    by.require("roster.make", row.unit.path)
    Route.objects.filter(pk=row.pk, closed_on=None).update(closed_on=local_day(at))
    return row


@transaction.atomic
def set_points(*, route_id: int, places: Sequence[Place], by: Viewer, at: datetime) -> Route:
    """Say which places a route passes, in order. A round under way keeps the points it began with."""
    row = queries.route(route_id)
    by.require("roster.make", row.unit.path)
    wanted = [p for p in places if p.unit_id == row.unit_id]
    if len(wanted) > MOST_POINTS:
        raise Refused(_("At most %(n)d points can be kept.") % {"n": MOST_POINTS})
    Checkpoint.objects.filter(route=row, closed_on=None).exclude(place__in=wanted).update(
        closed_on=local_day(at)
    )
    for i, place in enumerate(wanted):
        Checkpoint.objects.update_or_create(
            route=row, place=place, closed_on=None, defaults={"unit": row.unit, "order": i}
        )
    Route.objects.filter(pk=row.pk).update(points_at=at)
    audit.record(
        "route.points",
        by=by,
        at=at,
        unit_id=row.unit_id,
        subject=row.name,
        route=row.pk,
        points=len(wanted),
    )
    return row


@transaction.atomic
def place_point(
    *,
    checkpoint_id: int,
    x: float | None,
    y: float | None,
    bends: list[list[float]],
    stairs: bool,
    expected: int | None,
    by: Viewer,
) -> Checkpoint:
    """Put a point on the campus picture with the corners of the way to it, and say whether one climbs to it and how many pupils sleep there."""
    row = queries.checkpoint(checkpoint_id)
    by.require("roster.make", row.unit.path)
    Checkpoint.objects.filter(pk=row.pk).update(
        x=x, y=y, bends=bends, stairs=stairs, expected=expected
    )
    return row


@transaction.atomic
def set_picture(*, unit: Unit, upload: evidence.Upload, by: Viewer, at: datetime) -> CampusPicture:
    """Keep the plan of a campus as a picture. :raises Refused: no picture, or too large."""
    by.require("roster.make", unit.path)
    kept = evidence.keep_picture(unit=unit, upload=upload)
    row, _new = CampusPicture.objects.update_or_create(
        unit=unit,
        defaults={
            "digest": kept.digest,
            "content_type": kept.content_type,
            "width": kept.width,
            "height": kept.height,
            "placed_at": at,
        },
    )
    audit.record("campus.picture", by=by, at=at, unit_id=unit.pk, subject=unit.name)
    return row


# -- rounds --------------------------------------------------------------------------
@transaction.atomic
def start(
    *,
    key: UUID,
    route_id: int,
    by: Viewer,
    started_at: datetime,
    at: datetime,
    points: Sequence[int] = (),
) -> Round:
    """Begin a round; the phone names it, so that sending twice begins one. :raises Refused:

    `points` are those the phone began with: they count if the route was changed since. Otherwise those of the route do.
    """
    known = queries.by_key(key)
    if known is not None:
        if known.person_id != by.person_id:
            raise Refused(_("This round belongs to somebody else."))
        return known
    try:
        route = queries.route(route_id)
    except Invisible:
        raise Refused(_("This route is not one of yours.")) from None
    if not by.may("fact.record", route.unit.path):
        raise Refused(
            _("You have no duty at %(unit)s, so nothing was recorded there.")
            % {"unit": route.unit.name}
        )
    if route.points_at is not None and route.points_at > started_at:
        points = list(
            Checkpoint.objects.filter(route=route, pk__in=list(points)[:MOST_POINTS])
            .order_by("order", "pk")
            .values_list("pk", flat=True)
        )
    else:
        points = []
    points = points or [p.pk for p in queries.points(route)]
    if not points:
        raise Refused(_("This route has no points yet. The safety office enters them."))
    made = Round.objects.create(
        unit=route.unit,
        route=route,
        person_id=by.person_id or 0,
        shift=queries.shift_for(by.person_id or 0, route.unit_id, started_at),
        key=key,
        points=points,
        started_at=started_at,
        heard_at=at,
    )
    live.notify("verdicts", units=[route.unit_id])
    return made


@transaction.atomic
def scan(
    *, key: UUID, code: str, checkpoint_id: int | None, seen: str, note: str, people: int | None, metres: float | None, skew: timedelta, by: Viewer, scanned_at: datetime, at: datetime,
    uploads: Sequence[evidence.Upload] = (), command: UUID | None = None,
) -> Scan:  # fmt: skip
    """Say that a point was reached and what was seen there. Twice is once; more seen there later is added. :raises Refused:"""
    found = _mine(key, by)
    point, read = _point(found, code, checkpoint_id)
    known = Scan.objects.filter(round=found, checkpoint=point).order_by("pk").first()
    if known is None:
        row = presence.code_row(point.place_id)
        odd = presence_rules.doubts(
            read,
            place_id=point.place_id,
            version=row.version if row else 1,
            at=scanned_at,
            metres=metres,
            skew=skew,
            shared=False,
        )
        earlier = list(found.scans.order_by("pk").values_list("at", flat=True))
        if rules.doubtful_pace(earlier, scanned_at):
            odd.append("too_quick")
        if at - scanned_at > presence_rules.LATE:
            odd.append("sent_later")
        known = Scan.objects.create(
            unit=found.unit,
            round=found,
            checkpoint=point,
            at=scanned_at,
            received_at=at,
            doubts=odd,
        )
    if seen != Seen.FINE or note or uploads:
        # Each report is a record of its own, with its photos: a second one adds to the first.
        known.facts = [
            *known.facts,
            _seen(found, point, seen, note, by, scanned_at, at, uploads, command).pk,
        ]
        known.note = "；".join(n for n in (known.note, note) if n)[:200]
        known.seen = known.seen if seen == Seen.FINE or known.seen == Seen.HAZARD else seen
    if people is not None:
        known.people = people
        if point.expected is not None and people < point.expected:
            _tell_missing(found, point, people, scanned_at, at)
    known.save(update_fields=["facts", "note", "seen", "people"])
    Round.objects.filter(pk=found.pk).update(heard_at=at)
    if found.ended_at is None and found.scans.count() >= len(found.points):
        end(key=key, by=by, ended_at=scanned_at, at=at)
    elif found.ended_at is not None:
        _said_after_all(found, by, at)
    live.notify("verdicts", units=[found.unit_id])
    known.refresh_from_db()
    return known


def _tell_missing(
    found: Round, point: Checkpoint, people: int, counted_at: datetime, at: datetime
) -> None:
    """Fewer heads than sleep there: the leader on duty, the principal and the school's groups hear of it at once."""
    if at - counted_at > queries.COUNTED:
        return
    leaders = [
        s.person
        for s in rosters.on_duty([found.unit_id], at)
        if s.station.kind == "leader" and s.person
    ]
    words: dict[str, Any] = {
        "key": f"heads-{found.pk}-{point.pk}-{people}", "subject": f"点名人数不足：{point.place.name}",
        "body": f"{found.unit.name} {point.place.name} 应到 {point.expected} 人，{counted_at.astimezone(LOCAL):%H:%M} 点到 {people} 人（{found.person.name}）。请立即核实。",
        "path": f"/rounds/{found.pk}/", "at": at, "until": at + timedelta(hours=6),
    }  # fmt: skip
    told = {
        p.pk: p
        for p in [
            *leaders,
            *people_queries.holding(found.unit, Role.SAFETY_OFFICER),
            *people_queries.holding(found.unit, Role.PRINCIPAL),
        ]
    }
    reach.tell(unit=found.unit, persons=told.values(), **words)
    reach.tell_groups(unit=found.unit, **words)


def _mine(key: UUID, by: Viewer) -> Round:
    found = queries.by_key(key)
    if found is None or found.person_id != by.person_id:
        raise Refused(_("This round is not known here. Please begin a round first."))
    return found


def _point(
    found: Round, code: str, checkpoint_id: int | None
) -> tuple[Checkpoint, presence_rules.Code | None]:
    """The point of a round that a code hangs at, or that was named without one."""
    mine = Checkpoint.objects.filter(pk__in=found.points).select_related("place").order_by("pk")
    read = presence.read(code) if code else None
    if code and read is None:
        raise Refused(
            _(
                "This is not the code of a place. Please scan the sheet at your station, or sign in without it."
            )
        )
    point = (
        mine.filter(place_id=read.place_id).first()
        if read
        else mine.filter(pk=checkpoint_id or 0).first()
    )
    if point is None:
        raise Refused(_("This place is not on the route of this round."))
    return point, read


def _seen(
    found: Round,
    point: Checkpoint,
    seen: str,
    note: str,
    by: Viewer,
    seen_at: datetime,
    at: datetime,
    uploads: Sequence[evidence.Upload],
    command: UUID | None,
) -> Fact:
    payload = {"place": point.place.name, "subject": note[:80] or Seen(seen).label, "result": note}
    activity = "hazard.found" if seen == Seen.HAZARD else "patrol.seen"
    return evidence.record(
        unit=found.unit,
        by=by,
        at=at,
        uploads=uploads,
        fact=evidence.NewFact(
            activity=activity,
            occurred_at=seen_at,
            how=How.PHOTOGRAPHED if uploads else How.TYPED,
            payload=payload,
            command=command,
        ),
    )


@transaction.atomic
def end(*, key: UUID, by: Viewer, ended_at: datetime, at: datetime) -> Round:
    """End a round; it becomes a record, which counts as one only if no point was missed. Twice is once. :raises Refused:"""
    found = queries.by_key(key) if by.system else _mine(key, by)
    if found is None:
        raise Refused(_("This round is not known here. Please begin a round first."))
    Round.objects.select_for_update().get(pk=found.pk)
    found.refresh_from_db()
    if found.ended_at is not None:
        return found
    ended = max([ended_at, found.started_at, *(s.at for s in queries.scans(found))])
    fact = evidence.record(unit=found.unit, by=by, at=at, fact=_fact(found, ended, at))
    Round.objects.filter(pk=found.pk).update(
        ended_at=ended,
        complete=fact.quantity > 0,
        fact_id=fact.pk,
        heard_at=at,
        timed_out=by.system,
    )
    live.notify("verdicts", units=[found.unit_id])
    found.refresh_from_db()
    return found


def _fact(found: Round, ended: datetime, at: datetime) -> evidence.NewFact:
    """What a round says in the ledger: how many points, which were missed, what was seen."""
    walk = queries.walk(found)
    missed = [c.place.name for c in walk.missed]
    seen = [
        f"{c.place.name}：{s.get_seen_display()}{s.note and '，' + s.note}"
        for c, s in walk.points
        if s and s.seen != Seen.FINE
    ]
    late = [c.place.name for c, _ in walk.points if c.pk in walk.late]
    uncounted = [c.place.name for c in walk.uncounted]
    short = [f"{c.place.name} 应到 {c.expected} 人，点到 {s.people} 人" for c, s in walk.short]
    told = [
        ("未到", missed),
        ("结束后才到", late),
        ("未点人数", uncounted),
        ("人数不足", short),
        ("发现", seen),
    ]
    result = (
        f"{walk.done}/{len(walk.points)} 点"
        + "".join(f"；{word}：{'、'.join(what)}" for word, what in told if what)
        + ("" if missed or uncounted or short or seen else "；一切正常")
    )
    payload: dict[str, Any] = {
        "place": found.route.name,
        "result": result[:1000],
        "found": len(seen),
    }
    slot = found.shift.station.name if found.shift else ""
    if slot:
        payload["slot_shift"] = slot
    if found.route.head_count:
        slot = found.route.name
        payload |= {
            "people": sum(s.people or 0 for _, s in walk.points if s),
            "slot_building": slot,
        }
    return evidence.NewFact(
        activity=rules.ACTIVITIES[found.route.kind],
        occurred_at=min(ended, at),
        quantity=Decimal(0 if missed or uncounted else 1),
        slot=slot,
        how=How.SCANNED if walk.done else How.TYPED,
        payload=payload,
    )


def _said_after_all(found: Round, by: Viewer, at: datetime) -> None:
    """What a phone sends of a round that has ended: if its record would now say something else, it is corrected, and the old one stays."""
    if found.fact_id is None:
        return
    old = evidence_queries.get(found.fact_id)
    change = _fact(found, old.occurred_at, at)
    said = evidence_queries.words(old).said
    if all(said.get(k) == v for k, v in change.payload.items()):
        return
    corrector = Viewer(by.person_id, by.name, system=True)
    new = evidence.correct(fact=old, change=change, by=corrector, at=at, reason="手机补传巡逻记录")
    Round.objects.filter(pk=found.pk).update(complete=change.quantity > 0, fact_id=new.pk)


def end_silent(at: datetime) -> int:
    """End the rounds nobody ended and nothing came from for an hour; what a phone sends later is still taken. Returns how many."""
    from anyuan.people.queries import viewer

    silent = queries.silent(at - rules.SILENT)
    for found in silent:
        walker = viewer(found.person, local_day(at))
        end(
            key=found.key,
            by=Viewer(walker.person_id, walker.name, system=True),
            ended_at=found.heard_at,
            at=at,
        )
    return len(silent)
