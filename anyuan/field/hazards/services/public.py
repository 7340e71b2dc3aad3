"""Whoever scans the code on the wall tells of a hazard, without account or name."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel import secret
from anyuan.kernel.clock import local_day, midnight
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Viewer
from anyuan.org.audit import services as audit
from anyuan.org.units.models import Unit
from anyuan.record.evidence.models import Fact, How
from anyuan.record.evidence.services import recording
from anyuan.record.evidence.services.files import Upload

from ..forms import PublicForm
from ..models import Hazard, HazardReceipt, ReportCode, Source
from . import finding, steps

PURPOSE = "public report"
WORK = 16  # bits that a browser works for: a tenth of a second, a thousand times that for robots
YOUNGEST, OLDEST = timedelta(seconds=3), timedelta(hours=3)  # of a form that is sent
A_DAY = 60  # reports of one unit; whoever comes later is asked to tell the gate; our own bound
PHOTOS = 3
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
NOBODY_NAMED = Viewer(None, "扫码匿名", system=True)


# -- the code on the wall -------------------------------------------------------------
@transaction.atomic
def make_code(*, unit: Unit, by: Viewer, at: datetime) -> ReportCode:
    """Make the unit's code, or a new one: what hangs on walls until then opens nothing more."""
    by.require("hazard.assign", unit.path)
    row, _new = ReportCode.objects.update_or_create(
        unit=unit,
        defaults={"code": _letters(12), "made_by": by.name[:40], "made_at": at},
    )
    audit.record("report_code.made", by=by, at=at, unit_id=unit.pk, subject=unit.name)
    return row


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _i in range(count))


# -- a form that robots do not send by the thousand -----------------------------------
def challenge(code: str, at: datetime) -> str:
    """What the form of a moment carries: its browser works on it before it sends."""
    said = f"{code}.{int(at.timestamp())}.{secrets.token_hex(16)}"
    return f"{said}.{secret.digest(PURPOSE, said)}"


def _check(given: PublicForm, code: str, at: datetime) -> UUID:
    """The name of the form, so that it counts once. :raises Refused: it is none of ours, too old,
    sent at once, or nothing was worked for it.
    """
    said, _dot, mark = given.challenge.rpartition(".")
    parts = said.split(".")
    if len(parts) != 3 or parts[0] != code or not secret.agrees(PURPOSE, said, mark):
        raise Refused(_("This form is too old. Please scan the code again."))
    age = at.timestamp() - int(parts[1])
    if not YOUNGEST.total_seconds() <= age <= OLDEST.total_seconds():
        raise Refused(_("This form is too old or was sent too fast. Please try once more."))
    worked = hashlib.sha256(f"{given.challenge}:{given.nonce}".encode()).digest()
    if int.from_bytes(worked[:4]) >> (32 - WORK):
        raise Refused(_("This browser has not finished its check. Please try once more."))
    return UUID(parts[2])


# -- telling --------------------------------------------------------------------------
@transaction.atomic
def tell(
    *, row: ReportCode, given: PublicForm, uploads: Sequence[Upload], at: datetime
) -> tuple[Hazard, str]:
    """Make a hazard of what somebody without an account tells; returns it and the receipt, which
    is kept nowhere; empty when the same form comes again.

    :raises Refused: a robot's form, too many on one day, files that are no pictures.
    """
    command = _check(given, row.code, at)
    # One after the other: the same form at once is one report, and so many a day are no more.
    ReportCode.objects.select_for_update().get(pk=row.pk)
    steps.pictures(uploads, PHOTOS)
    known = Fact.objects.filter(unit=row.unit, command=command).first()
    if known is not None:
        return finding.of_record(known.pk), ""
    today = midnight(local_day(at))
    told = Hazard.objects.filter(unit=row.unit, source=Source.PUBLIC, found_at__gte=today)
    if told.count() >= A_DAY:
        raise Refused(_("Very many were told of here today. Please speak to the gate or call."))
    fact = recording.record(
        unit=row.unit,
        fact=recording.NewFact(
            activity=finding.FOUND,
            occurred_at=at,
            how=How.PHOTOGRAPHED if uploads else How.TYPED,
            payload={"place": given.place, "subject": given.subject},
            command=command,
        ),
        by=NOBODY_NAMED,
        at=at,
        uploads=uploads,
    )
    hazard = finding.of_record(fact.pk, Source.PUBLIC)
    receipt = _letters(12)
    HazardReceipt.objects.create(unit=row.unit, hazard=hazard, digest=_digest(receipt))
    return hazard, receipt


def _digest(receipt: str) -> str:
    # Sixty bits from a random source: one round is enough.
    return hashlib.sha256(receipt.encode()).hexdigest()


def by_receipt(text: str) -> Hazard | None:
    """What became of a report; spaces, small letters and full width are forgiven."""
    plain = "".join(unicodedata.normalize("NFKC", text).upper().split()).replace("-", "")
    row = (
        HazardReceipt.objects.filter(digest=_digest(plain))
        .select_related("hazard", "hazard__unit", "hazard__merged_into")
        .first()
    )
    return row.hazard if row else None
