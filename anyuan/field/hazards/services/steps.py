"""How a hazard moves on: one guarded update, a step that says who did what, a word in the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.kernel.templatetags.words import choice
from anyuan.org.audit import services as audit
from anyuan.org.people.queries import moved
from anyuan.record.evidence.rules import kind_of
from anyuan.record.evidence.services import files
from anyuan.record.evidence.services.files import MAX_FILES, Upload
from anyuan.record.evidence.services.traces import taken_at

from .. import queries
from ..models import Deed, Doubt, Hazard, HazardPhoto, HazardStep
from ..rules import LONGEST, TRANSITIONS

MOST_PHOTOS = MAX_FILES  # of one step
CLOCKS_DIFFER = timedelta(minutes=10)  # a telephone and the program; our own bound


def locked(pk: int) -> Hazard:
    """A hazard that nobody else moves until the transaction ends. :raises Invisible:"""
    queries.get(pk)
    Hazard.objects.select_for_update().get(pk=pk)
    return queries.get(pk)


def move(hazard: Hazard, to: str, at: datetime, **values: Any) -> Hazard:
    """Move a hazard on from the state in which its reader saw it. :raises Refused: it moved."""
    if (hazard.state, to) not in TRANSITIONS:
        raise Refused(
            _("This hazard is %(state)s; that cannot be done with it now.")
            % {"state": choice(hazard, "state")}
        )
    moved = Hazard.objects.filter(pk=hazard.pk, state=hazard.state).update(
        state=to, moved_at=at, **values
    )
    if not moved:
        raise Refused(
            _("Somebody else did something about this hazard meanwhile. Please look again.")
        )
    live.notify("verdicts", units=[hazard.unit_id])
    return queries.get(hazard.pk)


def add(
    hazard: Hazard,
    what: Deed,
    by: Viewer,
    at: datetime,
    *,
    words: str = "",
    day: date | None = None,
    uploads: Sequence[Upload] = (),
) -> HazardStep:
    """Write down what was done, with its photos. :raises Refused: too many, or no photos."""
    pictures(uploads, MOST_PHOTOS)
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
        doubt = _doubt(step, upload, kept.digest)
        HazardPhoto.objects.create(
            unit=hazard.unit,
            step=step,
            digest=kept.digest,
            name=kept.name,
            content_type=kept.content_type,
            size=kept.size,
            doubt=doubt,
        )
    return step


def _doubt(step: HazardStep, upload: Upload, digest: str) -> str:
    """What is odd about a photo of what was done: it is known, or older than what it shows."""
    if queries.is_known_photo(step, digest):
        return Doubt.USED
    taken = taken_at(upload.data)
    return Doubt.OLDER if taken and taken < step.hazard.found_at - CLOCKS_DIFFER else ""


def pictures(uploads: Sequence[Upload], most: int) -> None:
    """:raises Refused: more than so many, or one is no photo."""
    if len(uploads) > most:
        raise Refused(_("At most %(n)d photos at once; nothing was sent.") % {"n": most})
    for upload in uploads:
        if not (kind_of(upload.data) or "").startswith("image/"):
            raise Refused(_("%(name)s is no photo. Please take one.") % {"name": upload.name})


def note(verb: str, hazard: Hazard, by: Viewer, at: datetime) -> None:
    audit.record(verb, by=by, at=at, unit_id=hazard.unit_id, subject=str(hazard), hazard=hazard.pk)


def check_day(day: date, at: datetime) -> None:
    today = local_day(at)
    if not today <= day <= today + LONGEST:
        raise Refused(_("The day must lie between today and a year from now."))


def did_it(hazard: Hazard, by: Viewer) -> bool:
    """Whether somebody fixed it or was to, also before they moved from the school."""
    return not moved.ids_of(by.pk).isdisjoint({hazard.fixed_by_id, hazard.owner_id})


def require_owner_or_office(hazard: Hazard, by: Viewer) -> None:
    if hazard.owner_id is None or hazard.owner_id != by.person_id:
        by.require("hazard.assign", hazard.unit.path)
