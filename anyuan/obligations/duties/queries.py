"""Reads of who answers for what, and of exemptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anyuan.kernel.matters import Act, Matter, Urgency
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.scoping import visible as visible_row
from anyuan.obligations.plans.models import Binding, Obligation, PlanStatus
from anyuan.org.people.queries import Person
from anyuan.org.units.models import Unit

from .models import Exemption, Responsible, State
from .rules import MUCH

__all__ = ["Exemption", "State"]


@dataclass(frozen=True)
class Owing:
    """One obligation that a unit owes now, and who answers for it there."""

    obligation: Obligation
    ends: date
    person: Person | None


def owing(unit: Unit, today: date) -> list[Owing]:
    """What a unit owes by adopted plans, those that nobody answers for first. Three queries."""
    rows = (
        Binding.objects.filter(
            unit=unit, ends__gt=today, obligation__plan__status=PlanStatus.ADOPTED
        )
        .select_related("obligation__plan")
        .defer("obligation__plan__text", "obligation__plan__structure")
        .order_by("obligation__plan_id", "obligation__start", "pk")
    )
    who = {
        r.obligation_id: r.person
        for r in (
            Responsible.objects.filter(unit=unit, until=None)
            .select_related("person")
            .order_by("pk")
        )
    }
    found = [Owing(b.obligation, b.ends, who.get(b.obligation_id)) for b in rows]
    return sorted(found, key=lambda o: o.person is not None)


def loaded(rows: Sequence[Owing]) -> list[tuple[Person, int]]:
    """Who answers for very many of these."""
    people = {o.person.pk: o.person for o in rows if o.person}
    counts = Counter(o.person.pk for o in rows if o.person)
    return [(people[pk], n) for pk, n in counts.most_common() if n > MUCH]


def names(unit_ids: Iterable[int]) -> dict[tuple[int, int], str]:
    """(unit, obligation) → the name of who answers for it."""
    rows = (
        Responsible.objects.filter(unit_id__in=list(unit_ids), until=None)
        .order_by("pk")
        .values_list("unit_id", "obligation_id", "person__name")
    )
    return {(u, o): name for u, o, name in rows}


@dataclass(frozen=True)
class Named:
    """Who answers for a duty."""

    person_id: int
    name: str
    phone: str


def answering(unit_ids: Iterable[int]) -> dict[tuple[int, int], Named]:
    """(unit, obligation) → who answers for it. One query."""
    rows = Responsible.objects.filter(unit_id__in=list(unit_ids), until=None).order_by("pk")
    found = rows.values_list(
        "unit_id", "obligation_id", "person_id", "person__name", "person__phone"
    )
    return {(u, o): Named(p, name, phone) for u, o, p, name, phone in found}


def mine(viewer: Viewer) -> set[tuple[int, int]]:
    """The (unit, obligation) that the viewer answers for."""
    return set(
        Responsible.objects.filter(person_id=viewer.pk, until=None).values_list(
            "unit_id", "obligation_id"
        )
    )


def of_person(person: Person) -> list[Obligation]:
    """What somebody answers for, in plans that are adopted."""
    rows = Responsible.objects.filter(
        person=person, until=None, obligation__plan__status=PlanStatus.ADOPTED
    )
    return [
        r.obligation
        for r in (
            rows.select_related("obligation__plan")
            .defer("obligation__plan__text", "obligation__plan__structure")
            .order_by("obligation__plan_id", "obligation__start", "pk")
        )
    ]


# -- exemptions -----------------------------------------------------------------
def exemptions() -> QuerySet[Exemption]:
    return (
        Exemption.objects.select_related("unit", "obligation__plan__unit")
        .defer("obligation__plan__text", "obligation__plan__structure")
        .order_by("-asked_at", "-pk")
    )


def exemption(pk: int) -> Exemption:
    """:raises Invisible:"""
    return visible_row(exemptions(), pk)


def to_decide(viewer: Viewer) -> list[Exemption]:
    """What waits for a decision of this viewer."""
    rows = exemptions().filter(state=State.ASKED)
    return [
        e
        for e in rows
        if viewer.may("exemption.decide", e.obligation.plan.unit.path)
        and e.asked_by_id != viewer.person_id
    ]


def of_duty(unit_id: int, obligation_id: int) -> list[Exemption]:
    return list(exemptions().filter(unit_id=unit_id, obligation_id=obligation_id))


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """Exemptions that wait for this viewer's decision: one matter, however many."""
    waiting = to_decide(viewer) if viewer.may("exemption.decide") else []
    if not waiting:
        return []
    n = len(waiting)
    said = ngettext(
        "%(n)s exemption waits for your decision", "%(n)s exemptions wait for your decision", n
    )
    unit = waiting[0].obligation.plan.unit
    return [
        Matter(
            key="exemptions",
            unit_id=unit.pk,
            path=unit.path,
            sentence=said % {"n": n},
            act=Act(_("Open"), reverse("exemptions")),
            urgency=Urgency.NOW,
            permission="exemption.decide",
        )
    ]
