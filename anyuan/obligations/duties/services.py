"""Writes of who answers for what, and of exemptions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer, visible
from anyuan.kernel.states import origins
from anyuan.obligations.plans import queries as plans
from anyuan.org.audit import services as audit
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person
from anyuan.org.people.services.leaving import Belonging
from anyuan.org.units.models import Unit
from anyuan.record.evidence.services import recording

from . import queries, rules
from .models import Exemption, Responsible, State


@transaction.atomic
def name_responsible(
    *, unit: Unit, obligation_id: int, person: Person | None, by: Viewer, at: datetime
) -> None:
    """Say who answers for an obligation at a unit from today; nobody takes it away.

    Naming the same again changes nothing.
    """
    by.require("org.edit", unit.path)
    owed = plans.binding(unit.pk, obligation_id)
    if person is not None and (person.unit_id != unit.pk or person.left_on):
        raise Refused(_("Who answers for a duty belongs to the unit that owes it."))
    open_ = Responsible.objects.filter(unit=unit, obligation_id=obligation_id, until=None)
    if person is not None and open_.filter(person=person).exists():
        return
    open_.update(until=local_day(at))
    if person is not None:
        Responsible.objects.create(
            unit=unit, obligation_id=obligation_id, person=person, since=local_day(at)
        )
    audit.record(
        "duty.answered",
        by=by,
        at=at,
        unit_id=unit.pk,
        subject=f"{owed.obligation.action[:70]} → {person.name if person else '—'}",
        obligation=obligation_id,
        person=person.pk if person else None,
    )


@transaction.atomic
def fill(*, unit: Unit, by: Viewer, at: datetime) -> int:
    """Name, for what nobody answers for, whoever holds the post that the plan's words point to;
    returns how many.
    """
    by.require("org.edit", unit.path)
    posts = [(p.title, p.person) for p in people.posts(unit) if p.person.unit_id == unit.pk]
    named = 0
    for owed in queries.owing(unit, local_day(at)):
        person = rules.likely(owed.obligation.holder, posts) if owed.person is None else None
        if person is not None:
            name_responsible(
                unit=unit, obligation_id=owed.obligation.pk, person=person, by=by, at=at
            )
            named += 1
    return named


class Duties:
    def held(self, person: Person) -> list[Belonging]:
        rows = (
            Responsible.objects.filter(person=person, until=None)
            .select_related("obligation")
            .order_by("pk")
        )
        return [Belonging("duty", r.pk, r.obligation.action) for r in rows]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        old = visible(Responsible.objects.order_by("pk"), pk)
        Responsible.objects.filter(pk=pk).update(until=on)
        if to is not None:
            Responsible.objects.create(
                unit_id=old.unit_id, obligation_id=old.obligation_id, person=to, since=on
            )


def carry(pairs: Mapping[int, int], at: datetime) -> None:
    """A plan's new version keeps who answers, and the exemptions that still run."""
    today = local_day(at)
    for old in Responsible.objects.filter(obligation_id__in=pairs, until=None).order_by("pk"):
        Responsible.objects.filter(pk=old.pk).update(until=today)
        Responsible.objects.get_or_create(
            unit_id=old.unit_id,
            obligation_id=pairs[old.obligation_id],
            until=None,
            defaults={"person_id": old.person_id, "since": today},
        )
    for granted in Exemption.objects.filter(
        obligation_id__in=pairs, state=State.GRANTED, ends__gt=today
    ).order_by("pk"):
        granted.pk, granted.obligation_id = None, pairs[granted.obligation_id]
        granted.save(force_insert=True)


# -- exemptions -----------------------------------------------------------------
@transaction.atomic
def ask(
    *,
    unit: Unit,
    obligation_id: int,
    starts: date,
    ends: date,
    reason: str,
    by: Viewer,
    at: datetime,
) -> Exemption:
    """Ask that a unit not be held to an obligation over [starts, ends).

    Asking twice is asking once. :raises Refused:
    """
    by.require("exemption.ask", unit.path)
    plans.binding(unit.pk, obligation_id)
    if not 0 < (ends - starts).days <= rules.LONGEST_EXEMPTION:
        raise Refused(_("An exemption ends after it starts, and lasts at most a year."))
    if starts < local_day(at) - timedelta(days=31):
        raise Refused(_("An exemption cannot be asked for what lies more than a month back."))
    if not reason:
        raise Refused(_("Please say why."))
    waiting = Exemption.objects.filter(
        unit=unit, obligation_id=obligation_id, state=State.ASKED
    ).first()
    if waiting:
        return waiting
    row = Exemption.objects.create(
        unit=unit,
        obligation_id=obligation_id,
        starts=starts,
        ends=ends,
        reason=reason[:300],
        asked_by=by.name,
        asked_by_id=by.pk,
        asked_at=at,
    )
    _said("exemption.asked", row, by, at)
    return row


@transaction.atomic
def decide(*, exemption_id: int, grant: bool, answer: str, by: Viewer, at: datetime) -> Exemption:
    """Grant or refuse.

    :raises Denied: not theirs, or asked by themselves. :raises Refused: decided already.
    """
    row = queries.exemption(exemption_id)
    by.require("exemption.decide", row.obligation.plan.unit.path)
    if row.asked_by_id == by.person_id:
        raise Denied("who asks does not decide")
    if not grant and not answer:
        raise Refused(_("Please say why it is refused."))
    return _move(
        row,
        State.ASKED,
        State.GRANTED if grant else State.REFUSED,
        by,
        at,
        decided_by=by.name,
        decided_by_id=by.person_id,
        decided_at=at,
        answer=answer[:300],
    )


@transaction.atomic
def withdraw(*, exemption_id: int, by: Viewer, at: datetime) -> Exemption:
    row = queries.exemption(exemption_id)
    by.require("exemption.ask", row.unit.path)
    return _move(row, State.ASKED, State.WITHDRAWN, by, at)


@transaction.atomic
def end(*, exemption_id: int, by: Viewer, at: datetime) -> Exemption:
    """End a granted exemption today; what it excused until then stays excused."""
    row = queries.exemption(exemption_id)
    by.require("exemption.decide", row.obligation.plan.unit.path)
    today = local_day(at)
    if row.starts < today:
        return _move(row, State.GRANTED, State.GRANTED, by, at, ends=min(row.ends, today))
    return _move(row, State.GRANTED, State.ENDED, by, at)


def _move(row: Exemption, was: str, to: str, by: Viewer, at: datetime, **fields: Any) -> Exemption:
    if was != to and was not in origins(rules.TRANSITIONS, to):
        raise ValueError(f"{was} → {to} is no transition of exemptions")
    if not Exemption.objects.filter(pk=row.pk, state=was).update(state=to, **fields):
        raise Refused(_("Somebody else decided this a moment ago."))
    row.refresh_from_db()
    _said(f"exemption.{to}", row, by, at)
    # Its own verdicts are others now, and a rate over many units no longer counts this one, or
    # counts it again.
    recording.look_again(unit_id=row.unit_id, activity=row.obligation.activity, since=row.starts)
    live.notify("verdicts", units=[row.unit_id])
    return row


def _said(verb: str, row: Exemption, by: Viewer, at: datetime) -> None:
    audit.record(
        verb,
        by=by,
        at=at,
        unit_id=row.unit_id,
        subject=row.obligation.action,
        exemption=row.pk,
        starts=str(row.starts),
        ends=str(row.ends),
    )
