"""What a home page shows: the cards and matters of all apps, as they say them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from anyuan.kernel import manifest
from anyuan.kernel.clock import local_day
from anyuan.kernel.matters import Matter, Urgency, ordered
from anyuan.kernel.scoping import Viewer
from anyuan.obligations.plans import queries as plans
from anyuan.org.people import queries as people
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit
from anyuan.staffing.stations import queries as stations

ABOVE = 40  # cards of a smaller urgency stand above what waits for somebody
BESIDE = 60  # those up to here right after what waits for oneself


@dataclass(frozen=True)
class Shown:
    """One card with what its app made for it."""

    template: str
    urgency: int
    shown: dict[str, Any]


@dataclass(frozen=True)
class Home:
    """A home page: cards above, beside and below what waits, for me and for others."""

    above: list[Shown]
    beside: list[Shown]
    below: list[Shown]
    alarms: list[Matter]
    mine: list[Matter]
    others: list[Matter]
    later: list[Matter]
    several: bool  # whether the units told of are several, so that each is named

    @property
    def waiting(self) -> int:
        """The number on the badge."""
        return len(self.alarms) + len(self.mine)

    @property
    def others_title(self) -> str:
        return _("For our own offices") if self.several else _("For others at the school")


def home(viewer: Viewer, own: Sequence[Unit], now: datetime) -> Home:
    """Everything a home page says. Queries grow with the apps, not with their rows."""
    cards = sorted(_cards(viewer, own, now), key=lambda c: c.urgency)
    found = matters(viewer, own, now)
    open_ = [m for m in found if m.urgency not in {Urgency.ALARM, Urgency.LATER}]
    return Home(
        above=[c for c in cards if c.urgency < ABOVE],
        beside=[c for c in cards if ABOVE <= c.urgency < BESIDE],
        below=[c for c in cards if c.urgency >= BESIDE],
        alarms=_of_urgency(found, Urgency.ALARM),
        mine=[m for m in open_ if m.is_of(viewer)],
        others=[m for m in open_ if not m.is_of(viewer)],
        later=_of_urgency(found, Urgency.LATER),
        several=not all(u.is_campus for u in own),
    )


def _of_urgency(found: Sequence[Matter], urgency: Urgency) -> list[Matter]:
    return [m for m in found if m.urgency == urgency]


def matters(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Matter]:
    """What waits at these units, each once, the most urgent first."""
    return ordered(m for give in manifest.opened("matters") for m in give(viewer, own, now))


def waiting(viewer: Viewer, own: Sequence[Unit], now: datetime) -> int:
    """How many matters wait for this person or are alarms: the number on the badge."""
    open_ = [m for m in matters(viewer, own, now) if m.urgency < Urgency.LATER]
    return sum(1 for m in open_ if m.urgency == Urgency.ALARM or m.is_of(viewer))


def _cards(viewer: Viewer, own: Sequence[Unit], now: datetime) -> list[Shown]:
    declared = [(app, card) for app in manifest.all_apps() for card in app.cards]
    made = [(card, app.open(card.give)(viewer, own, now)) for app, card in declared]
    return [Shown(card.template, card.urgency, shown) for card, shown in made if shown is not None]


@dataclass(frozen=True)
class FirstStep:
    """One thing that an installation needs before it shows anything of use."""

    title: str
    how: str
    page: str
    done: bool


def first_steps(viewer: Viewer, own: Sequence[Unit], now: datetime) -> dict[str, Any] | None:
    """What is still to be set up, for whoever may; None once everything is."""
    unit = own[0] if own else None
    if unit is None or not viewer.may("org.edit", unit.path):
        return None
    asked = f"?unit={unit.pk}"
    steps = [
        FirstStep(
            _("Terms"),
            _("From these days on duties by day, week and term are counted."),
            reverse("calendar") + asked,
            _has_term(unit, now),
        ),
        FirstStep(
            _("Units and people"),
            _("One by one, or all at once from a workbook."),
            reverse("organisation") + asked,
            _has_people(unit),
        ),
        FirstStep(
            _("Plan"),
            _("Upload the work plan you were sent, review it, have it signed."),
            reverse("plans"),
            plans.is_any_adopted(),
        ),
        FirstStep(
            _("Stations"),
            _("Where somebody must stand and when; the roster is made from them."),
            reverse("stations"),
            _has_stations(unit),
        ),
    ]
    if all(step.done for step in steps):
        return None
    return {"steps": steps, "next": next(step for step in steps if not step.done)}


def _has_term(unit: Unit, now: datetime) -> bool:
    """Whether a term runs or is still to come."""
    today = local_day(now)
    return any(term.ends > today for term in units.terms(unit))


def _has_people(unit: Unit) -> bool:
    """Of an office its schools; of a school somebody beside whoever set it up."""
    if unit.is_campus:
        return len(people.choices(unit)) > 1
    return units.campuses(unit).exists()


def _has_stations(unit: Unit) -> bool:
    campuses = [unit.pk] if unit.is_campus else [u.pk for u in units.campuses(unit)]
    return bool(stations.manned(campuses))
