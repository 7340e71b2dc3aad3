"""Reads of evidence, scoped by the database to what the viewer may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from anyuan.kernel import shredding
from anyuan.kernel.scoping import SYSTEM, acting, visible
from anyuan.units.models import Unit

from .models import Attachment, Chain, Checkpoint, Fact, Key
from .rules import SEALED, Break, first_break

__all__ = ["Attachment", "Fact"]


def get(fact_id: int) -> Fact:
    """:raises Invisible:"""
    return visible(Fact.objects.select_related("unit", "corrects").order_by("pk"), fact_id)


def ledger(unit: Unit) -> QuerySet[Fact]:
    """The facts of a unit and those below, newest first, each with the id of its correction."""
    newer = Fact.objects.filter(corrects=OuterRef("pk")).order_by("pk").values("pk")[:1]
    return (
        Fact.objects.filter(unit__path__startswith=unit.path)
        .select_related("unit")
        .annotate(corrected_by=Subquery(newer))
        .order_by("-occurred_at", "-pk")
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
    """What a fact says, field by field. `erased` names when and why the words that may name people were erased."""

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


def latest_checkpoint_day() -> date | None:
    """When the installation last signed where its chains stood; what it signed is not everybody's."""
    with acting(SYSTEM):
        return Checkpoint.objects.order_by("-day").values_list("day", flat=True).first()


def pending_changes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM evidence_change")
        (count,) = cursor.fetchone()
    return int(count)
