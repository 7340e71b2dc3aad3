"""A major hazard is listed for supervision (挂牌督办): a sponsor, milestones, and two offices that
verify it before it is closed.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer

from ..forms import OPEN, ListingForm
from ..models import Deed, Grade, Hazard
from ..models.beyond import Confirmation, Listing, Milestone
from ..queries import beyond, is_above
from . import steps


@transaction.atomic
def list_it(*, hazard_id: int, given: ListingForm, by: Viewer, at: datetime) -> Hazard:
    """List a major hazard, in the name of an office above the school.

    :raises Refused: it is not major or not open, is listed already, or a day lies out of bounds.
    """
    hazard = steps.locked(hazard_id)
    _require_above(hazard, by)
    if hazard.grade != Grade.MAJOR or hazard.state not in OPEN:
        raise Refused(_("Only a major hazard that is open is listed."))
    if given.sponsor not in beyond.may_sponsor(hazard):
        raise Refused(_("The sponsor holds an office above the school."))
    for day in [given.until, *(until for _what, until in given.milestones)]:
        steps.check_day(day, at)
    if given.milestones[-1][1] > given.until:
        raise Refused(_("The last milestone lies after the day until which all is to be done."))
    try:
        with transaction.atomic():
            listing = _made(hazard, given, by, at)
    except IntegrityError as same:
        raise Refused(_("It is listed already.")) from same
    # From now on only those above move its day later.
    days = [day for day in (hazard.demanded, given.until) if day]
    deadline = min(hazard.deadline, given.until) if hazard.deadline else None
    Hazard.objects.filter(pk=hazard.pk).update(demanded=min(days), deadline=deadline)
    steps.add(hazard, Deed.LISTED, by, at, words=given.demand, day=given.until)
    steps.note("hazard.listed", hazard, by, at)
    live.notify("verdicts", units=[hazard.unit_id])
    return listing.hazard


def _made(hazard: Hazard, given: ListingForm, by: Viewer, at: datetime) -> Listing:
    listing = Listing.objects.create(
        unit=hazard.unit,
        hazard=hazard,
        office=beyond.home_name(by),
        sponsor_id=given.sponsor.pk,
        sponsor_name=given.sponsor.name[:40],
        demand=given.demand,
        until=given.until,
        listed_at=at,
        listed_by_id=by.pk,
        listed_name=by.name[:40],
    )
    for order, (what, until) in enumerate(given.milestones, 1):
        Milestone.objects.create(
            unit=hazard.unit, listing=listing, order=order, what=what, until=until
        )
    return listing


def _require_above(hazard: Hazard, by: Viewer) -> None:
    if not is_above(by, hazard.unit, "supervision.do"):
        raise Denied("supervision.do")


@transaction.atomic
def reach(*, hazard_id: int, milestone_id: int, by: Viewer, at: datetime) -> Hazard:
    """Say that a milestone is reached; by somebody above the school. :raises Refused:"""
    hazard = steps.locked(hazard_id)
    _require_above(hazard, by)
    rows = Milestone.objects.filter(
        pk=milestone_id, listing__hazard=hazard, listing__lifted_at=None, reached_at=None
    )
    milestone = rows.first()
    if milestone is None:
        raise Refused(_("This milestone was reached, or the hazard is listed no more."))
    rows.update(reached_at=at, reached_name=by.name[:40])
    steps.add(hazard, Deed.REACHED, by, at, words=milestone.what)
    live.notify("verdicts", units=[hazard.unit_id])
    return hazard


@transaction.atomic
def confirm(*, hazard_id: int, words: str, by: Viewer, at: datetime) -> Hazard:
    """Say, for one's own office, that a listed hazard is fixed; another office closes it.

    :raises Refused: it is not fixed, or one's office said so already.
    """
    hazard = steps.locked(hazard_id)
    _require_above(hazard, by)
    listing = beyond.listing(hazard)
    if listing is None or steps.did_it(hazard, by) or not beyond.may_confirm(hazard, listing, by):
        raise Refused(_("Somebody of another office that has not seen it yet confirms it."))
    office = beyond.home_name(by)
    Confirmation.objects.create(
        unit=hazard.unit,
        listing=listing,
        at=at,
        by_id=by.pk,
        by_name=by.name[:40],
        office=office,
        words=words,
    )
    steps.add(hazard, Deed.CONFIRMED, by, at, words=f"{office}：{words}"[:200])
    steps.note("hazard.confirmed", hazard, by, at)
    live.notify("verdicts", units=[hazard.unit_id])
    return hazard


def check_joint(hazard: Hazard, by: Viewer) -> Listing | None:
    """What a closing ends. :raises Refused: no other office has verified a listed hazard."""
    listing = beyond.listing(hazard)
    if listing is not None and not beyond.is_confirmed_by_others(hazard, listing, by):
        raise Refused(
            _("It is listed for supervision: an office other than yours confirms it first.")
        )
    return listing
