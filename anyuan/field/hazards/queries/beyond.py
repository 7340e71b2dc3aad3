"""What of hazards goes beyond the school: listings, and referrals to departments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Prefetch, QuerySet

from anyuan.kernel.clock import local_day
from anyuan.kernel.scoping import Viewer, visible
from anyuan.org.people import queries as people
from anyuan.org.people.models import Person
from anyuan.org.people.queries import moved
from anyuan.org.people.rules import Role
from anyuan.org.units.models import Unit

from ..forms import OPEN
from ..models import Deed, Grade, Hazard, HazardState
from ..models.beyond import Confirmation, Department, Listing, Milestone, Referral
from ..rules import CRITERIA
from . import is_above


# -- listed for supervision -----------------------------------------------------------
def listing(hazard: Hazard) -> Listing | None:
    """The one that is in force."""
    return Listing.objects.filter(hazard=hazard, lifted_at=None).first()


def home_name(viewer: Viewer) -> str:
    """The office somebody belongs to; the program itself has none."""
    home = Unit.objects.filter(pk=viewer.home_unit_id or 0).first()
    return home.name if home else ""


def _seen(hazard: Hazard, listing: Listing) -> list[Confirmation]:
    """Who confirmed it since it was fixed the last time."""
    fixed = hazard.steps.filter(what=Deed.FIXED).order_by("-at", "-pk").first()
    if fixed is None:
        return []
    return list(listing.confirmations.filter(at__gte=fixed.at).order_by("at", "pk"))


def may_confirm(hazard: Hazard, listing: Listing, viewer: Viewer) -> bool:
    """Whether somebody may confirm for their own office that it is fixed."""
    office = home_name(viewer)
    doers = {hazard.fixed_by_id, hazard.owner_id}
    return (
        hazard.state == HazardState.FIXED
        and viewer.person_id not in doers
        and office not in {"", *(c.office for c in _seen(hazard, listing))}
    )


def is_confirmed_by_others(hazard: Hazard, listing: Listing, viewer: Viewer) -> bool:
    """Whether an office other than this person's has seen that it is fixed."""
    office, mine = home_name(viewer), moved.ids_of(viewer.pk)
    return any(c.by_id not in mine and c.office != office for c in _seen(hazard, listing))


@dataclass(frozen=True)
class Listed:
    """A listing as a page shows it."""

    listing: Listing
    milestones: list[Milestone]
    confirmations: list[Confirmation]
    may_reach: bool
    may_confirm: bool


def listed(hazard: Hazard, viewer: Viewer) -> Listed | None:
    """At most four queries."""
    found = listing(hazard)
    if found is None:
        return None
    above = is_above(viewer, hazard.unit, "supervision.do")
    return Listed(
        found,
        list(found.milestones.order_by("order")),
        _seen(hazard, found),
        above,
        above and may_confirm(hazard, found, viewer),
    )


def late_milestones(sponsor: Viewer | None, now: datetime) -> QuerySet[Milestone]:
    """Those that are over their day; of one sponsor, or of all."""
    rows = Milestone.objects.filter(
        reached_at=None, until__lt=local_day(now), listing__lifted_at=None
    )
    if sponsor is not None:
        rows = rows.filter(listing__sponsor_id=sponsor.pk)
    return rows.select_related("unit", "listing").order_by("until", "pk")


def sponsors(hazard: Hazard, viewer: Viewer) -> list[Person]:
    """Whoever above the school may answer for a listing; nobody where this person lists nothing."""
    is_open = hazard.grade == Grade.MAJOR and hazard.state in OPEN
    may_list = is_open and is_above(viewer, hazard.unit, "supervision.do")
    if not may_list or listing(hazard) is not None:
        return []
    return may_sponsor(hazard)


def may_sponsor(hazard: Hazard) -> list[Person]:
    """Whoever holds an office above the school."""
    ids = hazard.unit.ancestor_ids()[:-1]
    roles = (Role.DISTRICT_LEADER, Role.DISTRICT_OFFICER, Role.TOWN_OFFICER, Role.POLICE)
    held = {pk for role in roles for at in people.holding_at(ids, role).values() for pk in at}
    rows = Person.objects.filter(pk__in=held, left_on=None).select_related("unit")
    return list(rows.order_by("pinyin", "pk"))


@dataclass(frozen=True)
class Public:
    """What of a listing everybody may know: no words that people wrote, no names of people."""

    criterion: str
    office: str
    since: datetime
    until: date
    reached: int
    milestones: int


def public(unit: Unit) -> list[Public]:
    """The listings of a unit that are in force. Two queries."""
    rows = (
        Listing.objects.filter(unit=unit, lifted_at=None)
        .select_related("hazard")
        .prefetch_related(Prefetch("milestones", Milestone.objects.order_by("order")))
    )
    return [
        Public(
            CRITERIA.get(row.hazard.criterion, Grade.MAJOR.label),
            row.office,
            row.listed_at,
            row.until,
            sum(1 for m in row.milestones.all() if m.reached_at),
            len(row.milestones.all()),
        )
        for row in rows.order_by("until", "pk")
    ]


# -- referrals --------------------------------------------------------------------------
def referral(pk: int) -> Referral:
    """:raises Invisible:"""
    return visible(Referral.objects.select_related("unit", "hazard").order_by("pk"), pk)


def referrals_of(hazard: Hazard) -> list[Referral]:
    return list(hazard.referrals.order_by("-sent_at", "-pk"))


def referrals(unit: Unit) -> QuerySet[Referral]:
    """Those of a unit and of those below: unanswered first, the longest due before the others."""
    return (
        Referral.objects.filter(unit__path__startswith=unit.path)
        .select_related("unit")
        .order_by(F("answered_at").desc(nulls_first=True), "due", "pk")
    )


def silent(unit_ids: Sequence[int], now: datetime) -> QuerySet[Referral]:
    """Those that are over their day without an answer, of hazards that are open."""
    return (
        Referral.objects.filter(unit__in=unit_ids, answered_at=None, due__lt=local_day(now))
        .filter(hazard__state__in=OPEN)
        .select_related("unit")
        .order_by("due", "pk")
    )


DEPARTMENTS = Department.choices
