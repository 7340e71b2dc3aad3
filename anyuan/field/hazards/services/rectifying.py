"""A hazard is assigned, fixed, verified by another, closed; or sent back, opened again, merged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.clock import midnight
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Viewer, acting
from anyuan.kernel.templatetags.words import choice, written
from anyuan.org.people.models import Person
from anyuan.org.people.services.leaving import Belonging
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.models import Attachment, Fact, How
from anyuan.record.evidence.services import recording
from anyuan.record.evidence.services.files import Upload

from .. import queries
from ..forms import OPEN, AssignForm, FixForm
from ..models import Deed, Grade, Hazard, HazardPhoto, HazardState
from ..models.beyond import Listing
from ..queries.beyond import listing as listing_of
from ..rules import REOPENED_WITHIN
from . import steps
from .finding import RECTIFIED
from .listing import check_joint


@transaction.atomic
def assign(*, hazard_id: int, given: AssignForm, by: Viewer, at: datetime) -> Hazard:
    """Say how grave it is, who fixes it, how, until when; or change that. A deadline that was set
    moves later by an extension alone.

    :raises Refused: somebody of another unit, a day out of bounds, a later day than before.
    """
    hazard = steps.locked(hazard_id)
    by.require("hazard.assign", hazard.unit.path)
    if hazard.state not in {HazardState.FOUND, HazardState.ASSIGNED}:
        raise _not_now(hazard)
    if given.owner not in queries.may_own(hazard) or given.owner.left_on:
        raise Refused(_("Whoever fixes it belongs to the unit."))
    _check_grade(hazard, given, by)
    _check_owner(hazard, given.owner)
    # A day that was demanded from above and is over is still the day: it is late at once.
    if given.deadline not in {hazard.deadline, hazard.demanded}:
        steps.check_day(given.deadline, at)
    _check_demanded(hazard, given, by)
    if hazard.deadline is not None and given.deadline > hazard.deadline:
        raise Refused(
            _(
                "A deadline moves later only when more time was asked for and granted,"
                " with a reason."
            )
        )
    moved = steps.move(
        hazard,
        HazardState.ASSIGNED,
        at,
        **NOT_ASKED,
        grade=given.grade,
        criterion=given.criterion,
        why=given.why,
        owner=given.owner,
        measure=given.measure,
        deadline=given.deadline,
        demanded=max(given.deadline, hazard.demanded) if hazard.demanded else None,
    )
    words = f"{given.owner.name}：{given.measure}"[:200]
    steps.add(moved, Deed.ASSIGNED, by, at, words=words, day=given.deadline)
    steps.note("hazard.assigned", moved, by, at)
    return moved


# What somebody asked for counts only while it stands as they saw it.
NOT_ASKED: dict[str, Any] = {"asked_until": None, "asked_why": "", "asked_by": None}


def _check_grade(hazard: Hazard, given: AssignForm, by: Viewer) -> None:
    """:raises Refused: a major one is made less by the school itself."""
    is_less = hazard.grade == Grade.MAJOR and given.grade != Grade.MAJOR
    if is_less and listing_of(hazard) is not None:
        raise Refused(_("It is listed for supervision as a major one until it is closed."))
    if is_less and not queries.is_above(by, hazard.unit, "hazard.assign"):
        raise Refused(_("That a major hazard is none is decided above the school."))


def _check_demanded(hazard: Hazard, given: AssignForm, by: Viewer) -> None:
    """:raises Refused: later than was demanded from above, by somebody who is not above."""
    if hazard.demanded is None or given.deadline <= hazard.demanded:
        return
    if not queries.is_above(by, hazard.unit, "hazard.assign"):
        day = written(hazard.demanded)
        raise Refused(_("From above it is demanded until %(day)s.") % {"day": day})


def _not_now(hazard: Hazard) -> Refused:
    said = _("This hazard is %(state)s; that cannot be done with it now.")
    return Refused(said % {"state": choice(hazard, "state")})


def _check_owner(hazard: Hazard, owner: Person) -> None:
    """:raises Refused: who granted more time would take it for themselves."""
    if hazard.steps.filter(what=Deed.EXTENDED, by_id=owner.pk).exists():
        raise Refused(_("Whoever granted more time for it does not fix it. Please name another."))


@transaction.atomic
def fence(*, hazard_id: int, words: str, by: Viewer, at: datetime) -> Hazard:
    """A measure at once (fence, close, stop), apart from the cure. :raises Refused: it is over."""
    hazard = steps.locked(hazard_id)
    steps.require_owner_or_office(hazard, by)
    if hazard.state not in OPEN:
        raise Refused(_("This hazard is not open any more."))
    Hazard.objects.filter(pk=hazard.pk).update(temporary=words)
    steps.add(hazard, Deed.TEMPORARY, by, at, words=words)
    live.notify("verdicts", units=[hazard.unit_id])
    return queries.get(hazard_id)


@transaction.atomic
def fix(
    *,
    hazard_id: int,
    given: FixForm,
    by: Viewer,
    at: datetime,
    fixed_at: datetime | None = None,
    uploads: Sequence[Upload] = (),
) -> Hazard:
    """Say that it is fixed, with photos; another person verifies it. `fixed_at`: where a phone says
    it late; never before it was to be fixed.

    :raises Refused: without a photo, or it is not to be fixed now.
    """
    hazard = steps.locked(hazard_id)
    steps.require_owner_or_office(hazard, by)
    if not uploads:
        raise Refused(_("Please add a photo of how it is now, from where the first one was taken."))
    done_at = min(at, max(fixed_at or at, hazard.moved_at))
    moved = steps.move(
        hazard,
        HazardState.FIXED,
        at,
        **NOT_ASKED,
        fixed_at=done_at,
        fixed_by_id=by.pk,
        fixed_name=by.name[:40],
        result=given.result,
        cost=given.cost,
        contractor=given.contractor,
    )
    steps.add(moved, Deed.FIXED, by, at, words=given.result, uploads=uploads)
    return moved


def _require_verifier(hazard: Hazard, by: Viewer, at: datetime) -> None:
    """:raises Refused: whoever fixed it, somebody under them, or for a major one of the school."""
    by.require("hazard.verify", hazard.unit.path)
    if hazard.state != HazardState.FIXED:
        raise _not_now(hazard)
    if steps.did_it(hazard, by) or not queries.may_verify(hazard, by, at):
        raise Refused(
            _(
                "Whoever fixed it or was to fix it, and whoever is under them, cannot verify it; a"
                " major hazard is verified from above. Please ask somebody over them."
            )
        )


@transaction.atomic
def close(
    *,
    hazard_id: int,
    words: str,
    by: Viewer,
    at: datetime,
    uploads: Sequence[Upload] = (),
) -> Hazard:
    """Verify that it is fixed: it is closed, and a record says so, of the moment when it was
    fixed. :raises Refused: by whoever fixed it or one under them.
    """
    hazard = steps.locked(hazard_id)
    _require_verifier(hazard, by, at)
    listing = check_joint(hazard, by)
    moved = steps.move(
        hazard, HazardState.CLOSED, at, closed_at=at, closed_by_id=by.pk, closed_name=by.name[:40]
    )
    steps.add(moved, Deed.CLOSED, by, at, words=words, uploads=uploads)
    fact = recording.record(
        unit=moved.unit,
        fact=_rectified(moved, words),
        by=by,
        at=at,
        keep=_photos_of_last_fix(moved),
    )
    Hazard.objects.filter(pk=moved.pk).update(rectified=fact)
    if listing is not None:
        Listing.objects.filter(pk=listing.pk).update(lifted_at=at)
    steps.note("hazard.closed", moved, by, at)
    return queries.get(hazard_id)


def _rectified(hazard: Hazard, words: str) -> recording.NewFact:
    """The record that a hazard was fixed: kept, so it is Chinese for whoever verified it."""
    fixed_at = hazard.fixed_at
    assert fixed_at is not None  # a constraint of the table
    (line,) = evidence.lines([hazard.newest])
    told = f"{hazard.fixed_name} 整改：{hazard.result}"
    return recording.NewFact(
        activity=RECTIFIED,
        occurred_at=fixed_at,
        how=How.PHOTOGRAPHED,
        payload={
            "place": line.place or "—",
            "subject": queries.said(line)[:80] or "—",
            "result": f"{told}；复查：{words}" if words else told,
        },
        answers_id=hazard.fact_id,
    )


def _photos_of_last_fix(hazard: Hazard) -> list[Attachment]:
    step = hazard.steps.filter(what=Deed.FIXED).order_by("-pk").first()
    photos = HazardPhoto.objects.filter(step=step).order_by("pk") if step else []
    return [
        Attachment(digest=p.digest, name=p.name, content_type=p.content_type, size=p.size)
        for p in photos
    ]


@transaction.atomic
def send_back(*, hazard_id: int, words: str, by: Viewer, at: datetime) -> Hazard:
    """Say that it is not fixed, and why: its owner goes on. :raises Refused:"""
    hazard = steps.locked(hazard_id)
    _require_verifier(hazard, by, at)
    moved = steps.move(
        hazard, HazardState.ASSIGNED, at, fixed_at=None, fixed_by=None, fixed_name="", result=""
    )
    steps.add(moved, Deed.SENT_BACK, by, at, words=words)
    steps.note("hazard.sent_back", moved, by, at)
    return moved


@transaction.atomic
def reopen(*, hazard_id: int, words: str, by: Viewer, at: datetime) -> Hazard:
    """Open a closed one again: it was not fixed, or it is there again. The record that it was fixed
    is withdrawn, its day stays. :raises Refused: more than 90 days later.
    """
    hazard = steps.locked(hazard_id)
    by.require("hazard.verify", hazard.unit.path)
    if hazard.owner is None or hazard.closed_at is None:
        raise Refused(_("This hazard was answered by a record alone. Please report it anew."))
    if at - hazard.closed_at > REOPENED_WITHIN:
        raise Refused(_("It was closed more than 90 days ago. Please report it anew."))
    owner = queries.office_of(hazard.unit, but=None) if hazard.owner.left_on else hazard.owner
    if owner is None:
        raise Refused(_("Nobody of the school can take it over. Please report it anew."))
    moved = steps.move(
        hazard,
        HazardState.ASSIGNED,
        at,
        owner=owner,
        closed_at=None,
        closed_by=None,
        closed_name="",
        fixed_at=None,
        fixed_by=None,
        fixed_name="",
        result="",
        rectified=None,
        reopened=hazard.reopened + 1,
    )
    with acting(SYSTEM):  # it was listed from above, and is so again whoever opens it
        Listing.objects.filter(hazard=hazard, lifted_at=hazard.closed_at).update(lifted_at=None)
    if hazard.rectified is not None:
        _withdraw(hazard.rectified, words, by, at)
    steps.add(moved, Deed.REOPENED, by, at, words=words, day=moved.deadline)
    steps.note("hazard.reopened", moved, by, at)
    return moved


def _withdraw(rectified: Fact, words: str, by: Viewer, at: datetime) -> None:
    """Withdraw the record that it was fixed, whichever of its versions is the newest."""
    newest = evidence.corrections(rectified)[-1]
    if newest.withdrawn:
        return
    recording.correct(
        fact=newest,
        change=recording.NewFact(
            activity=RECTIFIED, occurred_at=newest.occurred_at, withdrawn=True
        ),
        by=Viewer(by.person_id, by.name, system=True),
        at=at,
        reason=f"隐患重新打开：{words}",
    )


class Owned:
    """The hazards somebody is to fix pass on with the rest when they leave."""

    def held(self, person: Person) -> list[Belonging]:
        rows = Hazard.objects.filter(
            owner=person, state__in=[HazardState.ASSIGNED, HazardState.FIXED]
        ).select_related("unit", "newest")
        return [
            Belonging("hazard", h.pk, queries.short(h)) for h in rows.order_by("deadline", "pk")
        ]

    def hand(self, pk: int, to: Person | None, on: date) -> None:
        # A hazard that is being fixed always has somebody: unclaimed, it goes to the office.
        hazard = steps.locked(pk)
        new = to or queries.office_of(hazard.unit, but=hazard.owner_id)
        if new is None:
            raise Refused(_("Please say who takes over: %(what)s.") % {"what": str(hazard)})
        at = midnight(on)
        Hazard.objects.filter(pk=pk).update(owner=new, moved_at=at, **NOT_ASKED)
        by = Viewer(None, "人员离任", system=True)
        steps.add(hazard, Deed.HANDED_OVER, by, at, words=new.name)
