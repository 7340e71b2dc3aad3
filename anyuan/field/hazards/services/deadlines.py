"""More time is asked for with a reason, and granted by somebody over the asker."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer

from .. import queries
from ..models import Deed, Hazard, HazardState
from . import steps


@transaction.atomic
def ask_more_time(*, hazard_id: int, until: date, words: str, by: Viewer, at: datetime) -> Hazard:
    """Ask for a later deadline, with a reason. :raises Refused: not later, or not to be fixed."""
    hazard = steps.locked(hazard_id)
    steps.require_owner_or_office(hazard, by)
    steps.check_day(until, at)
    if hazard.state != HazardState.ASSIGNED or hazard.deadline is None:
        raise Refused(_("Nobody is fixing this hazard just now."))
    if until <= hazard.deadline:
        raise Refused(_("The day asked for is not later than the deadline."))
    Hazard.objects.filter(pk=hazard.pk, state=HazardState.ASSIGNED).update(
        asked_until=until, asked_why=words, asked_by_id=by.pk
    )
    steps.add(hazard, Deed.ASKED, by, at, words=words, day=until)
    live.notify("verdicts", units=[hazard.unit_id])
    return queries.get(hazard_id)


def _require_above(hazard: Hazard, by: Viewer) -> None:
    """:raises Refused: a day that was demanded from above is moved by the school itself."""
    if not queries.is_above(by, hazard.unit, "hazard.verify"):
        raise Refused(_("This day was demanded from above; more time is granted there."))


@transaction.atomic
def decide_more_time(
    *, hazard_id: int, grant: bool, until: date, words: str, by: Viewer, at: datetime
) -> Hazard:
    """Grant the day that was asked for when the decider looked, or refuse it.

    :raises Refused: by one who is not over the asker, or another day is asked for by now.
    """
    hazard = steps.locked(hazard_id)
    by.require("hazard.verify", hazard.unit.path)
    asker_id = hazard.asked_by_id
    if asker_id is None or hazard.asked_until != until:
        raise Refused(_("This is not what is asked for by now. Please look again."))
    if not queries.may_grant(hazard, by, at):
        raise Refused(_("More time is granted by somebody over whoever asks for it."))
    values: dict[str, date] = {}
    if grant:
        values = {"deadline": until}
        if hazard.demanded is not None and until > hazard.demanded:
            _require_above(hazard, by)
            values["demanded"] = until
    Hazard.objects.filter(pk=hazard.pk).update(
        asked_until=None, asked_why="", asked_by=None, **values
    )
    steps.add(hazard, Deed.EXTENDED if grant else Deed.NOT_EXTENDED, by, at, words=words, day=until)
    if grant:
        steps.note("hazard.extended", hazard, by, at)
    live.notify("verdicts", units=[hazard.unit_id])
    return queries.get(hazard_id)
