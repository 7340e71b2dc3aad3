"""Facts are recorded and corrected, each sealed into its unit's chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from anyuan.kernel import live, shredding
from anyuan.kernel.clock import local_day
from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import Invisible, Viewer
from anyuan.org.audit import services as audit
from anyuan.org.units import queries as units
from anyuan.org.units.models import Unit
from anyuan.record.activities import rules as activities

from ..models import Attachment, Chain, Change, Fact, How, Key
from ..rules import GENESIS, seal, too_far_ahead
from .files import MAX_FILES, Upload, store


@dataclass(frozen=True)
class NewFact:
    """What one fact says, before it has its place in the chain."""

    activity: str
    occurred_at: datetime
    quantity: Decimal = Decimal(1)
    slot: str = ""
    how: str = How.TYPED
    payload: Mapping[str, Any] = field(default_factory=dict)
    corrects_id: int | None = None
    withdrawn: bool = False
    answers_id: int | None = None
    root_id: int | None = None
    obligation_id: int | None = None
    command: UUID | None = None
    files: Sequence[str] = ()


@transaction.atomic
def record(
    *,
    unit: Unit,
    fact: NewFact,
    by: Viewer,
    at: datetime,
    uploads: Sequence[Upload] = (),
    keep: Sequence[Attachment] = (),
) -> Fact:
    """Add one fact to a unit's chain. `at` is the server's time; `keep` are files of the version it
    corrects.

    :raises Refused: from the future, before the unit existed, for a unit that is not the person's,
    unknown activity.
    """
    _check(unit, fact, by, at)
    if len(uploads) > MAX_FILES:
        raise Refused(_("At most %(n)d files can be sent with one record.") % {"n": MAX_FILES})
    kept = [
        Attachment(
            unit=unit, digest=a.digest, name=a.name, content_type=a.content_type, size=a.size
        )
        for a in keep
    ]
    stored = [*kept, *(store(unit, upload) for upload in uploads)]
    sealed = replace(fact, files=[a.digest for a in stored])
    (row,) = _append(unit, [sealed], by=by, at=at)
    row.save(force_insert=True)
    for attachment in stored:
        attachment.fact = row
        attachment.save(force_insert=True)
    Change.objects.create(unit=unit, activity=row.activity, day=row.day)
    if row.corrects is not None and row.corrects.day != row.day:
        Change.objects.create(unit=unit, activity=row.activity, day=row.corrects.day)
    live.notify("facts", unit=unit.pk)
    return row


@transaction.atomic
def record_many(*, unit: Unit, facts: Sequence[NewFact], by: Viewer, at: datetime) -> int:
    """Add many facts of one unit at once by COPY; same rules, same chain. Returns how many."""
    for fact in facts:
        _check(unit, fact, by, at)
    rows = _append(unit, facts, by=by, at=at)
    _copy(rows)
    changes = {(f.activity, f.day) for f in rows}
    Change.objects.bulk_create([Change(unit=unit, activity=a, day=d) for a, d in sorted(changes)])
    live.notify("facts", unit=unit.pk)
    return len(rows)


@transaction.atomic
def correct(*, fact: Fact, change: NewFact, by: Viewer, at: datetime, reason: str) -> Fact:
    """Replace a fact by a new one that names it, or withdraw it. The old one stays.

    :raises Refused: it was corrected already; correct the newest instead.
    """
    by.require("fact.correct", fact.unit.path)
    Chain.objects.select_for_update().filter(unit_id=fact.unit_id).first()
    if Fact.objects.filter(corrects=fact).exists():
        raise Refused(
            _(
                "This record has been corrected already. Open the newest version and correct that"
                " one."
            )
        )
    if fact.withdrawn:
        raise Refused(_("This record was withdrawn. Record the event anew if it did happen."))
    new = replace(
        change,
        corrects_id=fact.pk,
        root_id=fact.root_id or fact.pk,
        payload={**change.payload, "reason": reason[:200]},
    )
    row = record(
        unit=fact.unit,
        fact=new,
        by=by,
        at=at,
        keep=[] if change.withdrawn else list(fact.attachments.order_by("pk")),
    )
    audit.record(
        "fact.corrected", by=by, at=at, unit_id=fact.unit_id, subject=str(fact), by_fact=row.pk
    )
    return row


def _check(unit: Unit, fact: NewFact, by: Viewer, at: datetime) -> None:
    try:
        activities.get(fact.activity)
    except activities.UnknownActivity:
        raise Refused(
            _("“%(code)s” is not in the catalogue of activities.") % {"code": fact.activity}
        ) from None
    if not by.may("fact.record", unit.path):
        raise Refused(
            _("You have no duty at %(unit)s, so nothing was recorded there.") % {"unit": unit.name}
        )
    if too_far_ahead(fact.occurred_at, at):
        raise Refused(
            _("The time lies in the future. Please check the clock of the device and send again.")
        )
    if local_day(fact.occurred_at) < unit.opened_on or (
        unit.closed_on and local_day(fact.occurred_at) >= unit.closed_on
    ):
        raise Refused(
            _("%(unit)s did not exist on that day. Please check the date.") % {"unit": unit.name}
        )
    if fact.quantity < 0 or fact.quantity > 10**9:
        raise Refused(_("The quantity is out of bounds."))
    if fact.answers_id is not None:
        _check_answer(unit, fact, fact.answers_id)


def _check_answer(unit: Unit, fact: NewFact, answers_id: int) -> None:
    """An answer names the first version of what it answers: of the same unit, of the kind it
    answers, and before it.
    """
    trigger = Fact.objects.filter(pk=answers_id, unit=unit, root_id=None).first()
    if trigger is None or trigger.activity != activities.get(fact.activity).answers:
        raise Refused(
            _(
                "What this answers is not a record of this unit, or not of the kind that this"
                " answers."
            )
        )
    if fact.occurred_at < trigger.occurred_at:
        raise Refused(_("An answer cannot lie before what it answers. Please check the time."))


def _append(unit: Unit, facts: Sequence[NewFact], *, by: Viewer, at: datetime) -> list[Fact]:
    head = Chain.objects.select_for_update().filter(unit=unit).first()
    if head is None:
        # Two first facts at once: one makes the chain, both then wait for it.
        Chain.objects.bulk_create([Chain(unit=unit)], ignore_conflicts=True)
        head = Chain.objects.select_for_update().get(unit=unit)
    seq, digest = head.seq, head.hash or GENESIS
    rows, keys = [], []
    for fact in facts:
        seq += 1
        said = {**fact.payload, "on_tablet": by.shared} if by.shared else fact.payload
        payload, key = shredding.lock(said, activities.personal(fact.activity))
        if key is not None:
            keys.append(Key(unit=unit, seq=seq, key=key, made_at=at))
        values: dict[str, Any] = {
            "unit_id": unit.pk,
            "seq": seq,
            "activity": fact.activity,
            "quantity": fact.quantity.quantize(Decimal("0.01")),
            "slot": fact.slot[:40],
            "day": local_day(fact.occurred_at),
            "occurred_at": fact.occurred_at,
            "recorded_at": at,
            "by_id": by.person_id,
            "by_name": by.name[:40],
            "how": str(fact.how),
            "payload": payload,
            "corrects_id": fact.corrects_id,
            "withdrawn": fact.withdrawn,
            "answers_id": fact.answers_id,
            "root_id": fact.root_id,
            "obligation_id": fact.obligation_id,
            "command": fact.command,
            "files": list(fact.files),
        }
        previous, digest = digest, seal(digest, values)
        rows.append(Fact(**values, prev_hash=previous, hash=digest))
    Key.objects.bulk_create(keys, batch_size=2000)
    head.seq, head.hash = seq, digest
    head.save(update_fields=["seq", "hash"])
    return rows


COPIED = (
    "unit_id",
    "seq",
    "activity",
    "quantity",
    "slot",
    "day",
    "occurred_at",
    "recorded_at",
    "by_id",
    "by_name",
    "how",
    "payload",
    "corrects_id",
    "withdrawn",
    "answers_id",
    "root_id",
    "obligation_id",
    "command",
    "files",
    "prev_hash",
    "hash",
)


def _copy(rows: Iterable[Fact]) -> None:
    """COPY cannot write under row-level security, so rows go through a staging table and one
    INSERT.
    """
    from psycopg.types.json import Jsonb

    columns = ", ".join(COPIED)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS incoming_fact ON COMMIT DELETE ROWS AS SELECT"
            f" {columns} FROM evidence_fact WITH NO DATA"
        )
        with cursor.copy(f"COPY incoming_fact ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(
                    [
                        Jsonb(v) if c in {"payload", "files"} else v
                        for c in COPIED
                        for v in [getattr(row, c)]
                    ]
                )
        cursor.execute(
            f"INSERT INTO evidence_fact ({columns}) SELECT {columns} FROM incoming_fact ORDER BY"
            " unit_id, seq"
        )
        cursor.execute("TRUNCATE incoming_fact")


def unit_for(unit_id: int) -> Unit:
    """:raises Refused: where the person may not see it; the same answer as if it did not exist."""
    try:
        return units.get(unit_id)
    except Invisible:
        raise Refused(_("This unit is not one of yours, so nothing was recorded.")) from None


def day_of(moment: datetime) -> date:
    return local_day(moment)


def owed_changed(unit: Unit) -> None:
    """Say that what the units under this one owe has changed, so that assessment looks at them
    again.
    """
    Change.objects.create(unit=unit, activity="", day=unit.opened_on)
    live.notify("facts", unit=unit.pk)


def look_again(*, unit_id: int, activity: str, since: date) -> None:
    """Say that what a unit did of an activity is to be judged again from a day on, though no fact
    is new.
    """
    Change.objects.create(unit_id=unit_id, activity=activity, day=since)
    live.notify("facts", unit=unit_id)
