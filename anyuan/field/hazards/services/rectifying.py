"""A hazard is assigned, fixed, verified by another, closed; or sent back, opened again, merged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.templatetags.words import choice
from anyuan.org.audit import services as audit
from anyuan.org.people.models import Person
from anyuan.org.people.rules import Held, lacks_over
from anyuan.org.people.services.leaving import Belonging
from anyuan.record.evidence import queries as evidence
from anyuan.record.evidence.models import Attachment, How
from anyuan.record.evidence.services import files, recording
from anyuan.record.evidence.services.files import MAX_FILES, Upload

from .. import queries
from ..forms import OPEN, AssignForm, FixForm
from ..models import Deed, Hazard, HazardPhoto, HazardState, HazardStep
from ..rules import LONGEST, REOPENED_WITHIN, TRANSITIONS
from . import finding
from .finding import RECTIFIED


def _moved(hazard: Hazard, to: str, **values: Any) -> Hazard:
    """Move a hazard on from the state in which its reader saw it. :raises Refused: it moved."""
    if (hazard.state, to) not in TRANSITIONS:
        raise Refused(
            _("This hazard is %(state)s; that cannot be done with it now.")
            % {"state": choice(hazard, "state")}
        )
    moved = Hazard.objects.filter(pk=hazard.pk, state=hazard.state).update(state=to, **values)
    if not moved:
        raise Refused(
            _("Somebody else did something about this hazard meanwhile. Please look again.")
        )
    live.notify("verdicts", units=[hazard.unit_id])
    return queries.get(hazard.pk)


def _step(
    hazard: Hazard,
    what: Deed,
    by: Viewer,
    at: datetime,
    *,
    words: str = "",
    day: date | None = None,
    uploads: Sequence[Upload] = (),
) -> HazardStep:
    if len(uploads) > MAX_FILES:
        raise Refused(_("At most %(n)d files can be sent with one record.") % {"n": MAX_FILES})
    step = HazardStep.objects.create(
        unit=hazard.unit,
        hazard=hazard,
        at=at,
        by_id=by.person_id,
        by_name=by.name[:40],
        what=what,
        words=words,
        day=day,
    )
    for upload in uploads:
        kept = files.store(hazard.unit, upload)
        HazardPhoto.objects.create(
            unit=hazard.unit,
            step=step,
            digest=kept.digest,
            name=kept.name,
            content_type=kept.content_type,
            size=kept.size,
        )
    return step


def _note(verb: str, hazard: Hazard, by: Viewer, at: datetime) -> None:
    audit.record(verb, by=by, at=at, unit_id=hazard.unit_id, subject=str(hazard), hazard=hazard.pk)


def _check_day(day: date, at: datetime) -> None:
    today = local_day(at)
    if not today <= day <= today + LONGEST:
        raise Refused(_("The day must lie between today and a year from now."))


@transaction.atomic
def assign(*, hazard_id: int, given: AssignForm, by: Viewer, at: datetime) -> Hazard:
    """Say how grave it is, who fixes it, how, until when; or change that. A deadline that was set
    moves later by an extension alone.

    :raises Refused: somebody of another unit, a day out of bounds, a later day than before.
    """
    hazard = queries.get(hazard_id)
    by.require("hazard.assign", hazard.unit.path)
    if given.owner.unit_id != hazard.unit_id or given.owner.left_on:
        raise Refused(_("Whoever fixes it belongs to the unit."))
    _check_day(given.deadline, at)
    if hazard.deadline is not None and given.deadline > hazard.deadline:
        raise Refused(
            _(
                "A deadline moves later only when more time was asked for and granted,"
                " with a reason."
            )
        )
    moved = _moved(
        hazard,
        HazardState.ASSIGNED,
        grade=given.grade,
        criterion=given.criterion,
        why=given.why,
        owner=given.owner,
        measure=given.measure,
        deadline=given.deadline,
    )
    words = f"{given.owner.name}：{given.measure}"[:200]
    _step(moved, Deed.ASSIGNED, by, at, words=words, day=given.deadline)
    _note("hazard.assigned", moved, by, at)
    return moved


@transaction.atomic
def fence(*, hazard_id: int, words: str, by: Viewer, at: datetime) -> Hazard:
    """A measure at once (fence, close, stop), apart from the cure. :raises Refused: it is over."""
    hazard = queries.get(hazard_id)
    _require_owner_or_office(hazard, by)
    if hazard.state not in OPEN:
        raise Refused(_("This hazard is not open any more."))
    Hazard.objects.filter(pk=hazard.pk).update(temporary=words)
    _step(hazard, Deed.TEMPORARY, by, at, words=words)
    live.notify("verdicts", units=[hazard.unit_id])
    return queries.get(hazard_id)


def _require_owner_or_office(hazard: Hazard, by: Viewer) -> None:
    if hazard.owner_id is None or hazard.owner_id != by.person_id:
        by.require("hazard.assign", hazard.unit.path)


@transaction.atomic
def fix(
    *, hazard_id: int, given: FixForm, by: Viewer, at: datetime, uploads: Sequence[Upload] = ()
) -> Hazard:
    """Say that it is fixed, with photos; another person verifies it.

    :raises Refused: without a photo, or it is not to be fixed now.
    """
    hazard = queries.get(hazard_id)
    _require_owner_or_office(hazard, by)
    if not uploads:
        raise Refused(_("Please add a photo of how it is now, from where the first one was taken."))
    moved = _moved(
        hazard,
        HazardState.FIXED,
        fixed_at=at,
        fixed_by_id=by.pk,
        result=given.result,
        cost=given.cost,
        contractor=given.contractor,
        asked_until=None,
        asked_why="",
        asked_by=None,
    )
    _step(moved, Deed.FIXED, by, at, words=given.result, uploads=uploads)
    return moved


def _require_verifier(hazard: Hazard, by: Viewer, at: datetime) -> None:
    """:raises Refused: whoever fixed it, somebody under them, or for a major one of the school."""
    by.require("hazard.verify", hazard.unit.path)
    if hazard.state == HazardState.FIXED and not queries.may_verify(hazard, by, at):
        raise Refused(
            _(
                "Whoever fixed it, and whoever is under them, cannot verify it; a major hazard is"
                " verified from above. Please ask somebody over them."
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
    hazard = queries.get(hazard_id)
    _require_verifier(hazard, by, at)
    moved = _moved(hazard, HazardState.CLOSED, closed_at=at, closed_by_id=by.pk)
    _step(moved, Deed.CLOSED, by, at, words=words, uploads=uploads)
    fact = recording.record(
        unit=moved.unit,
        fact=_rectified(moved, words),
        by=by,
        at=at,
        keep=_photos_of_last_fix(moved),
    )
    Hazard.objects.filter(pk=moved.pk).update(rectified=fact)
    _note("hazard.closed", moved, by, at)
    return queries.get(hazard_id)


def _rectified(hazard: Hazard, words: str) -> recording.NewFact:
    """The record that a hazard was fixed: kept, so it is Chinese for whoever verified it."""
    fixed_at, fixer = hazard.fixed_at, hazard.fixed_by
    assert fixed_at is not None and fixer is not None  # a constraint of the table
    (line,) = evidence.lines([hazard.newest])
    told = f"{fixer.name} 整改：{hazard.result}"
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
    step = hazard.steps.filter(what=Deed.FIXED).order_by("-at", "-pk").first()
    photos = HazardPhoto.objects.filter(step=step).order_by("pk") if step else []
    return [
        Attachment(digest=p.digest, name=p.name, content_type=p.content_type, size=p.size)
        for p in photos
    ]


@transaction.atomic
def send_back(*, hazard_id: int, words: str, by: Viewer, at: datetime) -> Hazard:
    """Say that it is not fixed, and why: its owner goes on. :raises Refused:"""
    hazard = queries.get(hazard_id)
    _require_verifier(hazard, by, at)
    moved = _moved(hazard, HazardState.ASSIGNED, fixed_at=None, fixed_by=None, result="")
    _step(moved, Deed.SENT_BACK, by, at, words=words)
    _note("hazard.sent_back", moved, by, at)
    return moved


@transaction.atomic
def reopen(*, hazard_id: int, words: str, by: Viewer, at: datetime) -> Hazard:
    """Open a closed one again: it was not fixed, or it is there again. The record that it was fixed
    is withdrawn. :raises Refused: more than 90 days later.
    """
    hazard = queries.get(hazard_id)
    by.require("hazard.verify", hazard.unit.path)
    if hazard.owner_id is None or hazard.closed_at is None:
        raise Refused(_("This hazard was answered by a record alone. Please report it anew."))
    if at - hazard.closed_at > REOPENED_WITHIN:
        raise Refused(_("It was closed more than 90 days ago. Please report it anew."))
    rectified = hazard.rectified
    moved = _moved(
        hazard,
        HazardState.ASSIGNED,
        closed_at=None,
        closed_by=None,
        fixed_at=None,
        fixed_by=None,
        result="",
        rectified=None,
        reopened=hazard.reopened + 1,
        deadline=max(hazard.deadline or local_day(at), local_day(at)),
    )
    if rectified is not None:
        recording.correct(
            fact=rectified,
            change=recording.NewFact(
                activity=RECTIFIED, occurred_at=rectified.occurred_at, withdrawn=True
            ),
            by=Viewer(by.person_id, by.name, system=True),
            at=at,
            reason=f"隐患重新打开：{words}",
        )
    _step(moved, Deed.REOPENED, by, at, words=words, day=moved.deadline)
    _note("hazard.reopened", moved, by, at)
    return moved


@transaction.atomic
def merge(*, hazard_id: int, into_id: int, by: Viewer, at: datetime) -> Hazard:
    """Say that it is the same as another open one of the unit, which goes on. :raises Refused:"""
    hazard, other = queries.get(hazard_id), queries.get(into_id)
    by.require("hazard.assign", hazard.unit.path)
    if other.unit_id != hazard.unit_id or other.pk == hazard.pk or other.state not in OPEN:
        raise Refused(_("Please choose another open hazard of the same unit."))
    moved = _moved(hazard, HazardState.MERGED, merged_into=other)
    _step(moved, Deed.MERGED, by, at, words=queries.short(other))
    _step(other, Deed.MERGED, by, at, words=queries.short(hazard))
    _note("hazard.merged", moved, by, at)
    return moved


@transaction.atomic
def dismiss(*, hazard_id: int, words: str, by: Viewer, at: datetime) -> Hazard:
    """Say, with a reason, that what was told is no hazard; its record is withdrawn and stays.

    :raises Refused: it is being fixed or is closed.
    """
    hazard = queries.get(hazard_id)
    by.require("hazard.assign", hazard.unit.path)
    if hazard.state != HazardState.FOUND:
        raise Refused(_("Only what nobody is fixing yet can be said to be none."))
    if hazard.newest.by_id is not None and hazard.newest.by_id == by.person_id:
        raise Refused(_("Whoever told of it does not dismiss it. Please withdraw the record."))
    moved = _moved(hazard, HazardState.WITHDRAWN)
    newest = recording.correct(
        fact=hazard.newest,
        change=recording.NewFact(
            activity=finding.FOUND, occurred_at=hazard.newest.occurred_at, withdrawn=True
        ),
        by=Viewer(by.person_id, by.name, system=True),
        at=at,
        reason=f"核实不成立：{words}",
    )
    Hazard.objects.filter(pk=moved.pk).update(newest=newest)
    _step(moved, Deed.DISMISSED, by, at, words=words)
    _note("hazard.dismissed", moved, by, at)
    return queries.get(hazard_id)


@transaction.atomic
def ask_more_time(*, hazard_id: int, until: date, words: str, by: Viewer, at: datetime) -> Hazard:
    """Ask for a later deadline, with a reason. :raises Refused: not later, or not to be fixed."""
    hazard = queries.get(hazard_id)
    _require_owner_or_office(hazard, by)
    _check_day(until, at)
    if hazard.state != HazardState.ASSIGNED or hazard.deadline is None:
        raise Refused(_("Nobody is fixing this hazard just now."))
    if until <= hazard.deadline:
        raise Refused(_("The day asked for is not later than the deadline."))
    Hazard.objects.filter(pk=hazard.pk, state=HazardState.ASSIGNED).update(
        asked_until=until, asked_why=words, asked_by_id=by.pk
    )
    _step(hazard, Deed.ASKED, by, at, words=words, day=until)
    live.notify("verdicts", units=[hazard.unit_id])
    return queries.get(hazard_id)


@transaction.atomic
def decide_more_time(
    *, hazard_id: int, grant: bool, words: str, by: Viewer, at: datetime
) -> Hazard:
    """Grant a later deadline or refuse it. :raises Refused: by one who is not over the asker."""
    hazard = queries.get(hazard_id)
    by.require("hazard.verify", hazard.unit.path)
    asker, until = hazard.asked_by, hazard.asked_until
    if asker is None or until is None:
        raise Refused(_("Nobody asks for more time, or it was decided already."))
    mine = [Held(g.role, g.path) for g in by.grants]
    if asker.pk == by.person_id or lacks_over(mine, queries.held(asker, at), beside=False):
        raise Refused(_("More time is granted by somebody over whoever asks for it."))
    values = {"deadline": until} if grant else {}
    done = Hazard.objects.filter(pk=hazard.pk, asked_until=until).update(
        asked_until=None, asked_why="", asked_by=None, **values
    )
    if not done:
        raise Refused(_("Nobody asks for more time, or it was decided already."))
    _step(hazard, Deed.EXTENDED if grant else Deed.NOT_EXTENDED, by, at, words=words, day=until)
    if grant:
        _note("hazard.extended", hazard, by, at)
    live.notify("verdicts", units=[hazard.unit_id])
    return queries.get(hazard_id)


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
        hazard = queries.get(pk)
        new = to or queries.office_of(hazard.unit, but=hazard.owner_id)
        if new is None:
            return
        Hazard.objects.filter(pk=pk).update(owner=new)
