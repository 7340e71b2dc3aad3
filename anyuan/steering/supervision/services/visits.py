"""Visits are drawn, begun at the gate, signed by both sides."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Denied, Viewer, acting
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Unit
from anyuan.record.evidence.models import How
from anyuan.record.evidence.services import recording

from .. import queries, rules
from ..forms import DoneForm, DrawForm
from ..models import Draw, DrawPublished, Visit, VisitState
from ..rules import LONGEST, VISIT_TRANSITIONS
from . import finding

VISIT = "supervision.visit"


@transaction.atomic
def draw(*, unit: Unit, given: DrawForm, command: UUID, by: Viewer, at: datetime) -> Draw:
    """Draw schools and whoever goes to each. The seed is made here and shown with the whole pool,
    so that anybody makes the same draw. The same form twice is one draw.

    :raises Refused: too few schools, days out of bounds, nobody free of interest for a school.
    """
    known = Draw.objects.filter(command=command).first()
    if known is not None:
        return known
    by.require("supervision.do", unit.path)
    _check_days(given.first_day, given.last_day, at)
    entrants = queries.entrants(unit, at)
    if given.count > len(entrants):
        raise Refused(_("There are only %(n)d schools to draw from.") % {"n": len(entrants)})
    chosen = set(given.inspectors)
    people = [p for p in queries.inspectors(unit) if p.pk in chosen]
    pool = queries.pool(people, at)
    if not pool:
        raise Refused(_("Please choose who may be sent."))
    paths = dict(Unit.objects.filter(pk__in=[e.pk for e in entrants]).values_list("pk", "path"))
    if given.joint and given.each < 2:
        raise Refused(_("A joint visit takes at least two inspectors."))
    _check_free(unit, entrants, paths, pool, given)
    made = Draw.objects.create(
        unit=unit,
        name=given.name,
        seed=secrets.token_hex(16),
        count=given.count,
        each=given.each,
        joint=given.joint,
        schools=[[e.pk, e.name, e.weight, e.why] for e in entrants],
        inspectors=[[i.pk, i.name, i.home, i.is_police] for i in pool],
        command=command,
        drawn_at=at,
        drawn_by_id=by.pk,
        drawn_name=by.name[:40],
    )
    _send(made, rules.draw_schools(made.seed, entrants, given.count), paths, pool, given)
    audit.record("draw.made", by=by, at=at, unit_id=unit.pk, subject=made.name, seed=made.seed)
    return made


def _check_days(first: date, last: date, at: datetime) -> None:
    today = local_day(at)
    if first < today or last > today + LONGEST:
        raise Refused(_("The day must lie between today and a year from now."))


def _check_free(
    unit: Unit,
    entrants: list[rules.Entrant],
    paths: dict[int, str],
    pool: list[rules.Inspector],
    given: DrawForm,
) -> None:
    """Before there is a seed: whoever may be sent steers no draw by being refused.

    :raises Refused: for some school of the pool too few are free of interest.
    """
    for entrant in entrants:
        free = [i for i in pool if rules.is_free(i, paths[entrant.pk], unit.path)]
        if given.joint and not rules.is_joint(free):
            raise Refused(
                _(
                    "For %(school)s a joint visit needs one of the police and one of another"
                    " office among those who are free of interest."
                )
                % {"school": entrant.name}
            )
        if len(free) < given.each:
            raise Refused(
                _("For %(school)s only %(n)d of those chosen are free of interest.")
                % {"school": entrant.name, "n": len(free)}
            )


def _send(
    made: Draw,
    drawn: list[rules.Entrant],
    paths: dict[int, str],
    pool: list[rules.Inspector],
    given: DrawForm,
) -> None:
    load: Counter[int] = Counter()
    choose = rules.draw_joint if given.joint else rules.draw_inspectors
    for entrant in drawn:
        free = [i for i in pool if rules.is_free(i, paths[entrant.pk], made.unit.path)]
        sent = choose(made.seed, entrant.pk, free, given.each, load)
        load.update(i.pk for i in sent)
        Visit.objects.create(
            unit=made.unit,
            school_id=entrant.pk,
            school_name=entrant.name,
            draw=made,
            first_day=given.first_day,
            last_day=given.last_day,
            persons=[i.pk for i in sent],
            names="、".join(i.name for i in sent)[:80],
        )


def _moved(visit: Visit, to: str, **values: Any) -> Visit:
    rows = Visit.objects.filter(pk=visit.pk, state=visit.state)
    if (visit.state, to) not in VISIT_TRANSITIONS or not rows.update(state=to, **values):
        raise Refused(_("That cannot be done with this visit now. Please look again."))
    return queries.visit(visit.pk)


def _require_inspector(visit: Visit, by: Viewer) -> None:
    """Whoever was drawn, though the school may lie beyond what they usually see."""
    if by.person_id not in visit.persons:
        raise Denied("supervision.do")
    by.require("supervision.do")


@transaction.atomic
def arrive(*, visit_id: int, by: Viewer, at: datetime) -> Visit:
    """Say that one stands at the gate: from now on the school sees the visit.

    :raises Refused: before its days or after them.
    """
    visit = queries.visit(visit_id)
    _require_inspector(visit, by)
    if not visit.first_day <= local_day(at) <= visit.last_day:
        raise Refused(_("This visit is for other days."))
    with acting(SYSTEM):
        moved = _moved(visit, VisitState.ARRIVED, arrived_at=at)
        _note("visit.arrived", moved, by, at)
    return moved


def _note(verb: str, visit: Visit, by: Viewer, at: datetime) -> None:
    """In the log of the office and of the school."""
    for unit_id in (visit.unit_id, visit.school_id):
        audit.record(verb, by=by, at=at, unit_id=unit_id, subject=visit.school_name, visit=visit.pk)
    live.notify("verdicts", units=[visit.unit_id, visit.school_id])


@transaction.atomic
def finish(*, visit_id: int, given: DoneForm, by: Viewer, at: datetime) -> Visit:
    """End a visit with what was seen and the school's signature; what is wrong becomes the school's
    hazards, the visit a record of the office. :raises Refused: it has not begun.
    """
    visit = queries.visit(visit_id)
    _require_inspector(visit, by)
    if visit.state != VisitState.ARRIVED:
        raise Refused(_("That cannot be done with this visit now. Please look again."))
    told = Viewer(by.person_id, by.name, system=True)
    with acting(SYSTEM):
        found = finding.hazards(visit.school, given.problems, told, at, at)
        result = f"{given.seen}（检查人：{visit.names}；校方签字：{given.signed}）"
        said = {"subject": visit.school_name, "found": len(found), "result": result}
        new = recording.NewFact(activity=VISIT, occurred_at=at, how=How.TYPED, payload=said)
        fact = recording.record(unit=visit.unit, fact=new, by=told, at=at)
        moved = _moved(
            visit,
            VisitState.DONE,
            done_at=at,
            seen=given.seen,
            signed=given.signed,
            hazards=[h.pk for h in found],
            fact=fact,
        )
        _note("visit.done", moved, by, at)
        _publish(moved, at)
    return moved


def _publish(visit: Visit, at: datetime) -> None:
    """Once nobody is to be surprised any more, every school may make the draw again."""
    # The last two may end at once: whoever comes second sees that the first is over.
    Unit.objects.select_for_update().get(pk=visit.unit_id)
    waiting = Visit.objects.filter(
        draw=visit.draw_id, state__in=[VisitState.PLANNED, VisitState.ARRIVED]
    )
    if visit.draw_id is not None and not waiting.exists():
        DrawPublished.objects.get_or_create(
            draw_id=visit.draw_id, defaults={"unit_id": visit.unit_id, "at": at}
        )


@transaction.atomic
def cancel(*, visit_id: int, words: str, by: Viewer, at: datetime) -> Visit:
    """Take a visit off before it ends, with a reason; that it was drawn stays in the draw."""
    visit = queries.visit(visit_id)
    by.require("supervision.do", visit.unit.path)
    moved = _moved(visit, VisitState.CANCELLED, why_not=words)
    audit.record(
        "visit.cancelled",
        by=by,
        at=at,
        unit_id=visit.unit_id,
        subject=visit.school_name,
        visit=visit.pk,
    )
    with acting(SYSTEM):
        _publish(moved, at)
    return moved
