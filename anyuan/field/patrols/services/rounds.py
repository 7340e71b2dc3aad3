"""Rounds are walked, and become records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.field.hazards.models import Source
from anyuan.field.hazards.services import finding
from anyuan.field.patrols.queries import rounds, routes, waiting
from anyuan.field.presence import rules as presence_rules
from anyuan.field.presence.queries import place_codes
from anyuan.kernel import live
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.org.audit import services as audit
from anyuan.org.messages import services as messages
from anyuan.record.evidence import queries as evidence_queries
from anyuan.record.evidence.models import Fact, How
from anyuan.record.evidence.services import recording

from .. import rules
from ..forms import ScanForm
from ..models import PatrolPoint, Round, Scan, Seen
from .routes import MOST_POINTS


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

    `points` are those the phone began with: they count if the route was changed since. Otherwise
    those of the route do.
    """
    known = rounds.by_key(key)
    if known is not None:
        if known.person_id != by.person_id:
            raise Refused(_("This round belongs to somebody else."))
        return known
    try:
        route = routes.route(route_id)
    except Invisible:
        raise Refused(_("This route is not one of yours.")) from None
    if not by.may("fact.record", route.unit.path):
        raise Refused(
            _("You have no duty at %(unit)s, so nothing was recorded there.")
            % {"unit": route.unit.name}
        )
    if route.points_at is not None and route.points_at > started_at:
        points = list(
            PatrolPoint.objects.filter(route=route, pk__in=list(points)[:MOST_POINTS])
            .order_by("order", "pk")
            .values_list("pk", flat=True)
        )
    else:
        points = []
    points = points or [p.pk for p in routes.points(route)]
    if not points:
        raise Refused(_("This route has no points yet. The safety office enters them."))
    made = Round.objects.create(
        unit=route.unit,
        route=route,
        person_id=by.pk,
        shift=rounds.shift_for(by.pk, route.unit_id, started_at),
        key=key,
        points=points,
        started_at=started_at,
        heard_at=at,
    )
    live.notify("verdicts", units=[route.unit_id])
    return made


@transaction.atomic
def scan(
    *,
    key: UUID,
    given: ScanForm,
    by: Viewer,
    scanned_at: datetime,
    at: datetime,
    command: UUID | None = None,
) -> Scan:
    """Say that a point was reached and what was seen there.

    Twice is once; more seen there later is added. :raises Refused:
    """
    walked = _my_round(key, by)
    code = place_codes.read_scanned(given.code)
    point = _point(walked, code, given.checkpoint_id)
    known = Scan.objects.filter(round=walked, checkpoint=point).order_by("pk").first()
    reached = known or _reach(walked, point, code, given, scanned_at, at)
    if given.seen != Seen.FINE or given.note or given.uploads:
        # Each report is a record of its own, with its photos: a second one adds to the first.
        new = _seen(reached, given, scanned_at, command)
        fact = recording.record(unit=walked.unit, by=by, at=at, uploads=given.uploads, fact=new)
        _add_report(reached, given, fact)
        if fact.activity == finding.FOUND:
            finding.of_record(fact.pk, Source.PATROL)
    if given.people is not None:
        reached.people = given.people
    reached.save(update_fields=["facts", "note", "seen", "people"])
    if given.people is not None and point.expected is not None and given.people < point.expected:
        _tell_missing(walked, at)
    Round.objects.filter(pk=walked.pk).update(heard_at=at)
    if walked.ended_at is None and walked.scans.count() >= len(walked.points):
        end(key=key, by=by, ended_at=scanned_at, at=at)
    elif walked.ended_at is not None:
        _correct_record(walked, by, at)
    live.notify("verdicts", units=[walked.unit_id])
    reached.refresh_from_db()
    return reached


def _reach(
    walked: Round,
    point: PatrolPoint,
    code: presence_rules.Code | None,
    given: ScanForm,
    scanned_at: datetime,
    at: datetime,
) -> Scan:
    row = place_codes.code_row(point.place_id)
    doubts = presence_rules.doubts(
        presence_rules.Arrival(code, scanned_at, given.metres, given.skew),
        place_id=point.place_id,
        version=row.version if row else 1,
    )
    earlier = list(walked.scans.order_by("pk").values_list("at", flat=True))
    if rules.doubtful_pace(earlier, scanned_at):
        doubts.append("too_quick")
    if at - scanned_at > presence_rules.LATE:
        doubts.append("sent_later")
    return Scan.objects.create(
        unit=walked.unit,
        round=walked,
        checkpoint=point,
        at=scanned_at,
        received_at=at,
        doubts=doubts,
    )


def _add_report(reached: Scan, given: ScanForm, fact: Fact) -> None:
    reached.facts = [*reached.facts, fact.pk]
    reached.note = "；".join(n for n in (reached.note, given.note) if n)[:200]
    if given.seen != Seen.FINE and reached.seen != Seen.HAZARD:
        reached.seen = given.seen


def _tell_missing(walked: Round, at: datetime) -> None:
    """Fewer heads than sleep there: whoever must hear of it hears at once."""
    here = [m for m in waiting.to_tell(at) if m.unit_id == walked.unit_id]
    messages.tell_matters(here, at)


def _my_round(key: UUID, by: Viewer) -> Round:
    walked = rounds.by_key(key)
    if walked is None or walked.person_id != by.person_id:
        raise Refused(_("This round is not known here. Please begin a round first."))
    return walked


def _point(
    walked: Round, code: presence_rules.Code | None, checkpoint_id: int | None
) -> PatrolPoint:
    """The point of a round that a code hangs at, or that was named without one."""
    points = PatrolPoint.objects.filter(pk__in=walked.points).select_related("place")
    named = {"place_id": code.place_id} if code else {"pk": checkpoint_id or 0}
    point = points.filter(**named).order_by("pk").first()
    if point is None:
        raise Refused(_("This place is not on the route of this round."))
    return point


def _seen(
    reached: Scan, given: ScanForm, seen_at: datetime, command: UUID | None
) -> recording.NewFact:
    return recording.NewFact(
        activity=finding.FOUND if given.seen == Seen.HAZARD else "patrol.seen",
        occurred_at=seen_at,
        how=How.PHOTOGRAPHED if given.uploads else How.TYPED,
        payload={
            "place": reached.checkpoint.place.name,
            "subject": given.note[:80] or Seen(given.seen).label,
            "result": given.note,
        },
        command=command,
    )


@transaction.atomic
def end(*, key: UUID, by: Viewer, ended_at: datetime, at: datetime) -> Round:
    """End a round; it becomes a record, which counts as one only if no point was missed.

    Twice is once. :raises Refused:
    """
    found = rounds.by_key(key) if by.system else _my_round(key, by)
    if found is None:
        raise Refused(_("This round is not known here. Please begin a round first."))
    Round.objects.select_for_update().get(pk=found.pk)
    found.refresh_from_db()
    if found.ended_at is not None:
        return found
    ended = max([ended_at, found.started_at, *(s.at for s in rounds.scans(found))])
    change, doubts = _fact(found, ended, at)
    fact = recording.record(unit=found.unit, by=by, at=at, fact=change)
    Round.objects.filter(pk=found.pk).update(
        ended_at=ended,
        doubts=doubts,
        complete=fact.quantity > 0,
        fact_id=fact.pk,
        heard_at=at,
        timed_out=by.system,
    )
    live.notify("verdicts", units=[found.unit_id])
    found.refresh_from_db()
    return found


@transaction.atomic
def accept(*, round_id: int, why: str, by: Viewer, at: datetime) -> Round:
    """A leader accepts a round that is in doubt and says why; from then on it counts.

    Twice is once. :raises Refused: without a reason, or the round is not in doubt.
    """
    walked = rounds.round_(round_id)
    by.require("round.accept", walked.unit.path)
    Round.objects.select_for_update().get(pk=walked.pk)
    walked.refresh_from_db()
    if walked.accepted_at is not None:
        return walked
    if not walked.doubts or walked.ended_at is None:
        raise Refused(_("This round is not in doubt."))
    if walked.person_id == by.person_id:
        raise Refused(_("Nobody accepts their own round."))
    if not why.strip():
        raise Refused(_("Please say why you accept it; it is kept with the round."))
    Round.objects.filter(pk=walked.pk).update(
        accepted_at=at, accepted_by=by.name, accepted_why=why.strip()[:200]
    )
    walked.refresh_from_db()
    _correct_record(walked, by, at, reason="负责人认可存疑的巡逻")
    audit.record(
        "round.accepted",
        by=by,
        at=at,
        unit_id=walked.unit_id,
        subject=walked.route.name,
        round=walked.pk,
    )
    live.notify("verdicts", units=[walked.unit_id])
    walked.refresh_from_db()
    return walked


def _fact(walked: Round, ended: datetime, at: datetime) -> tuple[recording.NewFact, list[str]]:
    """What a round says in the ledger: how many points, which were missed, what was seen; and why
    it is in doubt.
    """
    walk = rounds.walk(walked)
    doubts = [] if walk.missed else list(rounds.doubts_of(walk))
    counts = not (walk.missed or walk.uncounted) and (not doubts or walked.accepted_at is not None)
    counts_heads = walked.route.head_count
    shift = walked.shift.station.name if walked.shift else ""
    payload: dict[str, Any] = {
        "place": walked.route.name,
        "result": _result(walk, doubts)[:1000],
        "found": len(walk.noticed),
    }
    if shift:
        payload["slot_shift"] = shift
    if counts_heads:
        payload["people"] = sum(s.people or 0 for _, s in walk.points if s)
        payload["slot_building"] = walked.route.name
    change = recording.NewFact(
        activity=rules.ACTIVITIES[walked.route.kind],
        occurred_at=min(ended, at),
        quantity=Decimal(1 if counts else 0),
        slot=walked.route.name if counts_heads else shift,
        how=How.SCANNED if walk.all_scanned else How.TAPPED,
        payload=payload,
    )
    return change, doubts


_DOUBTS = {"not_walked": "各点间隔过短，走不到", "nothing_scanned": "各点都未扫码"}


def _doubts_told(walked: Round, doubts: Sequence[str]) -> dict[str, list[str]]:
    accepted = bool(doubts) and walked.accepted_at is not None
    return {
        "存疑": [_DOUBTS[d] for d in doubts],
        "认可": [walked.accepted_why] if accepted else [],
    }


def _result(walk: rounds.Walk, doubts: Sequence[str]) -> str:
    """The words of a round's record. They are kept, so they are Chinese for whoever walked."""
    told = {
        "未到": [c.place.name for c in walk.missed],
        "结束后才到": [c.place.name for c, _ in walk.points if c.pk in walk.late],
        "未点人数": [c.place.name for c in walk.uncounted],
        "人数不足": [
            f"{c.place.name} 应到 {c.expected} 人，点到 {s.people} 人" for c, s in walk.short
        ],
        "发现": [
            f"{c.place.name}：{s.get_seen_display()}{s.note and '，' + s.note}"
            for c, s in walk.noticed
        ],
        **_doubts_told(walk.round, doubts),
    }
    parts = [f"{word}：{'、'.join(what)}" for word, what in told.items() if what]
    amiss = walk.missed or walk.uncounted or walk.short or walk.noticed
    if not amiss:
        parts.append("一切正常")
    return "；".join([f"{walk.done}/{len(walk.points)} 点", *parts])


def _correct_record(walked: Round, by: Viewer, at: datetime, reason: str = "") -> None:
    """What a phone sends of a round that has ended: if its record would now say something else, it
    is corrected, and the old one stays.
    """
    if walked.fact_id is None:
        return
    old = evidence_queries.get(walked.fact_id)
    change, doubts = _fact(walked, old.occurred_at, at)
    said = evidence_queries.words(old).said
    if all(said.get(k) == v for k, v in change.payload.items()):
        return
    corrector = Viewer(by.person_id, by.name, system=True)
    why = reason or "手机补传巡逻记录"
    new = recording.correct(fact=old, change=change, by=corrector, at=at, reason=why)
    Round.objects.filter(pk=walked.pk).update(
        complete=change.quantity > 0, doubts=doubts, fact_id=new.pk
    )


def end_silent(at: datetime) -> int:
    """End the rounds nobody ended and nothing came from for an hour; what a phone sends later is
    still taken. Returns how many.
    """
    from anyuan.org.people.queries import viewer

    silent = rounds.silent(at - rules.SILENT)
    for found in silent:
        walker = viewer(found.person, local_day(at))
        end(
            key=found.key,
            by=Viewer(walker.person_id, walker.name, system=True),
            ended_at=found.heard_at,
            at=at,
        )
    return len(silent)
