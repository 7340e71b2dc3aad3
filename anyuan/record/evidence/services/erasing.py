"""Words that may name people are erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from anyuan.kernel.commands import Refused
from anyuan.kernel.scoping import SYSTEM, Viewer
from anyuan.org.audit import services as audit

from .. import queries
from ..models import Attachment, Fact, Key
from .files import unlink


@transaction.atomic
def erase(*, fact: Fact, why: str, by: Viewer, at: datetime) -> int:
    """Erase the words of a record that may name people, and its photos, in every version; what
    counts and its proof stay.

    Cannot be undone. Returns how many versions had such words. :raises Denied, Refused:
    """
    by.require("personal.erase", fact.unit.path)
    if len(why) < 4:
        raise Refused(_("Please say why."))
    versions = queries.corrections(fact)
    done = Key.objects.filter(
        unit=fact.unit, seq__in=[v.seq for v in versions], erased_at=None
    ).update(key=None, erased_at=at, erased_by=by.name[:40], why=why[:200])
    done += _note_without_words(fact, versions, by, at, why)
    digests = {a.digest for v in versions for a in queries.attachments(v)}
    shared = set(
        Attachment.objects.filter(digest__in=digests)
        .exclude(fact__in=versions)
        .values_list("digest", flat=True)
    )
    transaction.on_commit(lambda: unlink(digests - shared))
    audit.record(
        "record.erased",
        by=by,
        at=at,
        unit_id=fact.unit_id,
        subject=why[:80],
        fact=fact.pk,
        versions=done,
        files=len(digests - shared),
    )
    return done


def _note_without_words(
    fact: Fact, versions: Sequence[Fact], by: Viewer, at: datetime, why: str
) -> int:
    """That photos were erased of versions that never had words: without it they would be missed."""
    told = set(
        Key.objects.filter(unit=fact.unit, seq__in=[v.seq for v in versions]).values_list(
            "seq", flat=True
        )
    )
    rows = [
        Key(
            unit=fact.unit,
            seq=v.seq,
            key=None,
            made_at=at,
            erased_at=at,
            erased_by=by.name[:40],
            why=why[:200],
        )
        for v in versions
        if v.seq not in told and v.files
    ]
    Key.objects.bulk_create(rows)
    return len(rows)


def forget_words(before: datetime, at: datetime) -> int:
    """Erase the words of every record made before a moment; photos are erased by hand."""
    return Key.objects.filter(made_at__lt=before, erased_at=None).update(
        key=None, erased_at=at, erased_by=SYSTEM.name, why=queries.AFTER_YEARS
    )


def forget_old_words(at: datetime) -> int:
    """The words of records after three years, as `personal_data.yaml` states."""
    return forget_words(at - timedelta(days=3 * 365), at)
