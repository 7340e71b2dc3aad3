"""Reads which hazards stand open: found by a patrol or by anybody, and not answered yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.models import Fact

FOUND, RECTIFIED = "hazard.found", "hazard.rectify"
LISTED = 6  # on a home page; our own bound
LOOKED_BACK = timedelta(days=366)  # the ledger keeps older ones; our own bound


@dataclass(frozen=True)
class Hazard:
    """A hazard that nobody has said to be gone, with the act that says so."""

    fact: Fact
    place: str
    said: str
    days: int  # since it was found
    rectify: str  # the address of the form; empty where the reader may not record


@dataclass(frozen=True)
class Open:
    """The open hazards of a home page: the oldest of one school, or schools by their number."""

    count: int
    hazards: list[Hazard]
    schools: list[tuple[Unit, int]]
    ledger: str


def open_facts(unit_ids: Sequence[int], now: datetime) -> QuerySet[Fact]:
    """What was found and is not answered; corrected and withdrawn records don't count."""
    latest = Fact.objects.filter(corrects=OuterRef("pk"))
    answered = Fact.objects.filter(
        answers_id=OuterRef("first_id"), activity=RECTIFIED, withdrawn=False
    )
    return (
        Fact.objects.filter(
            unit__in=unit_ids,
            activity=FOUND,
            withdrawn=False,
            day__gte=local_day(now - LOOKED_BACK),
        )
        .annotate(first_id=Coalesce("root_id", "pk", output_field=BigIntegerField()))
        .exclude(Exists(latest))
        .exclude(Exists(answered))
        .order_by("occurred_at", "pk")
    )


def home_hazards(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """The card of a home page; None where nothing is open. At most three queries."""
    unit = own[0] if own else None
    if unit is None or not viewer.may("fact.see", unit.path):
        return None
    schools = {u.pk: u for o in own for u in _schools(o)}
    found = open_facts(list(schools), now)
    by_unit = Counter(found.order_by().values_list("unit_id", flat=True))
    if not by_unit:
        return None
    ledger = f"{reverse('ledger')}?unit={unit.pk}&activity={FOUND}"
    if len(own) == 1 and unit.is_campus:
        shown = _hazards(viewer, list(found[:LISTED]), now)
        return {"open": Open(by_unit.total(), shown, [], ledger)}
    most = [(schools[pk], n) for pk, n in by_unit.most_common(LISTED)]
    return {"open": Open(by_unit.total(), [], most, ledger)}


def _schools(unit: Unit) -> list[Unit]:
    return [unit] if unit.is_campus else [u for u in units.below(unit) if u.is_campus]


def _hazards(viewer: Viewer, facts: list[Fact], now: datetime) -> list[Hazard]:
    form = reverse("record", args=[RECTIFIED])
    return [
        Hazard(
            line.fact,
            line.place,
            line.said,
            (local_day(now) - line.fact.day).days,
            f"{form}?unit={line.fact.unit_id}&answers={line.fact.root_id or line.fact.pk}"
            if viewer.may("fact.record")
            else "",
        )
        for line in evidence.lines(facts)
    ]
