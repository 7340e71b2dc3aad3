"""A place is walked by a list: what is wrong becomes a hazard, the walk becomes a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Unit
from anyuan.record.evidence.models import How
from anyuan.record.evidence.services import recording
from anyuan.record.evidence.services.files import Upload

from ..forms import ChecklistForm
from ..models import Checklist, ChecklistVersion, Inspection, Source
from ..queries import checklists as queries
from ..rules.checklists import ABSENT, NO, YES, Answered, Item, summed
from . import finding, steps

INSPECTION = "hazard.inspection"
MOST_PHOTOS = 2  # of one item; our own bound


@dataclass(frozen=True)
class Walk:
    """What was seen at a place, item by item, in the order of the version that was walked.

    `photos` are those of an item, by its place in the list; `whole`: yes for all in one tap.
    """

    listed: queries.Listed
    version: int
    place: str
    answers: Sequence[Answered]
    whole: bool = False
    photos: Mapping[int, Sequence[Upload]] = field(default_factory=dict)


@transaction.atomic
def walk(
    *, key: UUID, unit: Unit, given: Walk, by: Viewer, done_at: datetime, at: datetime
) -> Inspection:
    """Keep what was seen at a place. The same key twice is one inspection.

    :raises Refused: an item without an answer, or yes for the whole where the list wants each.
    """
    known = Inspection.objects.filter(key=key).first()
    if known is not None:
        if known.person_id != by.person_id:
            raise Refused(_("This inspection belongs to somebody else."))
        if not _is_same(known, given):
            raise Refused(
                _("This form was sent before with other answers. Please begin a new one.")
            )
        return known
    by.require("fact.record", unit.path)
    items = _items(given)
    told = []
    for number, (item, answered) in enumerate(zip(items, given.answers, strict=True)):
        said = replace(answered, text=item.text)
        if said.answer == NO:
            new = _found(given, number, said, done_at)
            uploads = given.photos.get(number, ())
            steps.pictures(uploads, MOST_PHOTOS)
            row = recording.record(unit=unit, fact=new, by=by, at=at, uploads=uploads)
            said = replace(said, hazard_id=finding.of_record(row.pk, Source.INSPECTION).pk)
        told.append(said)
    fact = recording.record(unit=unit, fact=_looked(given, told, done_at), by=by, at=at)
    return Inspection.objects.create(
        unit=unit,
        key=key,
        checklist=given.listed.row,
        code="" if given.listed.row else given.listed.key,
        name=given.listed.name,
        version=given.version,
        place=given.place[:80],
        person_id=by.pk,
        done_at=done_at,
        received_at=at,
        whole=given.whole,
        # What was said of a hazard stands in its record alone, where it can be erased.
        answers=[asdict(replace(a, note="")) for a in told],
        fact=fact,
    )


def _is_same(known: Inspection, given: Walk) -> bool:
    """Whether a second sending says what the first said."""
    answers = [a["answer"] for a in known.answers]
    return (known.place, known.version, answers, known.whole) == (
        given.place[:80],
        given.version,
        [a.answer for a in given.answers],
        given.whole,
    )


def _items(given: Walk) -> Sequence[Item]:
    """The items that were walked. :raises Refused: they do not fit what was answered."""
    items = queries.items_of(given.listed, given.version)
    if items is None or len(items) != len(given.answers):
        raise Refused(_("This list has changed. Please open it again and go through it once more."))
    if given.whole and not given.listed.whole:
        raise Refused(_("This list wants an answer to each item."))
    if all(a.answer == ABSENT for a in given.answers):
        raise Refused(_("Nothing of this list is here. Please choose another place or list."))
    return items


def _found(given: Walk, number: int, said: Answered, done_at: datetime) -> recording.NewFact:
    """The record of an item that is wrong."""
    return recording.NewFact(
        activity=finding.FOUND,
        occurred_at=done_at,
        how=How.PHOTOGRAPHED if given.photos.get(number) else How.TAPPED,
        payload={
            "place": given.place[:80],
            "subject": (said.note or f"不符合：{said.text}")[:80],
        },
    )


def _looked(given: Walk, told: Sequence[Answered], done_at: datetime) -> recording.NewFact:
    """The record that a place was looked at."""
    return recording.NewFact(
        activity=INSPECTION,
        occurred_at=done_at,
        how=How.TYPED if given.whole else How.TAPPED,
        payload={
            "place": given.place[:80],
            "found": sum(a.answer == NO for a in told),
            "result": summed(given.listed.name, told, whole=given.whole)[:1000],
        },
    )


def all_yes(items: Sequence[object]) -> list[Answered]:
    """Yes for a whole place in one tap."""
    return [Answered("", YES) for _item in items]


@transaction.atomic
def write(*, unit: Unit, given: ChecklistForm, by: Viewer, at: datetime) -> Checklist:
    """Write a list of the unit's own, or the next version of the one of that name.

    The same again makes no new version.
    """
    by.require("hazard.assign", unit.path)
    row, _new = Checklist.objects.get_or_create(
        unit=unit,
        name=given.name,
        closed_on=None,
        defaults={"kinds": given.kinds, "season": given.season, "whole": given.whole},
    )
    Checklist.objects.filter(pk=row.pk).update(
        kinds=given.kinds, season=given.season, whole=given.whole
    )
    newest = row.versions.order_by("-number").first()
    if newest is None or newest.items != given.items:
        ChecklistVersion.objects.create(
            unit=unit,
            checklist=row,
            number=newest.number + 1 if newest else 1,
            items=given.items,
            made_by=by.name[:40],
            made_at=at,
        )
        audit.record("checklist.written", by=by, at=at, unit_id=unit.pk, subject=given.name)
    row.refresh_from_db()
    return row


@transaction.atomic
def close(*, checklist_id: int, by: Viewer, at: datetime) -> Checklist:
    """Take a list out of use; what was walked by it stays."""
    row = queries.row(checklist_id)
    by.require("hazard.assign", row.unit.path)
    Checklist.objects.filter(pk=row.pk, closed_on=None).update(closed_on=at.date())
    audit.record("checklist.closed", by=by, at=at, unit_id=row.unit_id, subject=row.name)
    return row
