"""What the pages of hazards show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page

from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer
from anyuan.org.people.models import Person
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit
from anyuan.record.evidence import queries as evidence

from ..forms import OPEN, HazardsForm
from ..models import Grade, Hazard, HazardState, HazardStep
from ..models.beyond import Referral
from ..rules import CRITERIA, LONGEST, REOPENED_WITHIN
from . import (
    Counts,
    Row,
    beyond,
    counts,
    earlier,
    may_grant,
    may_own,
    may_verify,
    proposed_owner,
    rows,
    similar,
    steps,
    summed,
    usual_days,
)


@dataclass(frozen=True)
class HazardsPage:
    """The hazards of a unit and those below: the counts, and those that were asked for."""

    unit: Unit
    units: list[Unit]
    counts: Counts
    rows: list[Row]
    page: Page[Any]
    form: HazardsForm
    states: list[tuple[str, str]]
    grades: list[tuple[str, str]]
    many: bool  # whether several units are shown
    may_report: bool
    may_export: bool


def hazards_page(
    viewer: Viewer, unit: Unit, form: HazardsForm, page: Page[Any], now: datetime
) -> HazardsPage:
    """The hazards of a unit that a form asks for, as one page of the list shows them."""
    today = local_day(now)
    below = list(units.below(unit).values_list("pk", flat=True))
    return HazardsPage(
        unit=unit,
        units=units.menu(viewer, unit),
        counts=summed(counts(below, today).values()),
        rows=rows(list(page), today),
        page=page,
        form=form,
        states=HazardState.choices,
        grades=Grade.choices,
        many=len(below) > 1,
        may_report=viewer.may("fact.record", unit.path),
        may_export=viewer.may("report.see", unit.path),
    )


@dataclass(frozen=True)
class HazardPage:
    """One hazard: what was said of it, its photos, what was done, and what the reader may do."""

    hazard: Hazard
    row: Row
    photos: list[evidence.Attachment]
    steps: list[HazardStep]
    similar: list[Row]
    earlier: list[Row]
    usual_days: int | None
    proposed_until: date | None  # for whoever assigns; they decide
    people: list[Person]  # who may be to fix it, for whoever may assign
    proposed: Person | None
    criteria: dict[str, str]
    grades: list[tuple[str, str]]
    today: date
    may_assign: bool
    may_fix: bool
    may_verify: bool
    may_reopen: bool
    may_decide: bool
    listed: beyond.Listed | None
    sponsors: list[Person]  # for whoever may list it for supervision
    referrals: list[Referral]
    departments: list[tuple[str, str]]
    may_hand_over: bool
    may_answer: bool  # write down what came on paper


def hazard_page(viewer: Viewer, hazard: Hazard, now: datetime) -> HazardPage:
    """One hazard for whoever may see it, with what they may do."""
    today = local_day(now)
    (row,) = rows([hazard], today)
    may_assign = viewer.may("hazard.assign", hazard.unit.path)
    can_assign = may_assign and hazard.state in {HazardState.FOUND, HazardState.ASSIGNED}
    may_judge = viewer.may("hazard.verify", hazard.unit.path)
    mine = hazard.owner_id is not None and hazard.owner_id == viewer.person_id
    usual = usual_days(hazard.unit) if can_assign else None
    return HazardPage(
        hazard=hazard,
        row=row,
        photos=evidence.attachments(hazard.newest),
        steps=steps(hazard),
        similar=similar(hazard, row.line, today) if can_assign else [],
        earlier=earlier(hazard, row.line, today),
        usual_days=usual,
        proposed_until=_proposed(hazard, usual, today),
        people=may_own(hazard) if can_assign else [],
        proposed=hazard.owner or proposed_owner(hazard, row.line),
        criteria=CRITERIA,
        grades=Grade.choices,
        today=today,
        may_assign=can_assign,
        may_fix=hazard.state == HazardState.ASSIGNED and (mine or may_assign),
        may_verify=hazard.state == HazardState.FIXED and may_verify(hazard, viewer, now),
        may_reopen=may_judge and _can_reopen(hazard, now),
        may_decide=may_grant(hazard, viewer, now),
        listed=beyond.listed(hazard, viewer),
        sponsors=beyond.sponsors(hazard, viewer),
        referrals=beyond.referrals_of(hazard),
        departments=beyond.DEPARTMENTS,
        may_hand_over=may_assign and hazard.state in OPEN,
        may_answer=may_assign,
    )


def _proposed(hazard: Hazard, usual: int | None, today: date) -> date | None:
    """A day until which it might be fixed, where none is set yet."""
    if hazard.deadline or usual is None:
        return None if hazard.deadline else hazard.demanded
    proposed = today + min(timedelta(days=usual), LONGEST)
    return min(proposed, hazard.demanded) if hazard.demanded else proposed


def _can_reopen(hazard: Hazard, now: datetime) -> bool:
    closed_at = hazard.closed_at
    return (
        hazard.owner_id is not None and closed_at is not None and now - closed_at <= REOPENED_WITHIN
    )
