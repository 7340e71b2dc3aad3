"""Reads of evidence, scoped by the database to what the viewer may see."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from anyuan.kernel import manifest, shredding
from anyuan.kernel.scoping import SYSTEM, Viewer, acting, visible
from anyuan.org.units.models import Unit
from anyuan.record.activities import rules as activities

from ..models import Attachment, Chain, Checkpoint, Fact, How, Key
from ..rules import SEALED, Break, first_break, kind_of
from .ledger import Line, find_records, ledger, lines, saved_views

log = logging.getLogger(__name__)
AFTER_YEARS = "保存期满"  # why words went that were kept for their years

__all__ = ["Attachment", "Fact", "Line", "find_records", "ledger", "lines", "saved_views"]

SOURCES: list[tuple[str, str]] = list(How.choices)


def get(fact_id: int) -> Fact:
    """:raises Invisible:"""
    return visible(Fact.objects.select_related("unit", "corrects").order_by("pk"), fact_id)


JUST = timedelta(minutes=10)  # within which the same again is asked about; our own bound


def just_recorded(
    person_id: int | None, unit_id: int, activity: str, obligation_id: int | None, now: datetime
) -> Fact | None:
    """What this person recorded of an activity at a unit within the last minutes, for the same duty
    if one was named; the newest.
    """
    return (
        Fact.objects.filter(
            by_id=person_id,
            unit_id=unit_id,
            activity=activity,
            obligation_id=obligation_id,
            recorded_at__gt=now - JUST,
            corrects=None,
            corrections=None,
        )
        .order_by("-seq")
        .first()
    )


def behind(unit_id: int, activity: str, starts: date, ends: date) -> list[Fact]:
    """The facts that count toward a window, oldest first; corrected ones are left out."""
    return list(
        Fact.objects.filter(
            unit_id=unit_id, activity=activity, day__gte=starts, day__lt=ends, withdrawn=False
        )
        .exclude(
            pk__in=Fact.objects.filter(unit_id=unit_id, corrects__isnull=False).values("corrects")
        )
        .select_related("unit")
        .order_by("occurred_at", "pk")
    )


@dataclass(frozen=True)
class Done:
    """The records of one activity: how many, and the sums of what they counted. `seconds`: the
    average of those that measured it.
    """

    activity: str
    times: int
    people: int
    found: int
    seconds: int | None


def done(unit_ids: Sequence[int], first: date, until: date) -> list[Done]:
    """What was done over [first, until), by activity; corrected and withdrawn records don't count.

    One query, however many records.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.activity, count(*), COALESCE(sum({_number('people')}), 0),"
            f" COALESCE(sum({_number('found')}), 0), round(avg({_number('seconds')}))::int"
            " FROM evidence_fact f"
            " WHERE f.unit_id = ANY(%s) AND f.day >= %s AND f.day < %s AND NOT f.withdrawn AND"
            " NOT EXISTS (SELECT FROM evidence_fact n WHERE n.corrects_id = f.id)"
            " GROUP BY f.activity ORDER BY count(*) DESC, f.activity",
            [list(unit_ids), first, until],
        )
        return [Done(*row) for row in cursor.fetchall()]


def _number(field: str) -> str:
    """A whole number of a payload as SQL; null where what was imported is none."""
    return f"substring(f.payload->>'{field}' from '^[0-9]{{1,9}}$')::bigint"


def corrections(fact: Fact) -> list[Fact]:
    """Every version of a fact, first to last."""
    first = fact
    while first.corrects is not None:
        first = first.corrects
    out = [first]
    while (following := Fact.objects.filter(corrects=out[-1]).order_by("pk").first()) is not None:
        out.append(following)
    return out


@dataclass(frozen=True)
class Words:
    """What a fact says, field by field.

    `erased` names when and why the words that may name people were erased.
    """

    said: dict[str, Any]
    erased: Key | None


def words(fact: Fact) -> Words:
    key = Key.objects.filter(unit_id=fact.unit_id, seq=fact.seq).first()
    return Words(
        shredding.unlock(fact.payload, bytes(key.key) if key and key.key else None),
        key if key and key.erased_at else None,
    )


def attachments(fact: Fact) -> list[Attachment]:
    return list(fact.attachments.order_by("pk"))


def attachment(attachment_id: int) -> Attachment:
    """:raises Invisible:"""
    return visible(Attachment.objects.order_by("pk"), attachment_id)


def breaks(unit_ids: list[int] | None = None) -> Iterator[Break]:
    """Walk the chains and yield the first break of each that does not hold."""
    heads = {c.unit_id: (c.seq, c.hash) for c in Chain.objects.order_by("pk")}
    known = set(heads) | set(Fact.objects.order_by().values_list("unit_id", flat=True).distinct())
    for unit_id in sorted(known if unit_ids is None else known & set(unit_ids)):
        found = first_break(unit_id, _walk(unit_id), heads.get(unit_id, (0, "")))
        if found:
            yield found


def _walk(unit_id: int) -> Iterator[dict[str, Any]]:
    rows = Fact.objects.filter(unit_id=unit_id).order_by("seq").values(*SEALED, "prev_hash", "hash")
    yield from rows.iterator(chunk_size=2000)


@dataclass(frozen=True)
class FileAmiss:
    """A file of a fact that is not what the fact's seal says. `what`: missing (the file is not
    there) | changed (it is another) | foreign (no fact says so) | unnamed (a fact says so, and
    nothing is kept).
    """

    unit_id: int
    seq: int
    name: str
    what: str


def files_amiss(unit_ids: list[int] | None = None) -> Iterator[FileAmiss]:
    """Look at every file of every fact: whether it is there, whole, of its size and type, and named
    by the fact whose hash covers its digest.
    """
    facts = Fact.objects.exclude(files=[])
    if unit_ids is not None:
        facts = facts.filter(unit_id__in=unit_ids)
    # Only what somebody erased took its photos along; words that went after their years did not.
    by_hand = Key.objects.exclude(erased_at=None).exclude(why=AFTER_YEARS)
    erased = set(by_hand.order_by().values_list("unit_id", "seq").distinct())
    rows = facts.order_by("unit_id", "seq").prefetch_related("attachments")
    for fact in rows.iterator(chunk_size=500):
        kept = sorted(fact.attachments.all(), key=lambda a: a.pk)
        for attachment in kept:
            what = _amiss(fact, attachment)
            # Erased with the words of its record, as it should be.
            if what and not (what == "missing" and (fact.unit_id, fact.seq) in erased):
                yield FileAmiss(fact.unit_id, fact.seq, attachment.name, what)
        for digest in set(fact.files) - {a.digest for a in kept}:
            yield FileAmiss(fact.unit_id, fact.seq, digest[:12], "unnamed")
    strays = Attachment.objects.filter(fact__files=[]).select_related("fact").order_by("pk")
    if unit_ids is not None:
        strays = strays.filter(unit_id__in=unit_ids)
    for stray in strays:
        yield FileAmiss(stray.unit_id, stray.fact.seq, stray.name, "foreign")
    if unit_ids is None:
        yield from _other_files_amiss()


def _other_files_amiss() -> Iterator[FileAmiss]:
    """Files that no fact names: pages of plans, pictures of campuses."""
    for table, column in manifest.files():
        if table == Attachment._meta.db_table:
            continue
        kept = manifest.model_of(table)._default_manager.order_by().values_list(column, flat=True)
        for digest in sorted({d for d in kept if d}):
            if whole_file(digest) is None:
                what = "changed" if attachment_path(digest).exists() else "missing"
                yield FileAmiss(0, 0, f"{table} {digest[:12]}", what)


def whole_file(digest: str) -> bytes | None:
    """A kept file; None where it is not there, or no longer what it was (the log says so)."""
    try:
        data = attachment_path(digest).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data).hexdigest() != digest:
        log.error("a kept file is no longer what it was: %s", digest[:12])
        return None
    return data


def files_kept(unit_ids: list[int]) -> int:
    """How many files some units have kept."""
    return Attachment.objects.filter(unit_id__in=unit_ids).count()


def _amiss(fact: Fact, attachment: Attachment) -> str:
    if attachment.digest not in fact.files or attachment.unit_id != fact.unit_id:
        return "foreign"
    data = content(attachment)
    if data is None:
        return "missing"
    as_recorded = len(data) == attachment.size and kind_of(data) == attachment.content_type
    return "" if is_as_recorded(attachment, data) and as_recorded else "changed"


def attachment_path(digest: str) -> Path:
    return Path(settings.MEDIA_ROOT) / digest[:2] / digest


def content(attachment: Attachment) -> bytes | None:
    """The file as it lies on the disk; None if it is not there."""
    try:
        return attachment_path(attachment.digest).read_bytes()
    except OSError:
        return None


def is_as_recorded(attachment: Attachment, data: bytes) -> bool:
    """Whether a file is the one whose digest the fact's hash covers."""
    return hashlib.sha256(data).hexdigest() == attachment.digest


def heads() -> dict[str, list[Any]]:
    """Where every chain stands: unit id → [seq, hash]."""
    return {str(c.unit_id): [c.seq, c.hash] for c in Chain.objects.order_by("unit_id")}


def hash_at(unit_id: int, seq: int) -> str | None:
    return (
        Fact.objects.filter(unit_id=unit_id, seq=seq)
        .values_list("hash", flat=True)
        .order_by("pk")
        .first()
    )


@dataclass(frozen=True)
class LastCheckpoint:
    """When the installation last signed where its chains stood, and what became of that on its way
    to a second place: `taken_at` by a mail server there, else why not; neither: not sent yet, or
    there is no second place.
    """

    day: date
    made_at: datetime
    taken_at: datetime | None
    problem: str
    has_second_place: bool


def last_checkpoint() -> LastCheckpoint | None:
    """What was signed is guarded; that it was signed is not."""
    with acting(SYSTEM):
        row = Checkpoint.objects.select_related("deposit").order_by("-day").first()
    if row is None:
        return None
    sent = getattr(row, "deposit", None)
    return LastCheckpoint(
        row.day,
        row.made_at,
        sent.taken_at if sent else None,
        sent.problem if sent else "",
        bool(settings.CHECKPOINT_MAIL),
    )


def pending_changes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM evidence_change")
        (count,) = cursor.fetchone()
    return int(count)


def take_along(viewer: Viewer, campuses: Sequence[Unit], now: datetime) -> dict[str, Any]:
    """What can be recorded, with the fields of each kind, for a phone without network."""
    own = {"declaration", *manifest.own_activities()}
    kinds = [a for a in activities.catalogue().values() if a.code not in own]
    return {"activities": [_kind(a) for a in kinds]}


def _kind(activity: activities.Activity) -> dict[str, Any]:
    shown = ("name", "type", "zh", "en", "required", "min", "max")
    return {
        "code": activity.code,
        "zh": activity.zh,
        "en": activity.en,
        "fields": [{name: getattr(f, name) for name in shown} for f in activity.fields],
    }


def is_known_file(unit: Unit, digest: str) -> bool:
    """Whether some record of a unit has this very file."""
    return Attachment.objects.filter(unit=unit, digest=digest).exists()
