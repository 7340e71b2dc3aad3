"""What somebody has seen of what was said to them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from anyuan.kernel.scoping import Viewer

from .. import queries
from ..models import InboxEntry


@transaction.atomic
def see(*, entry_id: int, by: Viewer, at: datetime) -> InboxEntry:
    """Say that one has seen an entry of one's own; twice is once. :raises Invisible:"""
    entry = queries.entry(entry_id, by)
    InboxEntry.objects.filter(pk=entry.pk, seen_at=None).update(seen_at=at)
    return entry


@transaction.atomic
def see_all(*, newest: int, by: Viewer, at: datetime) -> int:
    """Say that one has seen everything up to an entry (id); returns how many were new."""
    unseen = InboxEntry.objects.filter(person_id=by.pk, seen_at=None, pk__lte=newest)
    return unseen.update(seen_at=at)


def forget(at: datetime) -> int:
    """What was said, a month after it was."""
    return InboxEntry.objects.filter(made_at__lt=at - timedelta(days=31)).delete()[0]
