"""A hazard that the school cannot cure is handed to a department by a numbered referral; it answers
by a link without an account, or on paper.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from anyuan.kernel import live, secret
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.org.units.models import Unit
from anyuan.record.evidence import queries as evidence

from .. import queries
from ..forms import OPEN, AnswerForm, ReferralForm
from ..models import Deed, Hazard
from ..models.beyond import Referral
from ..queries import beyond
from . import steps

PURPOSE = "referral to a department"
OPENS_FOR = timedelta(days=180)  # after its day the link opens nothing more; our own bound


@transaction.atomic
def send(
    *, hazard_id: int, given: ReferralForm, command: UUID, by: Viewer, at: datetime
) -> Referral:
    """Write a referral with the unit's next number of the year. The same form twice is one.

    :raises Refused: the hazard is not open, or the day lies out of bounds.
    """
    hazard = steps.locked(hazard_id)
    by.require("hazard.assign", hazard.unit.path)
    known = Referral.objects.filter(command=command).first()
    if known is not None:
        return known
    if hazard.state not in OPEN:
        raise Refused(_("This hazard is not open any more."))
    steps.check_day(given.due, at)
    (line,) = evidence.lines([hazard.newest])
    referral = Referral.objects.create(
        unit=hazard.unit,
        hazard=hazard,
        year=local_day(at).year,
        number=_next_number(hazard.unit, local_day(at).year),
        sender=hazard.unit.name,
        department=given.department,
        recipient=given.recipient,
        place=(line.place or "—")[:80],
        subject=(queries.said(line) or "—")[:160],
        request=given.request,
        due=given.due,
        command=command,
        sent_at=at,
        sent_by_id=by.pk,
        sent_name=by.name[:40],
    )
    steps.add(hazard, Deed.SENT_OUT, by, at, words=f"{referral} {given.recipient}", day=given.due)
    live.notify("verdicts", units=[hazard.unit_id])
    return referral


def _next_number(unit: Unit, year: int) -> int:
    # Two at once would take the same number: the unit's row is the lock.
    Unit.objects.select_for_update().get(pk=unit.pk)
    last = Referral.objects.filter(unit=unit, year=year).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


# -- the link -------------------------------------------------------------------------
def mark(referral: Referral) -> str:
    """What stands in the link of a referral: whoever has it may read and answer this one."""
    return f"{referral.pk}-{secret.digest(PURPOSE, str(referral.pk))[:32]}"


def by_mark(text: str, at: datetime) -> Referral | None:
    """The referral of a link; None: no such link, or it is over. As the program itself."""
    number, _dash, given = text.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 12:
        return None
    referral = Referral.objects.select_related("unit").filter(pk=int(number)).first()
    if referral is None or given not in {d[:32] for d in secret.digests(PURPOSE, number)}:
        return None
    return referral if local_day(at) <= referral.due + OPENS_FOR else None


def opened(referral: Referral, at: datetime) -> None:
    """Note when the link was first opened: the school sees that the referral arrived."""
    Referral.objects.filter(pk=referral.pk, opened_at=None).update(opened_at=at)


@transaction.atomic
def answer(*, referral: Referral, given: AnswerForm, at: datetime) -> Referral:
    """What a department says, once. :raises Refused: it was answered."""
    return _answered(referral, given, Viewer(None, given.name, system=True), at, on_paper=False)


@transaction.atomic
def write_down(*, referral_id: int, given: AnswerForm, by: Viewer, at: datetime) -> Hazard:
    """Write down what a department answered on paper or by telephone. :raises Refused:"""
    referral = beyond.referral(referral_id)
    by.require("hazard.assign", referral.unit.path)
    return _answered(referral, given, by, at, on_paper=True).hazard


def _answered(
    referral: Referral, given: AnswerForm, by: Viewer, at: datetime, *, on_paper: bool
) -> Referral:
    hazard = steps.locked(referral.hazard_id)
    moved = Referral.objects.filter(pk=referral.pk, answered_at=None).update(
        answered_at=at, answered_by=given.name, answer=given.words, on_paper=on_paper
    )
    if not moved:
        raise Refused(_("This referral was answered already."))
    steps.add(hazard, Deed.ANSWERED, by, at, words=f"{referral} {given.words}"[:200])
    live.notify("verdicts", units=[hazard.unit_id])
    return beyond.referral(referral.pk)
