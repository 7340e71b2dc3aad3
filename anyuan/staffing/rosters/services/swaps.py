"""Two people change places."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Denied, Viewer
from anyuan.org.audit import services as audit
from anyuan.org.messages import services as messages
from anyuan.staffing.rosters.queries import shifts, swaps, waiting

from ..models import (
    Shift,
    Swap,
    SwapState,
)

if TYPE_CHECKING:
    pass
from .leave import this_school_year
from .shifts import give, require_able


@transaction.atomic
def ask(*, mine_id: int, theirs_id: int, by: Viewer, at: datetime) -> Swap:
    """Offer one's own shift for somebody else's.

    The same twice is once. :raises Denied, Refused:
    """
    mine, theirs = shifts.shift(mine_id), shifts.shift(theirs_id)
    if mine.person_id != by.person_id:
        raise Denied("not your shift")
    if (
        theirs.person_id in {None, mine.person_id}
        or theirs.unit_id != mine.unit_id
        or min(mine.starts_at, theirs.starts_at) <= at
        or not (mine.in_force and theirs.in_force)
    ):
        raise Refused(_("These two shifts cannot be swapped."))
    for shift, given in ((theirs, mine), (mine, theirs)):
        if given.person is not None:
            require_able(shift, given.person, given)
    new = {"unit": mine.unit, "asked_at": at, "state": SwapState.ASKED}
    row, is_new = Swap.objects.get_or_create(
        mine=mine,
        theirs=theirs,
        one_id=mine.person_id,
        other_id=theirs.person_id,
        state__in=[SwapState.ASKED, SwapState.AGREED],
        defaults=new,
    )
    if is_new and theirs.person is not None:
        messages.tell_matters([waiting.swap_matter(row)], at)
    live.notify("verdicts", units=[mine.unit_id])
    return row


def _exchange(one: Shift, other: Shift, by: Viewer, at: datetime) -> None:
    """Let two people change places; nobody's for a moment, so that neither is in two places on the
    way.
    """
    if one.came_at or other.came_at:
        raise Refused(
            _("%(name)s has already signed in there.")
            % {"name": (one if one.came_at else other).person or ""}
        )
    Shift.objects.filter(pk__in=[one.pk, other.pk]).update(person=None)
    for shift, person in ((one, other.person), (other, one.person)):
        give(shifts.shift(shift.pk), person, by, at)


@transaction.atomic
def exchange(*, shift_id: int, other_id: int, by: Viewer, at: datetime) -> Shift:
    """Change the places of two people, as when one is dragged onto the other; checked at once, done
    whole or not at all. :raises Refused:
    """
    one, other = shifts.shift(shift_id), shifts.shift(other_id)
    by.require("roster.make", one.unit.path)
    if (
        one.unit_id != other.unit_id
        or one.pk == other.pk
        or one.in_force != other.in_force
        or (not one.in_force and one.roster_id != other.roster_id)
    ):
        raise Refused(_("These two shifts cannot be swapped."))
    _exchange(one, other, by, at)
    return one


@transaction.atomic
def answer(*, swap_id: int, yes: bool, by: Viewer, at: datetime) -> Swap:
    """The other agrees, or not; whoever asked may take it back. :raises Denied:"""
    row = swaps.swap(swap_id)
    if by.person_id not in (
        {row.theirs.person_id} if yes else {row.theirs.person_id, row.mine.person_id}
    ):
        raise Denied("not asked of you")
    Swap.objects.filter(
        pk=row.pk, state__in=[SwapState.ASKED] if yes else [SwapState.ASKED, SwapState.AGREED]
    ).update(state=SwapState.AGREED if yes else SwapState.REFUSED)
    row.refresh_from_db()
    return row


@transaction.atomic
def decide(*, swap_id: int, grant: bool, by: Viewer, at: datetime) -> Swap:
    """One approval changes both places, or none. :raises Refused:"""
    row = swaps.swap(swap_id)
    by.require("roster.make", row.unit.path)
    if not Swap.objects.filter(pk=row.pk, state=SwapState.AGREED).update(
        state=SwapState.APPROVED if grant else SwapState.REFUSED, decided_by=by.name[:40]
    ):
        raise Refused(_("This was decided a moment ago, or withdrawn."))
    if grant:
        _exchange(row.mine, row.theirs, by, at)
    audit.record("swap.decided", by=by, at=at, unit_id=row.unit_id, subject=str(row), granted=grant)
    row.refresh_from_db()
    return row


def forget_over(at: datetime) -> int:
    """Who asked whom to swap, once the next school year has begun."""
    over = this_school_year(at)
    rows = Swap.objects.filter(mine__ends_at__lt=over, theirs__ends_at__lt=over)
    return rows.delete()[0]
